"""Rows: what every model hands to the screens, one line of text each with the kind that colours it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from itertools import groupby, zip_longest
from typing import Any

from rich.cells import cell_len, chop_cells, set_cell_size

from patchflow.formats.safe import safe_line
from patchflow.named_tuple import NamedTuple

# Every kind there is; a theme gives each a colour, and none of them says anything by colour alone.
KINDS = (
    "plain", "dim", "head", "strong", "add", "del", "hunk", "meta", "quote",
    "error", "warning", "advice", "good", "note",
)  # fmt: skip


class Row(NamedTuple):
    """One line. `ref` is what it stands for (None: nothing to choose); `code` is wrapped hard, prose at words.

    `path` names the file whose code stands in it from column CODE_AT on; `changed` are the parts of that code that
    differ from the line it replaces or that replaces it. `beside` stands at its right, each in half of the width; what
    the left one stands for, where that is something else than `ref`, is the `ref` of the other.
    """

    text: str
    kind: str = "plain"
    ref: Any = None
    code: bool = False
    path: str = ""
    changed: tuple[tuple[int, int], ...] = ()
    beside: Any = None  # a Row


CODE_AT = 7  # columns of a diff's line: its number, a blank, its mark


def diff_row(text: str, number: int, ref: Any, path: str, changed: tuple[tuple[int, int], ...] = ()) -> Row:
    """A line of a diff, its mark in front, with the number it has in the file (0: none). Tabs count from where the code
    begins, not from the number before it."""
    kind = {"+": "add", "-": "del"}.get(text[:1], "plain")
    code = text[1:].expandtabs(8)
    if "\t" in text:
        changed = tuple((len(text[1 : a + 1].expandtabs(8)), len(text[1 : b + 1].expandtabs(8))) for a, b in changed)
    return Row(f"{number or '':>5} {text[:1]}{code}", kind, ref, True, path, changed)


def in_sides(lines: Iterable[tuple[Row, Row]]) -> list[Row]:
    """The lines of a hunk, each as it is drawn at the left and at the right, as rows with what was beside what is;
    removed lines stand beside the added ones that follow them. A row stands for what is, where there is something."""
    rows: list[Row] = []
    nothing = Row("", "dim", None, True)
    for _, group in groupby(lines, key=lambda one: one[0].kind in ("add", "del")):
        block = list(group)
        old_rows = [left for left, _ in block if left.kind != "add"]
        new_rows = [right for _, right in block if right.kind != "del"]
        for old, new in zip_longest(old_rows, new_rows, fillvalue=nothing):
            beside = new if old.ref in (None, new.ref) else new._replace(ref=old.ref)
            rows.append(old._replace(ref=old.ref if new is nothing else new.ref, beside=beside))
    return rows


class Spot(NamedTuple):  # there are ten thousand of them: a tuple is made five times as fast as a frozen dataclass
    """A line of a patch: its file and number in the new file (0 for a removed line or a headline)."""

    commit: str
    file: str
    line: int


def clean(text: str) -> str:
    """One line of foreign text, fit for a terminal: tabs as columns, nothing that `formats.safe` finds unsafe."""
    text = text.expandtabs(8)
    # Most lines are plain ASCII, and this is asked ten times as fast as what is unsafe.
    return text if text.isascii() and text.isprintable() else safe_line(text)


def prose(text: str, kind: str = "plain", ref: Any = None, indent: str = "") -> list[Row]:
    """A text of several lines as rows."""
    return [Row(f"{indent}{line}", kind, ref) for line in text.split("\n")]


def code(lines: Iterable[str], kind: str = "plain", ref: Any = None) -> list[Row]:
    """Lines whose blanks count."""
    return [Row(line, kind, ref, True) for line in lines]


def wrap(row: Row, width: int) -> list[str]:
    """The row's text in lines of `width` terminal columns at most; code is cut, prose breaks between words."""
    text = clean(row.text)
    if width < 8 or (len(text) if text.isascii() else cell_len(text)) <= width:
        return [text]
    if row.code:
        first = chop_cells(text, width)[0]
        return [first, *(f"  {piece}" for piece in chop_cells(text[len(first) :], width - 2))]
    body = text.lstrip(" ")
    indent = " " * min(len(text) - len(body), width // 2)
    return [f"{indent}{line}" for line in _at_words(body, width - len(indent))]


def _at_words(text: str, width: int) -> list[str]:
    """The text in lines that break between words; a word that is longer than a line is cut."""
    lines = [""]
    for word in re.findall(r"\s*\S+", text):
        if cell_len(lines[-1] + word) <= width:
            lines[-1] += word
        elif cell_len(word.lstrip()) <= width:
            lines.append(word.lstrip())
        else:
            lines += chop_cells(lines.pop() + word, width)
    return lines


def halves(row: Row, width: int) -> tuple[str, str]:
    """The text of a row and of the one beside it, each in half of the width (a column stands between them)."""
    half = (width - 1) // 2
    return fit(clean(row.text), half), fit(clean(row.beside.text), width - 1 - half)


def fit(text: str, width: int) -> str:
    """The text in just `width` terminal columns: filled up with blanks, or cut and ended by `…`."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return f"{set_cell_size(text, width - 1)}…" if width > 0 else ""


def find(rows: list[str], words: str, start: int, step: int) -> int | None:
    """The place of the next line that holds the words (without case), from `start` on and around the end."""
    wanted = words.casefold()
    count = len(rows)
    for distance in range(1, count + 1):
        at = (start + distance * step) % count
        if wanted in rows[at].casefold():
            return at
    return None


def matches(text: str, words: str) -> bool:
    """Whether every word of a filter stands in the text, without case; a word after - must not."""
    low = text.casefold()
    return all(
        (word[1:] not in low) if word.startswith("-") and len(word) > 1 else (word in low)
        for word in words.casefold().split()
    )


def difference(before: str, after: str, title: str = "") -> list[Row]:
    """What changed from one text to the other, as a small diff."""
    rows = [Row(title, "head")] if title else []
    for line in list(difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=2))[2:]:
        kind = {"+": "add", "-": "del", "@": "hunk"}.get(line[:1], "plain")
        rows.append(Row(line, kind, None, True))
    return rows
