"""Rules about the order of a series' patches, and what is a patch of its own: bindings, drivers, dts, fixes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from patchflow import lazy_re
from patchflow.domain.diff import FileDiff
from patchflow.domain.finding import Scope, Severity
from patchflow.domain.patch import Patch
from patchflow.formats.patch.trailers import person, trailers_of
from patchflow.rules.context import Context
from patchflow.rules.registry import Hit, rule

_BINDINGS = ("Documentation/devicetree/bindings/", "include/dt-bindings/")
_DT = "Documentation/devicetree/bindings/submitting-patches.rst"
_SOC = "Documentation/process/maintainer-soc.rst"
_NAME = lazy_re.compile(r"(?<![\w,.+-])[a-z0-9][\w.+-]*,[\w.+-]+")
_COMPATIBLE = lazy_re.compile(r'"([a-z0-9][\w.+-]*,[\w.+-]+)"')
_ADDS_API = lazy_re.compile(r"\s*(#define\s+\w|struct\s+\w+\s*\{|enum\b|[A-Z][A-Z0-9_]+\s*[=,])")
_API_LIST = "linux-api@vger.kernel.org"


def _is_binding(path: str) -> bool:
    return path.startswith(_BINDINGS)


def _is_dts(path: str) -> bool:
    return path.endswith((".dts", ".dtsi", ".dtso"))


def _is_driver(path: str) -> bool:
    return path.endswith((".c", ".h", ".rs")) and not _is_binding(path) and not path.startswith("tools/")


@rule("bindings-first", Scope.SERIES, Severity.WARNING, _DT)
def bindings_first(context: Context) -> Iterator[Hit]:
    """The binding of a compatible string comes before the driver or the board that uses it.

    Only a string that a later patch of the series adds to a binding is spoken of, and neither one that an earlier
    binding has, nor one that the driver or the binding had before: it stands in their unchanged or removed lines.

    Okay:
        Subject: [PATCH 1/2] dt-bindings: net: add foo
        Diff: Documentation/devicetree/bindings/net/foo.yaml
        +      - vendor,foo
        ====
        Subject: [PATCH 2/2] net: foo: add it
        Diff: drivers/net/foo.c
        +	{ .compatible = "vendor,foo" },

    Okay:
        Subject: [PATCH 1/2] net: foo: rework it
        Diff: drivers/net/foo.c
        -	{ .compatible = "vendor,foo" },
        +	{ .compatible = "vendor,foo", .data = &foo },
        ====
        Subject: [PATCH 2/2] dt-bindings: net: foo: add a clock
        Diff: Documentation/devicetree/bindings/net/foo.yaml
        +            const: vendor,foo

    Okay:
        Subject: [PATCH 1/2] net: foo: rework it
        Diff: drivers/net/foo.c
        +	{ .compatible = "vendor,foo", .data = &foo },
        ====
        Subject: [PATCH 2/2] dt-bindings: net: foo: add a clock
        Diff: Documentation/devicetree/bindings/net/foo.yaml
               - vendor,foo
        +            const: vendor,foo

    Bad:
        Subject: [PATCH 1/2] net: foo: add it
        Diff: drivers/net/foo.c
        +	{ .compatible = "vendor,foo" },
        ====
        Subject: [PATCH 2/2] dt-bindings: net: add foo
        Diff: Documentation/devicetree/bindings/net/foo.yaml
        +      - vendor,foo
    """
    used: dict[str, Patch] = {}
    known: set[str] = set()
    for patch in context.patches:
        for file in patch.files:
            old = "\n".join(line for hunk in file.hunks for line in hunk.lines if line[:1] != "+")
            known.update(_NAME.findall(old))
            if _is_binding(file.path):
                added = dict.fromkeys(name for _, text in file.added() for name in _NAME.findall(text))
                for name in (name for name in used if name in added and name not in known):
                    if used[name] is not patch:
                        yield Hit(
                            f"{used[name].subject!r} uses {name}, whose binding comes later, in {patch.subject!r}"
                        )
                        return
                known.update(added)
        for file in patch.files:
            if _is_dts(file.path) or file.path.endswith(".c"):
                for _, text in file.added():
                    if "compatible" in text:
                        used.update({name: patch for name in _COMPATIBLE.findall(text) if name not in used})


@rule("bindings-subject", Scope.PATCH, Severity.ADVICE, _DT)
def bindings_subject(patch: Patch, context: Context) -> Iterator[Hit]:
    """The subject of a binding says `dt-bindings: <folder>: …`, and not "binding" or "documentation" once more.

    Where the prefix is missing at all, checkpatch.pl says so.

    Okay:
        Files: Documentation/devicetree/bindings/net/foo.yaml
        Message: dt-bindings: net: add foo

    Bad:
        Files: Documentation/devicetree/bindings/net/foo.yaml
        Message: dt-bindings: net: add documentation of foo
    """
    title = patch.subject
    if not patch.paths or not all(_is_binding(path) for path in patch.paths) or not title.startswith("dt-bindings:"):
        return
    summary = title.rpartition(":")[2]
    if match := re.search(r"(?i)\b(bindings?|documentation|docs?)\b", summary):
        yield Hit(f"{match[1]!r} is implied by `dt-bindings:`; leave it out", 1, "COMMIT_MSG")


@rule("dts-apart", Scope.PATCH, Severity.WARNING, _SOC)
def dts_apart(patch: Patch, context: Context) -> Iterator[Hit]:
    """Device tree sources and drivers are separate patches: they go through different branches.

    A header that both include is moved in one patch.

    Okay:
        Diff: arch/arm64/boot/dts/a/b.dts
        -#include <dt-bindings/iio/a.h>
        +#include "a.h"
        ====
        Files: drivers/clk/a.c

    Okay:
        Files: arch/arm64/boot/dts/a/b.dts
        Message: arm64: dts: a: add b

    Bad:
        Files: arch/arm64/boot/dts/a/b.dts drivers/clk/a.c
        Message: clk: a: add b
    """
    boards = [
        file.path
        for file in patch.files
        if _is_dts(file.path) and "/boot/dts/" in file.path and not _includes_only(file)
    ]
    drivers = [path for path in patch.paths if _is_driver(path) and path.startswith(("drivers/", "sound/"))]
    if boards and drivers:
        yield Hit(f"{boards[0]} and {drivers[0]} go through different trees: a patch for each")


def _includes_only(file: FileDiff) -> bool:
    """Whether nothing of a file changes but what it includes."""
    lines = [text for _, text in (*file.added(), *file.removed()) if text.strip()]
    return bool(lines) and all(text.startswith("#include") for text in lines)


@rule("dts-last", Scope.SERIES, Severity.ADVICE, _SOC)
def dts_last(context: Context) -> Iterator[Hit]:
    """In a series with bindings, drivers and device tree sources, the sources come last.

    A driver's own overlay, and a binding's header that its sources bring along, are no sources of a board.

    Okay:
        Subject: [PATCH 1/2] clk: a: add b
        Files: drivers/clk/a.c
        ====
        Subject: [PATCH 2/2] arm64: dts: a: add b
        Files: arch/arm64/boot/dts/a/b.dts

    Okay:
        Subject: [PATCH 1/2] arm64: dts: a: add b
        Files: arch/arm64/boot/dts/a/b.dts
        ====
        Subject: [PATCH 2/2] arm64: dts: a: add c
        Files: arch/arm64/boot/dts/a/c.dts include/dt-bindings/iio/c.h

    Bad:
        Subject: [PATCH 1/2] arm64: dts: a: add b
        Files: arch/arm64/boot/dts/a/b.dts
        ====
        Subject: [PATCH 2/2] clk: a: add b
        Files: drivers/clk/a.c
    """
    board: Patch | None = None
    for patch in context.patches:
        boards = [path for path in patch.paths if _is_dts(path) and "/boot/dts/" in path]
        if boards and len(boards) == len(patch.paths):
            board = board or patch
        elif board and not boards and any(_is_driver(path) or _is_binding(path) for path in patch.paths):
            yield Hit(f"{board.subject!r} stands before {patch.subject!r}: device tree sources come last")
            return


@rule("fixes-first", Scope.SERIES, Severity.WARNING,
      "Documentation/filesystems/xfs/xfs-maintainer-entry-profile.rst", local=True)  # fmt: skip
def fixes_first(context: Context) -> Iterator[Hit]:
    """Bug fixes stand at the beginning of a series, so that they can be taken alone.

    A patch that says it fixes something, without a Fixes tag, is one too.

    Okay:
        Subject: [PATCH 1/2] xfs: fix the sign of a stub
        ====
        Subject: [PATCH 2/2] xfs: fix it

        A body.

        Fixes: 0123456789ab ("xfs: add it")

    Okay:
        Subject: [PATCH 1/2] xfs: fix it

        A body.

        Fixes: 0123456789ab ("xfs: add it")
        ====
        Subject: [PATCH 2/2] xfs: add more

    Bad:
        Subject: [PATCH 1/2] xfs: add more
        ====
        Subject: [PATCH 2/2] xfs: fix it

        A body.

        Fixes: 0123456789ab ("xfs: add it")
    """
    earlier: Patch | None = None
    for patch in context.patches:
        if any(t.key.lower() == "fixes" for t in trailers_of(patch.message)):
            if earlier:
                yield Hit(
                    f"the fix {patch.subject!r} stands behind {earlier.subject!r}: fixes come first in a series here"
                )
                return
        elif not re.search(r"(?i)\bfix(?:es|ed)?\b", patch.subject):
            earlier = earlier or patch


@rule("uapi-list", Scope.SERIES, Severity.ADVICE, "Documentation/process/submitting-patches.rst", local=True)
def uapi_list(context: Context) -> Iterator[Hit]:
    """What is added to the interface to user space is shown to linux-api@vger.kernel.org.

    `send` knows who gets it; before that a Cc: in a commit, the branch's own people and MAINTAINERS' lists count.

    Okay:
        Recipients: linux-api@vger.kernel.org
        Diff: include/uapi/linux/foo.h
        +#define FOO_MORE 3

    Bad:
        Recipients: ada@example.org
        Diff: include/uapi/linux/foo.h
        +#define FOO_MORE 3

    """
    people = {r.address.key for group in context.recipients for r in group.recipients}
    if not people and context.named is not None:
        tags = (person(tag.value) for patch in context.patches for tag in trailers_of(patch.message))
        people = {*context.named, *(one.key for one in tags if one)}
    if _API_LIST in people or (not people and context.named is None):
        return
    for patch in context.patches:
        for file in patch.files:
            if "include/uapi/" in file.path and any(
                re.match(r"\s*(#define\s+\w|struct\s+\w+\s*\{|enum\b|[A-Z][A-Z0-9_]+\s*[=,])", text)
                for _, text in file.added()
            ):
                yield Hit(f"{patch.subject!r} adds to {file.path}: Cc {_API_LIST}")
                return


@rule("stable-size", Scope.PATCH, Severity.WARNING, "Documentation/process/stable-kernel-rules.rst", local=True)
def stable_size(patch: Patch, context: Context) -> Iterator[Hit]:
    """A patch for a stable tree has at most 100 lines, with context.

    Okay:
        Diff: net/a.c
        +int a;

    Bad:
        Lines: 101
    """
    lines = sum(len(hunk.lines) for file in patch.files for hunk in file.hunks)
    if lines > 100:
        yield Hit(f"the patch has {lines} lines with context; a stable tree takes 100")
