"""Rules about added Rust code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from patchflow.domain.finding import Scope, Severity
from patchflow.domain.patch import Patch
from patchflow.rules.context import Context
from patchflow.rules.new_code import NewCode, changed_code, words_of
from patchflow.rules.registry import Hit, rule

if TYPE_CHECKING:
    from tree_sitter import Node

_COMMENTS = ("line_comment", "block_comment")
_ATTRIBUTES = ("attribute_item", "inner_attribute_item")
# A comment above the statement counts for what stands in it, but not for what one of its branches holds.
_BRANCHES = ("match_arm", "match_block", "if_expression", "while_expression", "for_expression", "loop_expression")
_BODIES = ("block", "declaration_list", "source_file", "token_tree", "macro_rule", "ERROR")


@rule("rust-safety", Scope.PATCH, Severity.WARNING, "Documentation/rust/coding-guidelines.rst; clippy")
def rust_safety(patch: Patch, context: Context) -> Iterator[Hit]:
    """Above each `unsafe` block and `unsafe impl` a `// SAFETY:` comment says why it is sound.

    What is such a block, a comment, a string or an attribute is read by tree-sitter; which comments count is as clippy
    has it: right above the block, its statement or its match arm, attributes and empty lines passed over. Blocks in
    macros are looked at, too. Where the lines above are not in the patch, nothing is said.

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
    for file, code in changed_code(patch, ".rs"):
        rows = _Rows(code)
        for node in code.nodes("unsafe"):
            if code.is_added(node) and _wants_reason(node) and rows.explain(node) is False:
                yield Hit("no `// SAFETY:` comment above", code.line(node), file.path)


def _wants_reason(node: Node) -> bool:
    """Whether the word `unsafe` opens a block or an implementation (within a macro, too), not a declaration."""
    after = node.next_sibling
    while after is not None and after.type in _COMMENTS:
        after = after.next_sibling
    if after is None:
        return False
    opens = after.type == "block" or (after.type == "token_tree" and words_of(after).startswith("{"))
    return opens or words_of(after) == "impl"


class _Rows:
    """The rows of a hunk: which hold nothing but comments, attributes and blanks, and where reasons are given."""

    def __init__(self, code: NewCode) -> None:
        self.bare = [row.encode("utf-8", "replace") for row in code.text]
        self.reasons: set[int] = set()
        for node in code.nodes(*_COMMENTS, *_ATTRIBUTES):
            (first, begins), (last, ends) = node.start_point, node.end_point
            for row in range(first, min(last + 1, len(self.bare))):
                text = self.bare[row]
                left, right = begins if row == first else 0, ends if row == last else len(text)
                self.bare[row] = text[:left] + b" " * (right - left) + text[right:]
            if node.type in _COMMENTS and "SAFETY:" in words_of(node).upper():
                # A doc comment ends where the next row begins.
                self.reasons.update(range(first, last + 1 if ends or last == first else last))

    def explain(self, node: Node) -> bool | None:
        """Whether a SAFETY comment stands above the word, its statement or its branch; None where that is not seen."""
        found: bool | None = False
        for row in self._beginnings(node):
            above = self._above(row)
            if above:
                return True
            found = None if above is None else found
        return found

    def _beginnings(self, node: Node) -> Iterator[int]:
        """The rows on which the word begins, and what holds it, up to its statement or branch."""
        at: Node | None = node
        while at is not None and at.type not in _BODIES:
            yield at.start_point[0]
            if at.type in _BRANCHES:
                return
            at = at.parent
        if at is not None and at.type in ("token_tree", "macro_rule", "ERROR"):  # no statement is known there
            yield from self._loose(node.start_point[0])

    def _loose(self, row: int) -> Iterator[int]:
        """The rows above that may belong to the same statement: up to one that ends another."""
        while row > 0 and (above := self.bare[row - 1].strip()) and not above.endswith((b";", b"{", b"}")):
            row -= 1
            yield row

    def _above(self, row: int) -> bool | None:
        """Whether a reason is given on the row itself or in the comments right above it; None at the hunk's edge."""
        if row in self.reasons:
            return True
        while (row := row - 1) >= 0 and not self.bare[row].strip():
            if row in self.reasons:
                return True
        return None if row < 0 else False
