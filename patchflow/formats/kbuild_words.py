"""What make makes of words: variables and the functions that Kbuild files use. No program is run, and bounds hold.

Every branch of a condition counts, so a variable holds all that is ever assigned to it. A word carries the condition it
came under (`CONFIG_X` of `mmu-$(CONFIG_MMU) += memory.o`). Source: the GNU make manual, chapters 6 and 8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from patchflow import lazy_re

Word = tuple[str, str]  # the text, and its condition: CONFIG_X, y, m, or ""
TOP = "\x01"  # begins a path that counts from the top of the tree, as those below $(src) do

_BUDGET = 1_500_000  # characters and words that one evaluation may handle; amdgpu's, the largest, takes 0.4 million
_DEPTH = 24
_CONFIG = lazy_re.compile(r"CONFIG_\w+")
_SUFFIXED = lazy_re.compile(r"(.*)-(?:yy?|m|objs|)$", re.DOTALL)
_ENDED = lazy_re.compile(r"-y?$")
_UNTIL = lazy_re.compile(r"[^$\s]+")
_WIDTHS = ("32", "64")


class Enough(Exception):
    """A text asked for more than the bounds allow."""


class Variables:
    """The variables of one evaluation, in the folder `at`. `wildcards` are the patterns that were asked for."""

    def __init__(self, at: str) -> None:
        self._at = at
        self._left = _BUDGET
        self._kept: dict[str, dict[tuple[str | Word, str], None]] = {}
        self._within: set[str] = set()
        self._known: dict[str, list[Word]] = {}  # values, until the next assignment
        self._loops: dict[str, Word] = {}
        self._arch = at.split("/")[1] if at.startswith("arch/") else ""
        self.wildcards: list[str] = []

    def names(self) -> list[str]:
        """Every variable, those with a suffix as `vsock-?`."""
        return list(self._kept)

    def assign(self, name: str, how: str, text: str) -> None:
        """Adds what is assigned; `how` is the operator. Only `:=` reads its words at once."""
        key, condition = self._key(name)
        added: list[str | Word] = []
        for one in [text.replace("$(BITS)", width) for width in _WIDTHS] if "(BITS)" in text else [text]:
            added += self.expand(one) if ":" in how or "$" not in one else [one]
        self._kept.setdefault(key, {}).update(((one, condition), None) for one in added)
        self._known.clear()

    def _key(self, name: str) -> tuple[str, str]:
        """The variable of a left side, and the condition in it: (`vsock-?`, `CONFIG_X`) of `vsock-$(CONFIG_X)`."""
        config = _CONFIG.search(name)
        if config and "$" in name:
            before = name[: config.start()]
            start = before.find("$")
            whole = before[start:].startswith(("$(CONFIG", "${CONFIG")) or len(before) - start == 2
            base = " ".join(word for word, _ in self.expand(before[:start]))
            plain = whole and not re.search(r":\s*m\s*=", name)
            return f"{_ENDED.sub('', base)}-?", config[0] if plain or "if" in before else "y"
        full = " ".join(word for word, _ in self.expand(name)) if "$" in name else name
        match = _SUFFIXED.match(full)
        if not match:
            return full, ""
        return f"{match[1]}-?", "m" if full.endswith("-m") else "y"

    def value(self, name: str, depth: int = 0) -> list[Word]:
        """The words of a variable; none of one that is not known, or that is being read already."""
        if name in self._loops:
            return [self._loops[name]]
        if name in ("src", "obj"):
            return [(f"{TOP}/{self._at}", "")]
        if name in ("srctree", "objtree"):
            return [(TOP, "")]
        if name in ("SRCARCH", "ARCH", "BITS"):
            return [(self._arch, "")] if self._arch and name != "BITS" else []
        key = name if name.endswith("-?") else self._key(name)[0]
        if key in self._known:
            return self._known[key]
        if key in self._within or key not in self._kept:
            return []
        self._within.add(key)
        found: dict[Word, None] = {}
        try:
            for item, condition in list(self._kept[key]):
                words = self.expand(item, depth + 1) if isinstance(item, str) else [item]
                found.update(((text, _joined(inner, condition)), None) for text, inner in words)
        finally:
            self._within.discard(key)
        if not self._loops and depth < _DEPTH // 2:
            self._known[key] = list(found)
        return list(found)

    def expand(self, text: str, depth: int = 0) -> list[Word]:
        """The words of a text."""
        self._spend(len(text) + 1)
        if "$" not in text:
            return [(word, "") for word in text.split()]
        if depth > _DEPTH:
            return []
        found: list[Word] = []
        chunk: list[str | list[Word]] = []
        at = 0
        while at < len(text):
            if text[at].isspace():
                self._flush(chunk, found)
                at += 1
            elif text[at] != "$":
                match = _UNTIL.match(text, at)
                assert match
                chunk.append(match[0])
                at = match.end()
            elif text[at + 1 : at + 2] in ("(", "{"):
                end = _closing(text, at + 1)
                if end < 0:
                    break
                chunk.append(self._reference(text[at + 2 : end], depth + 1))
                at = end + 1
            else:
                at += 2
        self._flush(chunk, found)
        return found

    def _flush(self, chunk: list[str | list[Word]], found: list[Word]) -> None:
        """Joins what stands without a space between, as make does: a$(x)b is `a1 2b` where x is `1 2`."""
        if len(chunk) == 1 and not isinstance(chunk[0], str):
            found += chunk[0]
        elif chunk:
            words: list[Word] = [("", "")]
            for piece in chunk:
                more: list[Word] = [(piece, "")] if isinstance(piece, str) else piece
                if more:
                    (text, condition), (first, other) = words[-1], more[0]
                    words[-1:] = [(text + first, condition or other), *more[1:]]
                    self._spend(len(words[-1][0]))
            found += [word for word in words if word[0]]
        self._spend(len(chunk))
        chunk.clear()

    def _reference(self, inner: str, depth: int) -> list[Word]:
        name, _, rest = inner.lstrip().partition(" ") if " " in inner else inner.partition("\t")
        if rest and name in _FUNCTIONS:
            return self._bounded(_FUNCTIONS[name](self, _arguments(rest), depth))
        if rest and "$" not in name and ":" not in name:
            return []  # shell, call, eval, error: nothing is run
        variable, colon, change = inner.partition(":")
        if colon and "=" in change and "$" not in variable:
            old, _, new = change.partition("=")
            old, new = (old, new) if "%" in old else (f"%{old}", f"%{new}")
            return self._bounded(_changed(self.value(variable, depth), old, new))
        return self.value(self.flat(inner, depth) if "$" in inner else inner, depth)

    def flat(self, text: str, depth: int) -> str:
        """The words of a text as one."""
        return " ".join(word for word, _ in self.expand(text, depth)) if "$" in text else text.strip()

    def _bounded(self, words: Iterator[Word]) -> list[Word]:
        found: list[Word] = []
        for word in words:
            self._spend(len(word[0]) + 1)
            found.append(word)
        return found

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Enough

    def foreach(self, arguments: list[str], depth: int) -> Iterator[Word]:
        """The text once for each word."""
        if len(arguments) < 3:
            return
        name, text = arguments[0].strip(), ",".join(arguments[2:])
        before = self._loops.get(name)
        for word in self.expand(arguments[1], depth):
            self._loops[name] = word
            yield from self.expand(text, depth)
        self._loops.pop(name, None)
        if before is not None:
            self._loops[name] = before

    def wildcard(self, arguments: list[str], depth: int) -> Iterator[Word]:
        """No word: the pattern is remembered."""
        self.wildcards += [word for word, _ in self.expand(arguments[0], depth)]
        yield from ()


def _joined(inner: str, outer: str) -> str:
    """One condition of two: that of the left side, where it is an option."""
    return outer if outer.startswith("CONFIG_") else inner or outer


def _closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` closes, else -1."""
    opening = text[start]
    closing = ")" if opening == "(" else "}"
    depth = 0
    for match in re.finditer(r"[(){}]", text[start:]):
        if match[0] == opening:
            depth += 1
        elif match[0] == closing:
            depth -= 1
            if not depth:
                return start + match.start()
    return -1


def _arguments(text: str) -> list[str]:
    """The arguments of a function, at the commas outside of brackets."""
    found, depth, begun = [], 0, 0
    for match in re.finditer(r"[(){},]", text):
        if match[0] in "({":
            depth += 1
        elif match[0] in ")}":
            depth -= 1
        elif not depth:
            found.append(text[begun : match.start()])
            begun = match.end()
    return [*found, text[begun:]]


def _changed(words: list[Word], old: str, new: str) -> Iterator[Word]:
    """patsubst."""
    head, many, tail = old.partition("%")
    for text, condition in words:
        if many and len(text) >= len(head) + len(tail) and text.startswith(head) and text.endswith(tail):
            yield new.replace("%", text[len(head) : len(text) - len(tail)], 1), condition
        else:
            yield (new if text == old else text), condition


def _matches(text: str, patterns: list[Word]) -> bool:
    for pattern, _ in patterns:
        head, many, tail = pattern.partition("%")
        if text == pattern or (
            many and len(text) >= len(head + tail) and text.startswith(head) and text.endswith(tail)
        ):
            return True
    return False


_Function = Callable[[Variables, list[str], int], Iterator[Word]]


def _put(before: bool) -> _Function:
    def made(given: Variables, arguments: list[str], depth: int) -> Iterator[Word]:
        more = given.flat(arguments[0], depth)
        for text, condition in given.expand(",".join(arguments[1:]), depth):
            yield (more + text if before else text + more), condition

    return made


def _substituted(given: Variables, arguments: list[str], depth: int) -> Iterator[Word]:
    if len(arguments) > 2:
        old, new = given.flat(arguments[0], depth), given.flat(arguments[1], depth)
        for text, condition in given.expand(",".join(arguments[2:]), depth):
            yield (text.replace(old, new) if old else text), condition


def _patterned(given: Variables, arguments: list[str], depth: int) -> Iterator[Word]:
    if len(arguments) > 2:
        old, new = given.flat(arguments[0], depth), given.flat(arguments[1], depth)
        yield from _changed(given.expand(",".join(arguments[2:]), depth), old, new)


def _chosen(keep: bool) -> _Function:
    def made(given: Variables, arguments: list[str], depth: int) -> Iterator[Word]:
        patterns = given.expand(arguments[0], depth)[:64]
        words = given.expand(",".join(arguments[1:]), depth)
        yield from (word for word in words if _matches(word[0], patterns) == keep)

    return made


def _each(change: Callable[[str], str]) -> _Function:
    """A function of one list, word by word."""

    def made(given: Variables, arguments: list[str], depth: int) -> Iterator[Word]:
        yield from ((change(text), condition) for text, condition in given.expand(",".join(arguments), depth))

    return made


def _all(first: int) -> _Function:
    """Every argument from one on: the branches of a condition, of which any may be taken."""

    def made(given: Variables, arguments: list[str], depth: int) -> Iterator[Word]:
        for argument in arguments[first:]:
            yield from given.expand(argument, depth)

    return made


_FUNCTIONS: dict[str, _Function] = {
    "addprefix": _put(True),
    "addsuffix": _put(False),
    "subst": _substituted,
    "patsubst": _patterned,
    "filter": _chosen(True),
    "filter-out": _chosen(False),
    "foreach": Variables.foreach,
    "wildcard": Variables.wildcard,
    "if": _all(1),
    "or": _all(0),
    "and": _all(0),
    "notdir": _each(lambda text: text.rpartition("/")[2]),
    "dir": _each(lambda text: "".join(text.rpartition("/")[:2]) or "./"),
    "basename": _each(lambda text: text.rpartition(".")[0] or text),
    **dict.fromkeys(("sort", "strip", "firstword", "lastword", "abspath", "realpath"), _each(str)),
}
