"""Reads a plain command line by the exact declarations that argparse gets, without loading argparse.

Whatever is not plain (an abbreviation, `--help`, a wrong value, an option that may take many values or none,
subcommands) is left to argparse, which alone tells errors. tests/cli/test_plain_line.py holds the two against each
other.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_ACTIONS = ("store", "store_true", "store_const", "append", "extend")


class NotPlain(Exception):
    """The line, or the command's declarations, need argparse."""


class _Argument:
    """One declared option or positional word."""

    def __init__(self, dest: str, action: str, nargs: object, kind: Callable[[str], Any], choices: Any) -> None:
        self.dest, self.action, self.nargs, self.kind, self.choices = dest, action, nargs, kind, choices
        self.group = 0
        self.const: object = True

    def value(self, word: str) -> Any:
        try:
            value = self.kind(word)
        except (TypeError, ValueError) as error:
            raise NotPlain from error
        if self.choices is not None and value not in self.choices:
            raise NotPlain
        return value


class PlainLine:
    """Takes declarations as an ArgumentParser does, and reads the lines that need no more."""

    def __init__(self) -> None:
        self._options: dict[str, _Argument] = {}
        self._words: list[_Argument] = []
        self._values: dict[str, Any] = {}
        self._groups = 0

    def add_argument(
        self,
        *names: str,
        action: str = "store",
        nargs: object = None,
        default: Any = None,
        type: Callable[[str], Any] = str,
        choices: Any = None,
        dest: str = "",
        metavar: object = None,
        const: object = True,
        help: str = "",
        **more: Any,
    ) -> _Argument:
        """Declares an option or a positional word, as argparse has it."""
        if action not in _ACTIONS or more:
            raise NotPlain
        option = names[0].startswith("-")
        long = next((name for name in names if name.startswith("--")), names[0])
        dest = dest or long.lstrip("-").replace("-", "_")
        argument = _Argument(dest, action, nargs, type, choices)
        argument.const = const
        if default != "==SUPPRESS==" and dest not in self._values:  # of several of one name the first one's counts
            self._values[dest] = False if action == "store_true" and default is None else default
        if option:
            self._options.update(dict.fromkeys(names, argument))
        else:
            self._words.append(argument)
            if nargs == "*" and default is None:
                self._values[dest] = []
        return argument

    def add_mutually_exclusive_group(self) -> _Group:
        """A group of which one may be given."""
        self._groups += 1
        return _Group(self, self._groups)

    def add_subparsers(self, **_: Any) -> Any:
        """Subcommands need argparse."""
        raise NotPlain

    def parse(self, words: Sequence[str]) -> dict[str, Any]:
        """The values by name; NotPlain where argparse has to look."""
        values = {name: list(value) if isinstance(value, list) else value for name, value in self._values.items()}
        positional: list[str] = []
        places: list[int] = []
        used: dict[int, _Argument] = {}
        left = list(enumerate(words))
        while left:
            place, word = left.pop(0)
            if not word.startswith("-") or word == "-":
                positional.append(word)
                places.append(place)
                continue
            name, equals, given = word.partition("=")
            argument = self._options.get(name)
            if argument is None or argument.nargs is not None or (equals and not name.startswith("--")):
                raise NotPlain
            if argument.group and used.setdefault(argument.group, argument) is not argument:
                raise NotPlain
            if argument.action in ("store_true", "store_const"):
                if equals:
                    raise NotPlain
                values[argument.dest] = argument.const
                continue
            if not equals:
                if not left or left[0][1].startswith("-") or left[0][1] == "":
                    raise NotPlain
                given = left.pop(0)[1]
            value = argument.value(given)
            values[argument.dest] = [*values[argument.dest], value] if argument.action == "append" else value
        if places and places[-1] - places[0] != len(places) - 1:
            raise NotPlain  # argparse has rules of its own for words apart
        return self._placed(values, positional)

    def _placed(self, values: dict[str, Any], positional: list[str]) -> dict[str, Any]:
        """The positional words given to what was declared, each taking what it must; the last may take many."""
        for argument in self._words:
            if argument.nargs is None:
                if not positional:
                    raise NotPlain
                values[argument.dest] = argument.value(positional.pop(0))
            elif argument.nargs == "?":
                if positional:
                    values[argument.dest] = argument.value(positional.pop(0))
            elif argument.nargs in ("*", "+") and argument is self._words[-1]:
                if positional or argument.nargs == "+":
                    values[argument.dest] = [argument.value(word) for word in positional]
                    if not positional:
                        raise NotPlain
                positional = []
            else:
                raise NotPlain
        if positional:
            raise NotPlain
        return values


class _Group:
    """Options of which one may be given."""

    def __init__(self, line: PlainLine, number: int) -> None:
        self._line, self._number = line, number

    def add_argument(self, *names: str, **how: Any) -> None:
        """Declares one of them."""
        self._line.add_argument(*names, **how).group = self._number
