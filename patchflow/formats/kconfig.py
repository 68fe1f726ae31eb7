"""Kconfig files: which options there are, what each depends on, and what else is to be set for one to be.

Read as Documentation/kbuild/kconfig-language.rst has it, within bounds; macros ($(cc-option,…)) count as true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from patchflow import lazy_re
from patchflow.values import dataclass

_MOST_FILES, _DEEP, _WAYS = 4000, 12, 12
_TOKEN = lazy_re.compile(r'\s*(&&|\|\||!=|<=|>=|[()!=<>]|\$\((?:[^()]|\([^()]*\))*\)|"[^"]*"|\'[^\']*\'|[\w.-]+)')
_OPENS = lazy_re.compile(r"(?:menu)?config\s+(\w+)")
_TYPE = lazy_re.compile(r"(bool|tristate|int|hex|string|def_bool|def_tristate)\b(.*)")
_SELECTS = lazy_re.compile(r"select\s+(\w+)(?:\s+if\s+(.*))?")
_SOURCE = lazy_re.compile(r'(o?r?source)\s+"?([^"\s]+)"?')
_LEVELS = {"n": 0, "m": 1, "y": 2}
# What a comparison asks for of the option on its left: KUNIT=y, MDIO!=n.
_ASKS: dict[tuple[object, object], int] = {
    ("=", "y"): 2, ("=", "m"): 1, ("!=", "n"): 1, ("!=", "m"): 2, ("=", "n"): 0, ("!=", "y"): 0,
}  # fmt: skip
# An expression: ("sym", NAME), ("not", e), ("and" | "or", e, e), ("cmp", left, sign, right), ("all",).
Expression = tuple[object, ...]
_TRUE: Expression = ("all",)


@dataclass(slots=True)
class Option:
    """One definition of an option: its type, whether the user may set it, what it is by default, and what it depends
    on in words, all of which must hold."""

    kind: str = ""
    asked: bool = False
    defaults: list[str] = field(default_factory=list)
    depends: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Options:
    """The options of a tree by name (FEC, without CONFIG_), and which of them select another: name, and under what."""

    known: dict[str, list[Option]] = field(default_factory=dict)
    selected: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def depends(self, name: str) -> str:
        """What an option depends on, as one would write it; "" where it depends on nothing or is not known."""
        parts = self._parts(name)
        words = (f"({_shown(part)})" if part[0] == "or" and len(parts) > 1 else _shown(part) for part in parts)
        return " && ".join(words)

    def why_unset(self, name: str, config: Mapping[str, str]) -> str:
        """Why an option does not hold in a configuration, in words; "" where it depends on nothing."""
        depends, unset = self.depends(name), self.unset(name, config)
        of_which = f", of which {', '.join(unset)} {'is' if len(unset) == 1 else 'are'} not set" if unset else ""
        return f"it depends on {depends}{of_which}" if depends else ""

    def unset(self, name: str, config: Mapping[str, str]) -> list[str]:
        """The options that stand in the way of one: what it depends on and the configuration does not have."""
        return [_shown(part) for part in self._parts(name) if not _level(part, config)]

    def _parts(self, name: str) -> list[Expression]:
        """What all must hold for an option, by its first definition."""
        words = [word for one in self.known.get(name, [])[:1] for word in one.depends]
        return list(dict.fromkeys(part for word in words for part in _conjuncts(parse(word)) if part != _TRUE))

    def needed(self, name: str, value: str, config: Mapping[str, str]) -> dict[str, str]:
        """What is to be set besides, for an option to have a value (y, m); what cannot be found out is left out.

        Options of `config` and of the answer have CONFIG_ in front of their names.
        """
        found: dict[str, str] = {}
        self._want(("sym", name), _LEVELS.get(value, 2), config, found, 0)
        found[f"CONFIG_{name}"] = value
        return found

    def _want(self, one: Expression, level: int, config: Mapping[str, str], found: dict[str, str], deep: int) -> bool:
        """Adds to `found` what lets an expression reach a level; whether it may."""
        if deep > _DEEP:
            return False
        if _level(one, {**config, **found}) >= level:
            return True
        kind = one[0]
        if kind == "and":
            parts = [self._want(part, level, config, found, deep + 1) for part in _parts(one)]
            return all(parts)
        if kind == "or":
            for part in sorted(_parts(one), key=lambda part: part != ("sym", "COMPILE_TEST")):
                trial = dict(found)
                if self._want(part, level, config, trial, deep + 1):
                    found.update(trial)
                    return True
            return False
        if kind == "not" and isinstance(inner := one[1], tuple) and inner[0] == "sym":
            return found.setdefault(f"CONFIG_{inner[1]}", "n") == "n"  # not where it is wanted, too
        if kind == "cmp" and (wanted := _ASKS.get((one[2], one[3]))) is not None:
            symbol: Expression = ("sym", one[1])
            return self._want(symbol if wanted else ("not", symbol), wanted or 2, config, found, deep + 1)
        return kind == "sym" and self._want_symbol(str(one[1]), level, config, found, deep)

    def _want_symbol(self, name: str, level: int, config: Mapping[str, str], found: dict[str, str], deep: int) -> bool:
        if found.get(f"CONFIG_{name}") == "n":
            return False
        for one in self.known.get(name, []):
            if one.kind not in ("bool", "tristate"):
                continue
            value = "m" if level == 1 and one.kind == "tristate" and config.get("CONFIG_MODULES") == "y" else "y"
            trial = dict(found)
            wants = _LEVELS[value] if one.kind == "tristate" else 1
            if not all(self._want(parse(word), wants, config, trial, deep + 1) for word in one.depends):
                continue
            if one.asked:
                found.update(trial)
                found[f"CONFIG_{name}"] = value
                return True
            ways: list[dict[str, str]] = []
            for words in one.defaults[:_WAYS]:  # olddefconfig sets it
                again = dict(trial)
                if self._want(parse(words), wants, config, again, deep + 1):
                    ways.append(again)
            for other, condition in self.selected.get(name, [])[:_WAYS]:
                again = dict(trial)
                under = not condition or self._want(parse(condition), 1, config, again, deep + 1)
                if under and self._want(("sym", other), level, config, again, deep + 1):
                    ways.append(again)
                    if deep > 3:
                        break
            if ways:
                found.update(sorted(ways, key=len)[0])
                return True
        return False


def read_options(read: Callable[[str], str | None], arch: str, top: str = "Kconfig") -> Options:
    """The options of a tree, from its topmost Kconfig file on; `read` gives a file, None where it is not there, and
    `arch` is the folder below arch/."""
    options = Options()
    _Reader(read, arch, options, set()).file(top, ())
    return options


class _Reader:
    def __init__(self, read: Callable[[str], str | None], arch: str, options: Options, seen: set[str]) -> None:
        self._read = read
        self._arch = arch
        self._options = options
        self._seen = seen

    def file(self, path: str, around: tuple[str, ...]) -> None:
        if path in self._seen or len(self._seen) > _MOST_FILES or (text := self._read(path)) is None:
            return
        self._seen.add(path)
        stack: list[list[str]] = [list(around)]  # what stands around: of the file, and of each if, menu and choice
        option: Option | None = None
        name = ""
        own = False  # whether `depends on` here is the menu's or choice's own
        for row in _rows(text):
            word = row.split(None, 1)[0]
            rest = row[len(word) :].strip()
            if match := _OPENS.fullmatch(row):
                name, own = match[1], False
                option = Option(depends=[one for part in stack for one in part])
                self._options.known.setdefault(name, []).append(option)
            elif word in ("if", "menu", "choice"):
                stack.append([rest] if word == "if" else [])
                option, own = None, word != "if"
            elif word in ("endif", "endmenu", "endchoice"):
                if len(stack) > 1:
                    stack.pop()
                option, own = None, False
            elif match := _SOURCE.fullmatch(row):
                target = match[2].replace("$(SRCARCH)", self._arch).replace("$SRCARCH", self._arch)
                target = target.replace("$(HEADER_ARCH)", "x86")  # arch/um alone says so
                if match[1] in ("rsource", "orsource"):
                    target = f"{path.rpartition('/')[0]}/{target}".lstrip("/")
                self.file(target, tuple(one for part in stack for one in part))
                option = None
            elif word in ("comment", "mainmenu"):
                option, own = None, False
            elif row.startswith("depends on "):
                if option is not None:
                    option.depends.append(row[len("depends on ") :].strip())
                elif own:
                    stack[-1].append(row[len("depends on ") :].strip())
            elif option is not None:
                self._attribute(name, option, row, word, rest)

    def _attribute(self, name: str, option: Option, row: str, word: str, rest: str) -> None:
        if match := _TYPE.fullmatch(row):
            option.kind = match[1].removeprefix("def_")
            rest = match[2].strip()
            if match[1].startswith("def_"):
                option.defaults.append(_default(rest))
            word = "prompt" if rest[:1] in ("'", '"') else word
        if word == "prompt":
            option.asked = True
            condition = re.search(r"""["']\s+if\s+(.+)$""", rest)
            if condition:
                option.depends.append(condition[1])
        elif word == "default":
            option.defaults.append(_default(rest))
        elif match := _SELECTS.fullmatch(row):
            self._options.selected.setdefault(match[1], []).append((name, match[2] or ""))


def _default(words: str) -> str:
    """A default and its condition as one expression."""
    value, _, condition = words.partition(" if ")
    return f"({value}) && ({condition})" if condition else value


def _rows(text: str) -> list[str]:
    """The statements of a file: joined, without comments and helps."""
    found: list[str] = []
    helped: int | None = None  # how far the first line of the help that is being passed over is indented
    in_help = False
    held = ""
    for row in text.expandtabs(8).split("\n"):
        if in_help:
            indent = len(row) - len(row.lstrip())
            if not row.strip():
                continue
            if helped is None:
                helped = indent
            if indent and indent >= helped:
                continue
            in_help, helped = False, None
        row = f"{held}{row}"
        held = ""
        if row.endswith("\\"):
            held = row[:-1]
            continue
        row = re.sub(r"""(^|\s)#.*$""", "", row).strip()
        if row in ("help", "---help---"):
            in_help = True
        elif row:
            found.append(row)
    return found


def parse(text: str) -> Expression:
    """An expression; what cannot be read counts as true."""
    tokens = _TOKEN.findall(text)
    try:
        found, left = _either(tokens, 0)
    except (IndexError, RecursionError):
        return _TRUE
    return found if left == len(tokens) else _TRUE


def _either(tokens: Sequence[str], at: int) -> tuple[Expression, int]:
    found, at = _both(tokens, at)
    while at < len(tokens) and tokens[at] == "||":
        other, at = _both(tokens, at + 1)
        found = ("or", found, other)
    return found, at


def _both(tokens: Sequence[str], at: int) -> tuple[Expression, int]:
    found, at = _one(tokens, at)
    while at < len(tokens) and tokens[at] == "&&":
        other, at = _one(tokens, at + 1)
        found = ("and", found, other)
    return found, at


def _one(tokens: Sequence[str], at: int) -> tuple[Expression, int]:
    token = tokens[at]
    if token == "!":
        found, at = _one(tokens, at + 1)
        return ("not", found), at
    if token == "(":
        found, at = _either(tokens, at + 1)
        if tokens[at] != ")":
            raise IndexError
        return found, at + 1
    if token in ("&&", "||", ")", "=", "!="):
        raise IndexError
    if at + 1 < len(tokens) and tokens[at + 1] in ("=", "!=", "<", ">", "<=", ">="):
        macro = "$" in token or "$" in tokens[at + 2]
        return (_TRUE if macro else ("cmp", token, tokens[at + 1], tokens[at + 2])), at + 3
    return (_TRUE if token.startswith("$") else ("sym", token.strip("'\""))), at + 1


def _parts(one: Expression) -> list[Expression]:
    """What an `and` or `or` joins, flat."""
    found: list[Expression] = []
    for part in one[1:]:
        assert isinstance(part, tuple)
        found += _parts(part) if part[0] == one[0] else [part]
    return found


def _conjuncts(one: Expression) -> list[Expression]:
    return _parts(one) if one[0] == "and" else [one]


def _level(one: Expression, config: Mapping[str, str]) -> int:
    """0, 1 or 2: what an expression comes to (n, m, y)."""
    kind = one[0]
    if kind in ("and", "or"):
        levels = [_level(part, config) for part in _parts(one)]
        return min(levels) if kind == "and" else max(levels)
    if kind == "not":
        assert isinstance(one[1], tuple)
        return 2 - _level(one[1], config)
    if kind == "sym":
        name = str(one[1])
        return _LEVELS[name] if name in _LEVELS else _LEVELS.get(config.get(f"CONFIG_{name}", "n"), 0)
    if kind == "cmp":
        left, right = _value(str(one[1]), config), _value(str(one[3]), config)
        return 2 if (left == right) == (one[2] == "=") or one[2] not in ("=", "!=") else 0
    return 2


def _value(token: str, config: Mapping[str, str]) -> str:
    bare = token.strip("'\"")
    return bare if token != bare or bare in _LEVELS else config.get(f"CONFIG_{bare}", "n").strip('"')


def _shown(one: Expression) -> str:
    """An expression as one would write it."""
    kind = one[0]
    if kind in ("and", "or"):
        return (" && " if kind == "and" else " || ").join(_shown(part) for part in _parts(one))
    if kind == "not":
        assert isinstance(one[1], tuple)
        return f"!{_shown(one[1])}"
    return "".join(str(word) for word in one[1:]) if kind == "cmp" else str(one[-1])
