"""Rules about networking selftests: sorted lists, and new files that are listed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath

from patchflow import lazy_re
from patchflow.domain.diff import FileDiff, Hunk
from patchflow.domain.finding import Scope, Severity
from patchflow.domain.patch import Patch
from patchflow.rules.context import Context
from patchflow.rules.registry import Hit, rule

_OURS = lazy_re.compile(r"tools/testing/selftests/(?:.*/)?net/")
_CONFIG = lazy_re.compile(r"(?:# )?(CONFIG_\w+)\s*(?:=|is not set)")
_LISTED = lazy_re.compile(r"\s+([^\s$#\\]\S*)(?: \\)?$")


@rule("check-selftest", Scope.PATCH, Severity.ERROR, "NIPA check_selftest")
def check_selftest(patch: Patch, context: Context) -> Iterator[Hit]:
    """A new program or script of the networking selftests is listed in its folder's Makefile, and the lists are sorted.

    A program is listed in .gitignore too. Sorted are the lines of config and the lists of a Makefile, one file a
    line. tools/testing/vsock is not part of kselftest and is exempt.

    Okay:
        Files: +tools/testing/vsock/new_test.c

    Okay:
        Files: +tools/testing/selftests/net/new_test.sh tools/testing/selftests/net/Makefile:new_test.sh

    Okay:
        Diff: tools/testing/selftests/net/Makefile
         TEST_PROGS := \\
          a.sh \\
        + b.sh \\
          c.sh \\

    Bad:
        Files: +tools/testing/selftests/net/new_test.sh

    Bad:
        Files: +tools/testing/selftests/net/new_test.c tools/testing/selftests/net/Makefile:new_test

    Bad:
        Diff: tools/testing/selftests/net/config
         CONFIG_A=y
        +CONFIG_C=m
         CONFIG_B=m

    Bad:
        Diff: tools/testing/selftests/net/Makefile
         TEST_PROGS := \\
          a.sh \\
        + d.sh \\
          c.sh \\
    """
    for file in patch.files:
        if not _OURS.match(file.path) or not file.new:
            continue
        if file.is_new:
            yield from _unlisted(file, context)
        name = PurePosixPath(file.path).name
        for hunk in file.hunks if name in ("config", "Makefile") else ():
            for number, words in _unsorted(hunk, name == "Makefile"):
                yield Hit(words, number, file.path)


def _unlisted(file: FileDiff, context: Context) -> Iterator[Hit]:
    path = PurePosixPath(file.path)
    if path.suffix not in (".sh", ".py", ".c") or path.name.endswith(".bpf.c"):
        return
    program = path.suffix == ".c"
    name = path.stem if program else path.name
    for list_name in ("Makefile", ".gitignore") if program else ("Makefile",):
        beside = str(path.parent / list_name)
        # The list may have been put there by another patch of the series.
        added = (x for patch in context.patches for f in patch.files if f.path == beside for _, x in f.added())
        if name not in (context.history.read(beside) or "") and not any(name in line for line in added):
            yield Hit(f"{path.name} is new, but the {list_name} beside it does not list it", 1, file.path)


def _unsorted(hunk: Hunk, makefile: bool) -> Iterator[tuple[int, str]]:
    """The lines that an addition has left out of order, with what is wrong."""
    run: list[tuple[int, str, bool, tuple[int, str]]] = []
    for line, _, number in hunk.numbered():
        if line[:1] not in ("+", " "):
            continue
        match = (_LISTED if makefile else _CONFIG).match(line[1:])
        if match:
            run.append((number, match[1], line[0] == "+", _key(match[1], makefile)))
        elif makefile:  # a list ends where something else stands
            yield from _pairs(run)
            run = []
    yield from _pairs(run)


def _key(name: str, makefile: bool) -> tuple[int, str]:
    # Files of folders below come after those of this one; config is sorted as if there were no _.
    return (name.count("/"), name.lower()) if makefile else (0, name.replace("_", ""))


def _pairs(run: list[tuple[int, str, bool, tuple[int, str]]]) -> Iterator[tuple[int, str]]:
    for (_, above, one, left), (number, below, other, right) in pairwise(run):
        if (one or other) and right < left and below < above:
            yield number, f"{below} stands below {above}: the list is sorted"
