"""The compiled form of MAINTAINERS: what a lookup needs, ready to be kept as plain values and loaded fast.

A lookup must not touch 8,000 patterns. Each pattern is filed under its literal beginning: the folder it
names and up to three characters more; a path asks for its own folders only. What is rarely needed (a
section's people, a bucket of patterns) is packed once more and unpacked when asked for.
"""

from __future__ import annotations

from marshal import dumps, loads

from patchflow.formats.get_maintainer.mailmap import Mailmap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    # (section, order, letter, written, line, folder it may be, slashes, ends in one, depth, how, literal, source)
    Pattern = tuple[int, int, str, str, int, str, int, bool, int, int, str, Any]
    # formatted, name, address; where the mailmap changes it also the new name, address and spelling
    Person = tuple[str, ...]
    Keyword = tuple[int, int, str, str, str, int]

FORMAT = 6
OF_GIT = "where git is asked, "  # how a doubt about the tree's script begins that concerns git's history alone
# How a pattern is tested: a literal beginning, pieces between stars, an expression, a word, an expression anywhere.
LITERAL, PIECES, EXPRESSION, WORD, ANYWHERE = range(5)


class SectionFacts:
    """What a matched section contributes. `acts` are its fields that add people and lists, in their order; `told`
    its S, T, Q, B, C and P fields as (letter, value), in theirs. `is_rest`: it holds every file, as THE REST does."""

    __slots__ = ("acts", "has_maintainer", "is_rest", "line", "maintained", "name", "title", "told")

    def __init__(self, packed: tuple[Any, ...]) -> None:
        self.name: str = packed[0]
        self.title: str = packed[1]
        self.line: int = packed[2]
        self.maintained: bool = packed[3]
        self.has_maintainer: bool = packed[4]
        self.acts: tuple[Any, ...] = packed[5]
        self.told: tuple[tuple[str, str], ...] = packed[6]
        self.is_rest: bool = packed[7]

    def values(self, letter: str) -> list[str]:
        """The values of its fields of that letter (S, T, Q, B, C or P) that hold any."""
        return [value for known, value in self.told if known == letter and value.strip()]

    def maintainers(self) -> list[str]:
        """The addresses of its M: fields, without names."""
        return [person[2] for act in self.acts if act[0] == "M" for person in act[2]]

    def people(self) -> list[tuple[str, str]]:
        """The people of its M: and R: fields, each with the role that get_maintainer.pl writes."""
        return [(person[0], act[1]) for act in self.acts if act[0] in "MR" for person in act[2]]

    def lists(self) -> list[str]:
        """Its lists that anybody may write to, the one of last resort left out."""
        return [act[5] for act in self.acts if act[0] == "L" and act[4] != "subscriber"]


class MaintainersIndex:
    """A compiled MAINTAINERS with its mailmap, ignore list and configuration, and what was wrong with them.

    `doubts` says why the tree's script must answer instead (it knows what we do not); `unsure` holds the
    patterns that Python could not read: (letter, word they surely contain or "", section, line).
    """

    __slots__ = (
        "_keywords",
        "_mailmap",
        "_mailmap_packed",
        "_patterns",
        "_rest",
        "_sections",
        "_unpacked",
        "buckets",
        "conf",
        "doubts",
        "ignore",
        "problems",
        "sections",
        "unsure",
    )

    def __init__(self, parts: tuple[Any, ...]) -> None:
        self.buckets: dict[str, bytes] = parts[0]
        self.sections: tuple[bytes, ...] = parts[1]
        self._keywords: bytes = parts[2]
        self._mailmap_packed: bytes = parts[3]
        self.ignore: tuple[str, ...] = parts[4]
        self.conf: tuple[str, ...] = parts[5]
        self.problems: tuple[str, ...] = parts[6]
        self.doubts: tuple[str, ...] = parts[7]
        self.unsure: tuple[tuple[str, str, str, int], ...] = parts[8]
        self._rest: int = parts[9]
        self._patterns: dict[str, tuple[Pattern, ...]] = {}
        self._unpacked: dict[int, SectionFacts] = {}
        self._mailmap: Mailmap | None = None

    def parts(self) -> tuple[Any, ...]:
        """The plain values to keep."""
        first = (self.buckets, self.sections, self._keywords, self._mailmap_packed)
        return (*first, self.ignore, self.conf, self.problems, self.doubts, self.unsure, self._rest)

    def patterns(self, key: str) -> tuple[Pattern, ...]:
        """The patterns filed under a beginning."""
        known = self._patterns.get(key)
        if known is None:
            packed = self.buckets.get(key)
            if packed is None:
                return ()
            known = self._patterns[key] = loads(packed)
        return known

    def section(self, number: int) -> SectionFacts:
        """A section by its number."""
        known = self._unpacked.get(number)
        if known is None:
            known = self._unpacked[number] = SectionFacts(loads(self.sections[number]))
        return known

    @property
    def rest(self) -> SectionFacts | None:
        """The section that holds every file (THE REST); None where none does."""
        return self.section(self._rest) if self._rest >= 0 else None

    def all_sections(self) -> list[SectionFacts]:
        """Every section, in MAINTAINERS' order."""
        return [self.section(number) for number in range(len(self.sections))]

    def entries_at(self, lines: Iterable[int]) -> list[SectionFacts]:
        """The sections in which these lines of MAINTAINERS stand, but for those that hold every file."""
        sections, at = self.all_sections(), -1
        found: list[SectionFacts] = []
        for line in sorted(lines):
            while at + 1 < len(sections) and sections[at + 1].line <= line:
                at += 1
            if at >= 0 and sections[at] not in found[-1:] and not sections[at].is_rest:
                found.append(sections[at])
        return found

    @property
    def keywords(self) -> tuple[Keyword, ...]:
        """The K: patterns: (index of the line, section, written, source, word it surely contains, line)."""
        found: tuple[Keyword, ...] = loads(self._keywords)
        return found

    @property
    def mailmap(self) -> Mailmap:
        """The mailmap."""
        if self._mailmap is None:
            self._mailmap = Mailmap(*loads(self._mailmap_packed))
        return self._mailmap


def pack(parts: tuple[Any, ...]) -> bytes:
    """Plain values as bytes."""
    return dumps(parts)
