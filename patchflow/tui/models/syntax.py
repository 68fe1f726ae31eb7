"""The colours of code, a line at a time, and the words of a line that changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from patchflow import lazy_re

if TYPE_CHECKING:
    from pygments.lexer import Lexer
# What a theme colours of code, each told by the words of pygments' token types.
TOKENS = ("comment", "keyword", "type", "string", "number", "preproc")
_MOST = 400  # characters of a line: longer ones are no code that somebody reads
_BY_NAME = {"Makefile": "make", "Kbuild": "make", "Kconfig": "kconfig"}
_BY_SUFFIX = {
    **dict.fromkeys((".c", ".h"), "c"),
    **dict.fromkeys((".dts", ".dtsi", ".dtso"), "devicetree"),
    **dict.fromkeys((".yaml", ".yml"), "yaml"), ".S": "gas", ".rs": "rust",
    ".py": "python", ".sh": "bash", ".rst": "rst", ".mk": "make",
}  # fmt: skip
_KINDS = (
    (("Comment", "Preproc"), "preproc"), (("Comment",), "comment"), (("Keyword", "Type"), "type"),
    (("Keyword",), "keyword"), (("Literal", "String"), "string"), (("Literal", "Number"), "number"),
)  # fmt: skip
_ALIKE = 0.5  # of the words of two lines
_PAIRS = 64  # lines compared with each other in one block
_WORD = lazy_re.compile(r"\w+|\s+|[^\w\s]")

Span = tuple[int, int]


def has_syntax(path: str) -> bool:
    """Whether code of this file is coloured."""
    return bool(_lexer_name(path))


def coloured(path: str, code: str) -> list[tuple[int, int, str]]:
    """The parts of a line that have a colour of their own: from, to, and which of TOKENS.

    Each line is read by itself; one that can only be the inside of a comment in C is taken for one.
    """
    if len(code) > _MOST or not (name := _lexer_name(path)):
        return []
    stripped = code.strip()
    if name == "c" and (stripped.startswith(("* ", "*/")) or stripped == "*"):
        return [(code.index("*"), len(code), "comment")]
    found: list[tuple[int, int, str]] = []
    at = 0
    for token, text in _lexer(name).get_tokens(code):
        kind = _kind_of(token)
        if kind and text.strip() and at < len(code):
            found.append((at, min(at + len(text), len(code)), kind))
        at += len(text)
    return found


def changed_words(lines: Sequence[str]) -> dict[int, tuple[Span, ...]]:
    """Of the lines of a hunk (with their mark in front): by their place, the parts that changed within a line.

    Removed lines are compared with the added ones that follow them: one by one where they are as many, else each with
    the first that is much like it. Where little is the same nothing is marked, because then all of it is new.
    """
    found: dict[int, tuple[Span, ...]] = {}
    for old, new in _blocks(lines):
        pairs = [(one, [other]) for one, other in zip(old, new, strict=False)]
        if len(old) != len(new):
            pairs = [(one, list(new)) for one in old] if len(old) * len(new) <= _PAIRS else []
        for one, others in pairs:
            for other in others:
                spans = _differing(lines[one][1:], lines[other][1:]) if other not in found else None
                if spans:
                    found[one], found[other] = spans
                    break
    return {at: spans for at, spans in found.items() if spans}


def _blocks(lines: Sequence[str]) -> Iterator[tuple[range, range]]:
    """Where removed lines are followed by added ones."""
    at = 0
    while at < len(lines):
        start = at
        while at < len(lines) and lines[at][:1] == "-":
            at += 1
        middle = at
        while at < len(lines) and lines[at][:1] == "+":
            at += 1
        if start < middle < at:
            yield range(start, middle), range(middle, at)
        at = max(at, start + 1)


def _differing(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]] | None:
    """What of each is not in the other; None where they have little in common."""
    if max(len(old), len(new)) > _MOST:
        return None
    before, after = _WORD.findall(old.strip()), _WORD.findall(new.strip())
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return None
    before, after = _WORD.findall(old), _WORD.findall(new)
    matcher.set_seqs(before, after)
    ends = [_ends(before), _ends(after)]
    spans: tuple[list[Span], list[Span]] = ([], [])
    for what, a, b, c, d in matcher.get_opcodes():
        if what != "equal":
            for side, (start, end) in enumerate(((a, b), (c, d))):
                if start < end:
                    spans[side].append((ends[side][start], ends[side][end]))
    return tuple(spans[0]), tuple(spans[1])


def _ends(words: Sequence[str]) -> list[int]:
    made = [0]
    for word in words:
        made.append(made[-1] + len(word))
    return made


@lru_cache(maxsize=256)
def _lexer_name(path: str) -> str:
    name = PurePosixPath(path).name
    return next((lexer for start, lexer in _BY_NAME.items() if name.startswith(start)), "") or _BY_SUFFIX.get(
        PurePosixPath(path).suffix, ""
    )


@lru_cache(maxsize=16)
def _lexer(name: str) -> Lexer:
    from pygments.lexers import get_lexer_by_name  # when code is first drawn: the board needs none

    return get_lexer_by_name(name, stripnl=False)


@lru_cache(maxsize=256)
def _kind_of(token: tuple[str, ...]) -> str:
    return next((kind for words, kind in _KINDS if token[: len(words)] == words), "")
