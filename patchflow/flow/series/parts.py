"""Decides which lines of a patch are meant: files, hunks by their number, and ranges of lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from patchflow import lazy_re
from patchflow.domain.diff import FileDiff, Hunk
from patchflow.errors import UsageError
from patchflow.named_tuple import NamedTuple

_RANGE = lazy_re.compile(r"(?P<path>.+):(?P<first>[1-9]\d{0,8})(?:-(?P<last>[1-9]\d{0,8}))?")


class NumberedHunk(NamedTuple):
    """A hunk of a patch: its number from 1 on over all files, its file, and its place among that file's hunks."""

    number: int
    file: FileDiff
    at: int

    @property
    def hunk(self) -> Hunk:
        """The hunk itself."""
        return self.file.hunks[self.at]

    @property
    def words(self) -> str:
        """The hunk as one line."""
        lines = [line[:1] for line in self.hunk.lines]
        start, end = self.hunk.new_start, self.hunk.new_start + max(self.hunk.new_count - 1, 0)
        return f"{self.number:>3}  {self.file.path}:{start}-{end}  +{lines.count('+')} -{lines.count('-')}"


class Parts(NamedTuple):
    """What is meant of a patch: (hunk, line) by path, and whole paths, of which no lines are shown."""

    lines: dict[str, set[tuple[int, int]]]
    whole: list[str]


def numbered_hunks(files: Sequence[FileDiff]) -> list[NumberedHunk]:
    """The hunks of a patch in its order."""
    both = [(file, at) for file in files for at in range(len(file.hunks))]
    return [NumberedHunk(number, file, at) for number, (file, at) in enumerate(both, 1)]


def chosen_parts(files: Sequence[FileDiff], paths: Sequence[str], hunks: Sequence[int], ranges: Sequence[str]) -> Parts:
    """The lines of whole files, of hunks by their number, and of ranges PATH:FIRST-LAST (PATH:LINE for one).

    A range counts as the file is after the patch; a removed line stands at the line that follows it. UsageError where
    the patch has none of what is named.
    """
    by_path, every = {file.path: file for file in files}, numbered_hunks(files)
    parts = Parts({}, [])

    def add(file: FileDiff, at: int, lines: Iterator[int]) -> None:
        changed = {(at, line) for line in lines if file.hunks[at].lines[line][:1] in ("+", "-")}
        parts.lines.setdefault(file.path, set()).update(changed)

    for path in paths:
        file = _named(by_path, path)
        if not file.hunks:
            parts.whole.append(path)
        for at, hunk in enumerate(file.hunks):
            add(file, at, iter(range(len(hunk.lines))))
    for number in hunks:
        if not 1 <= number <= len(every):
            raise UsageError(f"The patch has no hunk {number}; it has {len(every)}.", "`--dry-run` lists them.")
        _, file, at = every[number - 1]
        add(file, at, iter(range(len(file.hunks[at].lines))))
    for text in ranges:
        if (match := _RANGE.fullmatch(text)) is None:
            raise UsageError(f"{text!r} is not a range of lines.", "It looks like drivers/a.c:12-20.")
        file = _named(by_path, match["path"])
        first, last = int(match["first"]), int(match["last"] or match["first"])
        before = len(parts.lines.get(file.path, ()))
        for at, hunk in enumerate(file.hunks):
            add(file, at, (n for n, line in enumerate(_positions(hunk)) if first <= line <= last))
        if len(parts.lines[file.path]) == before:
            raise UsageError(f"The patch changes no line of {text}.", "The numbers are those after the patch.")
    return parts


def _named(by_path: dict[str, FileDiff], path: str) -> FileDiff:
    if path not in by_path:
        raise UsageError(f"The patch does not change {path}.", f"It changes {', '.join([*by_path][:5])}.")
    return by_path[path]


def _positions(hunk: Hunk) -> Iterator[int]:
    """Of each line the line of the new file that it is, or stands before."""
    new = hunk.new_start
    for line in hunk.lines:
        yield new
        new += line[:1] not in ("-", "\\")
