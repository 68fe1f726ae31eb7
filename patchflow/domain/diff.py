"""The parts of a diff: files and hunks."""

from __future__ import annotations

from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk. `lines` keep their leading ' ', '+', '-' or '\\'; starts count from 1 (0 for an empty side)."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: str
    lines: tuple[str, ...]

    def numbered(self) -> list[tuple[str, int, int]]:
        """Each line with its number in the old and the new file (0 on the side it is not on)."""
        old, new = self.old_start, self.new_start
        rows: list[tuple[str, int, int]] = []
        for line in self.lines:
            mark = line[:1]
            if mark == "+":
                rows.append((line, 0, new))
                new += 1
            elif mark == "-":
                rows.append((line, old, 0))
                old += 1
            elif mark == "\\":
                rows.append((line, 0, 0))
            else:
                rows.append((line, old, new))
                old, new = old + 1, new + 1
        return rows


@dataclass(frozen=True, slots=True)
class FileDiff:
    """The change of one file. Paths are without a/ and b/; `old` is "" for a new file, `new` "" for a removed one."""

    old: str
    new: str
    hunks: tuple[Hunk, ...] = ()
    binary: bool = False
    old_mode: str = ""
    new_mode: str = ""

    @property
    def path(self) -> str:
        """The path a reader would name: the new one, the old one where the file goes."""
        return self.new or self.old

    @property
    def is_new(self) -> bool:
        """Whether the patch makes this file."""
        return not self.old

    def added(self) -> list[tuple[int, str]]:
        """The added lines with their numbers in the new file, without the leading +."""
        return [(new, line[1:]) for h in self.hunks for line, _, new in h.numbered() if line[:1] == "+"]

    def removed(self) -> list[tuple[int, str]]:
        """The removed lines with their numbers in the old file, without the leading -."""
        return [(old, line[1:]) for h in self.hunks for line, old, _ in h.numbered() if line[:1] == "-"]
