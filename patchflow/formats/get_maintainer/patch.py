"""Reads a patch line by line as get_maintainer.pl does: the files it names, its Fixes tags, the lines K: looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable

from patchflow import lazy_re
from patchflow.domain.patch import Patch
from patchflow.formats.get_maintainer.bounded_regex import Search

_MODE = lazy_re.compile(r"^ mode change [0-7]+ => [0-7]+ (\S+)\s*$")
_RENAME = lazy_re.compile(r"^rename (?:from|to) (\S+)\s*$")
_GIT = lazy_re.compile(r"^diff --git a/(\S+) b/(\S+)\s*$")
_FIXES = lazy_re.compile(r"^Fixes:\s+([0-9a-fA-F]{6,40})")
_SIDE = lazy_re.compile(r"^(?:\+\+\+|---)\s+(\S+)")
_HUNK = lazy_re.compile(r"^@@ -(\d+),(\d+)")


class PatchScan:
    """What one or more patches say: files (sorted), fixed commits, changed ranges, and the lines for keywords."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.fixes: list[str] = []
        self.ranges: list[tuple[str, int, int]] = []
        self.intro: list[str] = []
        self.changes: list[str] = []
        self.slow: list[str] = []  # patterns that took too long, after `keywords`

    def keywords(self, known: Iterable[tuple[int, int, str, str, str, int]]) -> list[tuple[int, int, str, int]]:
        """The K: patterns that match a line: (index, section, written, line of MAINTAINERS).

        Above the first `---` a pattern may match anywhere in a line; below it the script puts `^[+-].*` in
        front, which binds only the first of several alternatives.
        """
        texts = (("", self.intro, "".join(self.intro)), ("^[+-].*", self.changes, "".join(self.changes)))
        found: list[tuple[int, int, str, int]] = []
        self.slow = []
        for index, section, written, source, literal, line in known:
            for prefix, lines, text in texts:
                if literal not in text:
                    continue
                search = Search(prefix + source, verbose=True)
                matches = any(literal in row and search(row) for row in lines)
                if search.slow and not matches:
                    self.slow.append(f"K: {written} (MAINTAINERS:{line})")
                if matches:
                    found.append((index, section, written, line))
                    break
        return found


def scan_patch(*texts: str) -> PatchScan:
    """Reads patches (mails as git format-patch writes them, or bare diffs)."""
    scan = PatchScan()
    for text in texts:
        _scan(scan, text)
        scan.files = sorted(set(scan.files))
    scan.fixes = list(dict.fromkeys(scan.fixes))
    return scan


def _scan(scan: PatchScan, text: str) -> None:
    lines, last = scan.intro, ""
    for line in _lines(text):
        first = line[:1]
        if first in " r" and (match := _MODE.match(line) or _RENAME.match(line)):
            scan.files.append(match[1])
        elif first == "d" and (match := _GIT.match(line)):
            scan.files.extend(match.groups())
        elif first == "F" and (match := _FIXES.match(line)):
            scan.fixes.append(match[1])
        elif first in "+-" and (match := _SIDE.match(line)):
            last = re.sub(r"^[^/]*/", "", match[1], count=1)
            scan.files.append(last)
            lines = scan.changes
        elif first == "@" and (match := _HUNK.match(line)):
            scan.ranges.append((last, int(match[1]), int(match[2])))
        else:
            lines.append(line)


def _lines(text: str) -> Iterable[str]:
    """Lines with their ends; only \\n ends a line."""
    parts = text.split("\n")
    yield from (part + "\n" for part in parts[:-1])
    if parts[-1]:
        yield parts[-1]


def patch_text(patch: Patch) -> str:
    """A patch as format-patch would mail it, as far as get_maintainer.pl looks: message, names, notes, diff."""
    names = "".join(f" {path} | 1 +\n" for path in patch.paths)
    head = f"From: {patch.author}\nSubject: [PATCH] {patch.subject}\n\n{patch.body.rstrip()}\n---\n"
    return f"{head}{patch.notes}\n{names}\n{patch.diff}"
