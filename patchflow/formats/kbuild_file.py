"""What a folder's Kbuild file makes, with the files it includes: modules, built-in objects, libraries, programs.

Source: Documentation/kbuild/makefiles.rst. Nothing is run; what only a shell knows is left out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from patchflow import lazy_re
from patchflow.domain.build import Module
from patchflow.formats.kbuild_words import TOP, Enough, Variables
from patchflow.values import dataclass

_FILES, _NESTED, _SIZE, _LINE = 400, 8, 1_000_000, 100_000  # included files, one in another, characters
_NAME = r"(?:[^\s:+?=$()#{}]|\$[({][^(){}$]*(?:\$[({][^(){}$]*[)}][^(){}$]*)*[)}])++"
_ASSIGNED = lazy_re.compile(rf"\s*+(?:(?:export|override|private)\s++)*+({_NAME})\s*+(::?=|\+=|\?=|=)(.*)", re.DOTALL)
_INCLUDED = lazy_re.compile(r"\s*+[-s]?include\s++(.*)", re.DOTALL)
_PROGRAMS = frozenset({"hostprogs", "hostprogs-?", "hostprogs-always-?", "userprogs", "userprogs-?",
                       "userprogs-always-?", "tprogs-?", "hostlibs-?"})  # fmt: skip
_KERNEL = frozenset({"extra-?", "head-?", "core-?", "init-?", "libs-?", "drivers-?"})


@dataclass(frozen=True, slots=True)
class Owners:
    """Who takes a source: modules (and built-in objects, which are modules under y), the library lib.a of a folder
    with its condition, a program by name, else the words of a rule that names it. `options` are those under which alone
    its object is part of them, one or the other."""

    modules: tuple[Module, ...] = ()
    library: str = ""
    program: str = ""
    rule: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KbuildFile:
    """An evaluated Kbuild file of the folder `at`. Paths count from the top of the tree.

    `objects`: its modules and built-in objects; `folders` it descends into; `into`: path -> the variables that hold it,
    each with its condition; `wildcards` and `text` for what is named in no variable; `included`: the files read.
    """

    at: str
    objects: tuple[Module, ...]
    folders: tuple[str, ...]
    into: dict[str, tuple[tuple[str, str], ...]]
    wildcards: tuple[str, ...]
    text: str
    included: tuple[str, ...]

    def owners(self, path: str) -> Owners:
        """Who takes a source below any folder; nobody where this file does not name it."""
        stem = path.rpartition(".")[0]
        seen: dict[str, None] = {}
        held: dict[tuple[str, str], None] = {}
        waiting = [f"{stem}.o", stem]
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen[one] = None
            for name, condition in self.into.get(one, ()):
                held[name, condition] = None
                if name.endswith("-?"):
                    target = _path(self.at, name[:-2])
                    waiting += [f"{target}.o", target]
        modules = tuple(one for one in self.objects if f"{one.folder}/{one.name}.o" in seen)
        library = next((condition for name, condition in held if name == "lib-?"), "")
        program = next(
            (one.rpartition("/")[2] for one in seen for n, _ in self.into.get(one, ()) if n in _PROGRAMS), ""
        )
        parts = {condition for name, condition in self.into.get(f"{stem}.o", ()) if name.endswith("-?")}
        options = tuple(sorted(parts)) if all(one.startswith("CONFIG_") for one in parts) else ()
        return Owners(modules, library, program, "" if modules else self._rule(path, held), options)

    def _rule(self, path: str, held: dict[tuple[str, str], None]) -> str:
        """How else it is named: a variable that a rule of its own reads, a rule, a pattern."""
        if held:
            name = min((name for name, _ in held), key=lambda name: (name not in _KERNEL, name))
            return f"as part of {name.replace('-?', '-y')}"
        stem = re.escape(path.rpartition("/")[2].rpartition(".")[0])
        if path.startswith(f"{self.at}/") and re.search(rf"(?<![\w-]){stem}(?:\.[\w.]+)?(?![\w.-])", self.text):
            return "by a rule of its own"
        if any(fnmatchcase(path, pattern) for pattern in self.wildcards):
            return "by a wildcard"
        return ""

    def parts(self, module: Module) -> tuple[str, ...]:
        """The objects a module is linked of, itself where it has no others."""
        found: dict[str, None] = {}
        waiting = [_path(self.at, module.name)]
        below: dict[str, list[str]] = {}
        for path, names in self.into.items():
            for name, _ in names:
                if name.endswith("-?") and path.endswith(".o"):
                    below.setdefault(_path(self.at, name[:-2]), []).append(path[:-2])
        while waiting:
            one = waiting.pop()
            if one not in found:
                found[one] = None
                waiting += below.get(one, [])
        return tuple(f"{one}.o" for one in found)


def read_kbuild(at: str, read: Callable[[str], str | None]) -> KbuildFile | None:
    """The Kbuild file of a folder, else its Makefile; None where it has neither. `read` gives a file of the tree."""
    for name in ("Kbuild", "Makefile"):
        text = read(f"{at}/{name}")
        if text:
            return _Reading(at, read).evaluated(f"{at}/{name}", text)
    return None


class _Reading:
    def __init__(self, at: str, read: Callable[[str], str | None]) -> None:
        self._at = at
        self._read = read
        self._variables = Variables(at)
        self._texts: dict[str, str] = {}
        self._size = 0

    def evaluated(self, path: str, text: str) -> KbuildFile:
        into: dict[str, list[tuple[str, str]]] = {}
        objects: dict[Module, None] = {}
        folders: dict[str, None] = {}
        try:
            self._take(path, text, 0)
            for name in self._variables.names():
                for word, condition in self._variables.value(name):
                    self._held(name, word, condition, into, objects, folders)
        except Enough:
            pass  # what was read until then counts
        return KbuildFile(
            self._at, tuple(objects), tuple(folders), {path: tuple(names) for path, names in into.items()},
            tuple(_path(self._at, pattern) for pattern in self._variables.wildcards[:64] if len(pattern) < 200),
            "\n".join(self._texts.values()), tuple(self._texts),
        )  # fmt: skip

    def _held(
        self, name: str, word: str, condition: str, into: dict[str, list[tuple[str, str]]],
        objects: dict[Module, None], folders: dict[str, None],
    ) -> None:  # fmt: skip
        path = _path(self._at, word)
        if not path:
            return
        if word.endswith("/"):
            if name in ("obj-?", "subdir-?", "lib-?", "core-?", "drivers-?", "libs-?"):
                folders[path] = None
            return
        into.setdefault(path, []).append((name, condition))
        if name == "obj-?" and word.endswith(".o"):
            below = path.removeprefix(f"{self._at}/")
            folder, file = (self._at, below) if below != path else (posixpath.dirname(path), posixpath.basename(path))
            objects[Module(folder, file[:-2], condition or "y")] = None

    def _take(self, path: str, text: str, nested: int) -> None:
        self._size += len(text)
        if path in self._texts or len(self._texts) >= _FILES or nested > _NESTED or self._size > _SIZE:
            return
        text = text.replace(TOP, "").replace("\\\n", " ")
        self._texts[path] = text
        defining = False
        for row in text.split("\n"):
            if row.startswith(("define ", "endef")):
                defining = row.startswith("define ")
            if defining or len(row) > _LINE:
                continue
            row = row.split("#", 1)[0]
            if match := _ASSIGNED.match(row):
                self._variables.assign(*match.groups())
            elif "include" in row and (match := _INCLUDED.match(row)):
                for word, _ in self._variables.expand(match[1]):
                    self._include(word, nested)

    def _include(self, word: str, nested: int) -> None:
        path = _path("", word)
        text = self._read(path) if path and path not in self._texts else None
        if text:
            self._take(path, text, nested + 1)


def _path(at: str, word: str) -> str:
    """A word as a path from the top of the tree; "" where it leads out of it."""
    below = word.rpartition(TOP)[2].lstrip("/") if TOP in word else f"{at}/{word}" if at else word
    if "./" in below or "//" in below or below.endswith(("/", "/..")):
        below = posixpath.normpath(below)
    return "" if below.startswith(("..", "/", "\0")) or word.startswith("/") or below == "." else below
