"""With which three letters what a pattern matches can begin: python -m tests.formats.beginnings

Prints patchflow/formats/mail/approval_beginnings.py, which spares the compiling of the patterns of approval.py that
cannot match. Read off the parsed patterns, so that nothing is left out: test_approval.py compares the two.
Python has no public door to a parsed pattern; from 3.11 to 3.13 the table comes out the same.
"""

from __future__ import annotations

import re._constants as kinds  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterable
from typing import Any

from patchflow.formats.mail import approval

_LENGTH = 3
_MOST = 200  # of a pattern with more the first two letters: it begins with any number
_LETTERS = [chr(code) for code in range(32, 127)]
_HEAD = '''"""With which three letters each pattern of approval.py can begin, those that approve first, as
tests/formats/beginnings.py makes it; fewer where the match can end after them."""

# fmt: off
BEGINNINGS = (
'''


def beginnings(items: Iterable[Any], length: int = _LENGTH) -> set[str]:
    """The first letters (ASCII, at most `length`) of what parsed items match; fewer where the match can end there."""
    found = {""}
    for item in items:
        if short := {one for one in found if len(one) < length}:
            nexts = _of_item(item, length)
            found = (found - short) | {(one + more)[:length] for one in short for more in nexts}
    return found


def _of_item(item: Any, length: int) -> set[str]:
    kind, value = item
    if kind is kinds.LITERAL:
        return {chr(value)}
    if kind is kinds.IN:
        return {letter for letter in _LETTERS if _is_in(value, letter)} | {"\x00"}  # and any other one
    if kind is kinds.BRANCH:
        return {one for branch in value[1] for one in beginnings(branch, length)}
    if kind is kinds.SUBPATTERN:
        return beginnings(value[3], length)
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        least, most, inner = value
        once = beginnings(inner, length)
        found, now = ({""} if least == 0 else set()), {""}
        for number in range(1, min(most, length) + 1):  # one more would lie beyond
            now = {(one + more)[:length] if len(one) < length else one for one in now for more in once}
            found |= now if number >= min(least, length) else set()
        return found
    if kind in (kinds.ASSERT, kinds.ASSERT_NOT, kinds.AT):
        return {""}
    raise ValueError(f"A pattern has a {kind}, which nobody has told how it begins.")


def _is_in(parts: Iterable[Any], letter: str) -> bool:
    negated = any(kind is kinds.NEGATE for kind, _ in parts)
    return negated != any(
        (kind is kinds.LITERAL and ord(letter) == value)
        or (kind is kinds.RANGE and value[0] <= ord(letter) <= value[1])
        or (kind is kinds.CATEGORY and bool(_IN_CATEGORY[value](letter)))
        for kind, value in parts
    )


_IN_CATEGORY: dict[Any, Callable[[str], bool]] = {
    kinds.CATEGORY_DIGIT: str.isdigit,
    kinds.CATEGORY_SPACE: str.isspace,
    kinds.CATEGORY_WORD: lambda letter: letter.isalnum() or letter == "_",
}


def table() -> tuple[str, ...]:
    """The beginnings of each pattern, in ASCII and apart by blanks (a blank itself is `_`)."""
    rows = []
    for pattern in (*approval.APPROVES, *approval.FILLS):
        found = {one for one in beginnings(parser.parse(pattern.pattern)) if one.isascii() and "\x00" not in one}
        assert "" not in found, pattern.pattern
        if len(found) > _MOST:
            found = {one[:2] for one in found}
        rows.append(" ".join(sorted(one.replace(" ", "_") for one in found)))
    return tuple(rows)


def module() -> str:
    """The module's text."""
    return _HEAD + "".join(_lines(row) for row in table()) + ")\n# fmt: on\n"


def _lines(row: str) -> str:
    pieces, rest = [], row
    while len(rest) > 100:
        cut = rest.rindex(" ", 0, 100) + 1
        pieces.append(rest[:cut])
        rest = rest[cut:]
    pieces.append(rest)
    return "    " + "\n    ".join(f'"{piece}"' for piece in pieces) + ",\n"


if __name__ == "__main__":
    print(module(), end="")
