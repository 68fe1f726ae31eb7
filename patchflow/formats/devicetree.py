"""Sources of device trees: what they include, and what dtc and dt-validate say of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from patchflow import lazy_re

SOURCES = (".dts", ".dtsi", ".dtso")
ROOTS = (".dts", ".dtso")
PREFIXES = "scripts/dtc/include-prefixes"
BINDINGS = "Documentation/devicetree/bindings"

_INCLUDE = lazy_re.compile(
    r'^[ \t]*(?:#[ \t]*include|/include/)[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)|/incbin/[ \t]*\([ \t]*"([^"\n]+)"', re.M
)
_DTC = lazy_re.compile(
    r"^(?:(?P<kind>Error): )?(?P<file>[^\s:]+):(?P<line>\d+)(?:\.\d+)?(?:-[\d.:]*\d)?:? (?P<words>.+)$"
)
_CPP = lazy_re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+):(?:\d+:)? (?P<words>(?:fatal error|error|warning): .+)$")
_VALIDATE = lazy_re.compile(r"^\S+\.dtbo?: (?P<words>.+)$")
_SCHEMA = lazy_re.compile(r"^\s+from schema(?: \$id)?: (?P<schema>\S+)", re.I)
# Numbers of phandles and places in a file are others where something was put in above.
_NUMBERS = lazy_re.compile(r"\[[\d,\s\[\]]*\]|(?<=:)\d+(?:\.\d+)?(?:-\d+(?:\.\d+)?)?")
_LONGEST = 400  # characters of what is said
Word = tuple[str, int, str]  # file, line, words


def is_source(path: str) -> bool:
    """Whether a file is a device tree's source, or a part of one."""
    return path.endswith(SOURCES) and "/boot/dts/" in path


def is_binding(path: str) -> bool:
    """Whether a file is a schema of bindings, whose examples are device trees."""
    return path.startswith(f"{BINDINGS}/") and path.endswith(".yaml")


def includes(text: str) -> list[tuple[str, bool]]:
    """What a source includes, in its order, and whether by <>, which is never looked for beside the file."""
    return [(found[1] or found[2] or found[3], bool(found[2])) for found in _INCLUDE.finditer(text)]


def place_of(name: str, angled: bool, beside: str, prefixes: Mapping[str, str], holds: Callable[[str], bool]) -> str:
    """The tree's file that an include of a source in the folder `beside` means, "" where the tree has none."""
    first, _, rest = name.partition("/")
    tried = [] if angled else [posixpath.normpath(f"{beside}/{name}")]
    tried += [posixpath.normpath(f"{prefixes[first]}/{rest}")] if first in prefixes else []
    return next((path for path in tried if not path.startswith("../") and holds(path)), "")


def users(touched: Iterable[str], texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The roots among the sources `texts` (path -> text) that are, or include, each touched one; near ones first."""
    of: dict[str, list[str]] = {}
    for path, text in texts.items():
        for name, _ in includes(text):
            of.setdefault(posixpath.basename(name), []).append(path)
    found: dict[str, list[str]] = {}
    for path in touched:
        seen, near = {path: None}, [path]
        while near:
            near = sorted({user for one in near for user in of.get(posixpath.basename(one), ())} - seen.keys())
            seen.update(dict.fromkeys(near))
        found[path] = [one for one in seen if one.endswith(ROOTS) and one in texts]
    return found


def read_compiler(rows: Iterable[str]) -> Iterator[Word]:
    """What cpp and dtc say, by file and line."""
    for row in rows:
        if match := _CPP.match(row) or _DTC.match(row):
            kind = f"{match['kind']}: " if "kind" in match.re.groupindex and match["kind"] else ""
            yield posixpath.normpath(match["file"]), int(match["line"]), f"{kind}{match['words']}"[:_LONGEST]
        elif row.startswith(("Warning (", "ERROR (")):
            yield "", 0, row[:_LONGEST]


def read_validator(rows: Iterable[str], source: str) -> Iterator[Word]:
    """What dt-validate says of a device tree made of `source`, with the schema it stands in."""
    found: list[str] = []
    for row in rows:
        if match := _VALIDATE.match(row):
            found.append(match["words"])
        elif found and (match := _SCHEMA.match(row)):
            schema = match["schema"].rpartition(f"{BINDINGS}/")[2].removeprefix("http://devicetree.org/schemas/")
            found[-1] += f" ({schema.rstrip('#')})"
    yield from ((source, 0, words[:_LONGEST]) for words in found)


def stops(word: Word) -> bool:
    """Whether it is for such words that a device tree is not made, and so not checked."""
    return word[2].startswith(("Error: ", "ERROR", "error: ", "fatal error: "))


def new_words(before: Sequence[Word], after: Sequence[Word]) -> list[Word]:
    """What is said after and was not before, lines and numbers aside; the same of several device trees counts once."""
    known = {_key(word) for word in before}
    found: dict[tuple[str, str], Word] = {}
    for word in after:
        if (key := _key(word)) not in known:
            found.setdefault(key, word)
    return list(found.values())


def _key(word: Word) -> tuple[str, str]:
    return word[0], _NUMBERS.sub("#", word[2])
