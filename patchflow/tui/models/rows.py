"""Rows: what every model hands to the screens, one line of text each with the kind that colours it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any, NamedTuple

from patchflow.formats.safe import safe_line

# Every kind there is; a theme gives each a colour, and none of them says anything by colour alone.
KINDS = (
    "plain", "dim", "head", "strong", "add", "del", "hunk", "meta", "quote",
    "error", "warning", "advice", "good", "note",
)  # fmt: skip


class Row(NamedTuple):
    """One line. `ref` is what it stands for (None: nothing to choose); `code` is wrapped hard, prose at words."""

    text: str
    kind: str = "plain"
    ref: Any = None
    code: bool = False


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


def wrapped(row: Row, width: int) -> list[str]:
    """The row's text in lines of `width` characters at most; code is cut, prose breaks between words."""
    text = clean(row.text)
    if len(text) <= width or width < 8:
        return [text]
    if row.code:
        step = width - 2
        rest = [f"  {text[at : at + step]}" for at in range(width, len(text), step)]
        return [text[:width], *rest]
    indent = " " * (len(text) - len(text.lstrip(" ")))
    return textwrap.wrap(
        text, width, subsequent_indent=indent[: width // 2], break_long_words=True, break_on_hyphens=False
    ) or [""]


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
    import difflib

    rows = [Row(title, "head")] if title else []
    for line in list(difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=2))[2:]:
        kind = {"+": "add", "-": "del", "@": "hunk"}.get(line[:1], "plain")
        rows.append(Row(line, kind, None, True))
    return rows
