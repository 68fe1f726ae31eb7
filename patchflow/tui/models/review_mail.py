"""A mail that is reviewed, as rows: each stands for its line, with more of the file around and both sides on demand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.domain.comment import Side
from patchflow.formats.patch.patch_lines import Part
from patchflow.named_tuple import NamedTuple
from patchflow.tui.models.rows import Row, diff_row, in_sides

if TYPE_CHECKING:
    from patchflow.domain.message import Message
    from patchflow.formats.patch.patch_lines import Place

_HUNK = lazy_re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


class MailLine(NamedTuple):
    """A line of a mail: the mail's Message-ID, and the line from 1 (0: the mail as a whole)."""

    patch: str
    line: int


class Beyond(NamedTuple):
    """A line of the file that is not in the mail."""

    file: str
    line: int


Files = tuple[tuple[str, tuple[str, ...]], ...]  # (path, its lines after the patch)


class Look(NamedTuple):
    """How a mail is looked at: with both `sides`, and with so many lines `more` of its `files` around each hunk."""

    sides: bool = False
    more: int = 0
    files: Files = ()


def plain_rows(message: Message, places: Sequence[Place], look: Look) -> list[Row]:
    """The mail itself."""
    date = f", {message.date:%Y-%m-%d}" if message.date else ""
    rows = [Row(message.subject, "head", MailLine(message.id, 0), True), Row(f"    {message.sender}{date}", "dim")]
    return [*rows, *_Walk(message, places, look).rows()]


class _Walk:
    """One pass over a mail's lines."""

    def __init__(self, message: Message, places: Sequence[Place], look: Look) -> None:
        self.id = message.id
        self.lines = message.body.rstrip("\n").split("\n")
        self.places = {one.at: one for one in places}
        self.look = look
        self.files = dict(look.files)
        self.starts = [(one.file, int(found[2])) for one in places
                       if one.part is Part.HEAD and (found := _HUNK.match(one.text))]  # fmt: skip
        self.begun, self.file = False, ""  # the hunk that is walked
        self.shift = 0  # how much a line's number in the old file is above that in the new one
        self.end = 0  # the last line of the new file that the hunk, or what stands below it, holds
        self.pairs: list[tuple[Row, Row]] = []

    def rows(self) -> Iterator[Row]:
        """Line by line."""
        for at, text in enumerate(self.lines):
            place, ref = self.places.get(at), MailLine(self.id, at + 1)
            if place is None or place.part is not Part.CODE or text[:1] == "\\":
                yield from self._flush()
                if place is not None and place.part is not Part.CODE:
                    yield from self._below()
                    if place.part is Part.HEAD and (found := _HUNK.match(text)):
                        yield _line_row(text, place, ref)
                        yield from self._above(place.file, found)
                        continue
                yield _line_row(text, place, ref)
            elif self.look.sides:
                number = place.line + (self.shift if place.side is Side.NEW else 0)
                self.pairs.append(
                    (diff_row(text, number, ref, place.file), diff_row(text, place.line, ref, place.file))
                )
                self.shift += (text[:1] == "-") - (text[:1] == "+")
            else:
                yield diff_row(text, place.line, ref, place.file)
        yield from self._flush()
        yield from self._below()

    def _flush(self) -> Iterator[Row]:
        yield from in_sides(self.pairs)
        self.pairs = []

    def _above(self, file: str, found: re.Match[str]) -> Iterator[Row]:
        """What stands above a hunk that begins."""
        start, count = int(found[2]), int(found[3] or 1)
        self.shift = int(found[1]) - start
        shown = self.end if self.file == file else 0
        yield from self._more(file, max(start - self.look.more, shown + 1), start)
        self.begun, self.file, self.end = True, file, start + count - 1

    def _below(self) -> Iterator[Row]:
        """What stands below the hunk that ended, as far as the next one."""
        if self.begun:
            self.begun = False
            last = self.end + self.look.more
            last = min([last, *(start - 1 for file, start in self.starts if file == self.file and start > self.end)])
            yield from self._more(self.file, self.end + 1, last + 1)
            self.end = last

    def _more(self, file: str, first: int, end: int) -> Iterator[Row]:
        """Lines of the file, from `first` up to `end`, which is none of them."""
        for number, text in enumerate(self.files.get(file, ())[first - 1 : max(end, 1) - 1], first):
            row = diff_row(f" {text}", number, Beyond(file, number), file)
            left = diff_row(f" {text}", number + self.shift, Beyond(file, number), file)
            yield in_sides([(left, row)])[0] if self.look.sides else row


def _line_row(text: str, place: Place | None, ref: MailLine) -> Row:
    if place is None or place.part in (Part.MESSAGE, Part.NOTES, Part.TAIL):
        return Row(f"    {text}", "plain" if place and place.part is Part.MESSAGE else "dim", ref)
    if place.part is Part.HEAD:
        kind = "hunk" if text.startswith("@@ ") else "meta" if text.startswith("diff ") else "dim"
        return Row(text, kind, ref, True)
    return diff_row(text, place.line, ref, place.file)
