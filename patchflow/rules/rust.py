"""Rules about added Rust code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from patchflow.domain.diff import Hunk
from patchflow.domain.finding import Scope, Severity
from patchflow.domain.patch import Patch
from patchflow.rules.context import Context
from patchflow.rules.registry import Hit, rule

# Strings, characters and comments, so that what stands in them is no code. A lifetime is no character.
_QUIET = re.compile(r'r?#?"(?:\\\\.|[^"\\\\])*"#?|\'(?:\\\\.|[^\'\\\\])\'|//.*')
_UNSAFE = re.compile(r"\bunsafe\s*(?:\{|impl\b)")


@rule("rust-safety", Scope.PATCH, Severity.WARNING, "Documentation/rust/coding-guidelines.rst; clippy")
def rust_safety(patch: Patch, context: Context) -> Iterator[Hit]:
    """Above each `unsafe` block and `unsafe impl` a `// SAFETY:` comment says why it is sound.

    Where the lines above are not in the patch, nothing is said.

    Okay:
        Diff: rust/kernel/a.rs
        +    // SAFETY: `ptr` is valid, because we hold the lock.
        +    let a = unsafe { *ptr };

    Okay:
        Diff: rust/kernel/a.rs
        +    let a = "unsafe { }";

    Bad:
        Diff: rust/kernel/a.rs
        +    let b = 1;
        +    let a = unsafe { *ptr };

    Bad:
        Diff: rust/kernel/a.rs
        +    struct A;
        +    // It is fine.
        +    unsafe impl Send for A {}
    """
    for file in patch.files:
        if file.path.endswith(".rs") and file.new:
            for hunk in file.hunks:
                yield from (Hit("no `// SAFETY:` comment above", line, file.path) for line in _unexplained(hunk))


def _unexplained(hunk: Hunk) -> Iterator[int]:
    """The numbers of added lines with an unsafe block that nothing above explains."""
    rows = [(line[1:], new, line[:1] == "+") for line, _, new in hunk.numbered() if line[:1] in ("+", " ")]
    for at, (text, number, added) in enumerate(rows):
        if added and _UNSAFE.search(_QUIET.sub("", text)) and "SAFETY:" not in text and _explained(rows, at) is False:
            yield number


def _explained(rows: list[tuple[str, int, bool]], at: int) -> bool | None:
    """Whether a SAFETY comment stands above a row, above the statement it belongs to; None where that is not seen."""
    for above, _, _ in reversed(rows[:at]):
        bare = above.strip()
        if "SAFETY:" in bare:
            return True
        if bare.startswith(("//", "#[", "*")):
            continue
        if not bare or bare.endswith((";", "{", "}")):
            return False
    return None
