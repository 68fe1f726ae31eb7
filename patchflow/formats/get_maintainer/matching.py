"""Finds the sections of MAINTAINERS that a path belongs to, deepest pattern first."""

from __future__ import annotations

from patchflow.formats.get_maintainer.index import ANYWHERE, LITERAL, PIECES, WORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from patchflow.formats.get_maintainer.bounded_regex import Search
    from patchflow.formats.get_maintainer.index import MaintainersIndex, Pattern

    # section, depth, letter, written, line
    Hit = tuple[int, int, str, str, int]


class Matcher:
    """Matches paths. `is_dir` says whether the tree has a folder of a name: such a pattern gets its slash."""

    def __init__(self, index: MaintainersIndex, is_dir: Callable[[str], bool]) -> None:
        self.index = index
        self._is_dir = is_dir
        self._folders: dict[str, bool] = {}
        self._searches: dict[str, Search] = {}
        self.slow: set[str] = set()  # patterns that took too long, and then match nothing

    def match(self, path: str, pattern_depth: int = 0) -> tuple[list[Hit], bool]:
        """The sections of a path in the answer's order, and whether one of them knows just this path.

        Of a section the last pattern that matches counts; one X: that matches takes the section out.
        """
        slashes = path.count("/")
        found: dict[int, tuple[int, Hit]] = {}
        vetoed: set[int] = set()
        exact: list[int] = []
        for pattern in self._candidates(path):
            number, order, letter, written, line = pattern[:5]
            if not self._matches(pattern, path, slashes):
                continue
            if letter == "X":
                vetoed.add(number)
                continue
            depth = pattern[8]
            if letter == "F":
                if depth >= slashes:
                    exact.append(number)
                if pattern_depth and slashes - depth >= pattern_depth:
                    continue
            if number not in found or found[number][0] < order:
                found[number] = (order, (number, depth, letter, written, line))
        hits = [hit for number, (_, hit) in found.items() if number not in vetoed]
        hits.sort(key=lambda hit: (-hit[1], hit[0]))
        return hits, any(self._is_kept(number) for number in exact if number not in vetoed)

    def narrowest(self, new: Sequence[str], paths: Iterable[str]) -> dict[str, int]:
        """For each new path, how many of all `paths` the narrowest section covers that it falls under by F:.

        0 where no section but that of every file covers it.
        """
        sections = {path: self._covering(path, None) for path in new}
        wanted = set().union(*sections.values())
        sizes = dict.fromkeys(wanted, 0)
        for path in paths:
            for number in self._covering(path, wanted):
                sizes[number] += 1
        return {path: min((sizes[number] for number in found), default=0) for path, found in sections.items()}

    def _covering(self, path: str, wanted: set[int] | None) -> set[int]:
        """The sections whose F: patterns hold the path and no X: takes it out, those of every file left out."""
        slashes = path.count("/")
        found: set[int] = set()
        vetoed: set[int] = set()
        for pattern in self._candidates(path):
            number, letter = pattern[0], pattern[2]
            if (wanted is None or number in wanted) and letter != "N" and self._matches(pattern, path, slashes):
                (vetoed if letter == "X" else found).add(number)
        if wanted is None:
            found = {number for number in found if not self.index.section(number).is_rest}
        return found - vetoed

    def _is_kept(self, number: int) -> bool:
        facts = self.index.section(number)
        return facts.maintained and facts.has_maintainer

    def _candidates(self, path: str) -> list[Pattern]:
        """The patterns filed under the beginnings of a path."""
        patterns, buckets = self.index.patterns, self.index.buckets
        found: list[Pattern] = []
        start = 0
        while True:
            end = path.find("/", start)
            stop = min(start + 3, len(path) if end < 0 else end)
            for at in range(start, stop + 1):
                if (key := path[:at]) in buckets:
                    found.extend(patterns(key))
            if end < 0:
                return found
            start = end + 1

    def _matches(self, pattern: Pattern, path: str, slashes: int) -> bool:
        has_slashes, slash_ends, how, literal = pattern[6], pattern[7], pattern[9], pattern[10]
        if how == WORD:
            return literal in path
        if how == ANYWHERE:
            return literal in path and self._searched(pattern[11], path, verbose=True)
        if not path.startswith(literal):
            return False
        if how == PIECES:
            if not _pieces(path, len(literal), pattern[11]):
                return False
        elif how != LITERAL and not self._searched(pattern[11], path, verbose=False):
            return False
        if slash_ends:
            return True
        folder = pattern[5]
        if folder and self._folder(folder):
            return path.startswith(folder + "/") if how == LITERAL else self._searched(f"{pattern[11]}/", path, False)
        return has_slashes == slashes

    def _folder(self, value: str) -> bool:
        known = self._folders.get(value)
        if known is None:
            known = self._folders[value] = self._is_dir(value)
        return known

    def _searched(self, source: str, path: str, verbose: bool) -> bool:
        search = self._searches.get(source)
        if search is None:
            from patchflow.formats.get_maintainer.bounded_regex import Search

            search = self._searches[source] = Search(source, verbose)
        found = search(path)
        if search.slow:
            self.slow.add(source)
        return found


def _pieces(path: str, at: int, pieces: tuple[str, ...]) -> bool:
    """Whether the pieces between stars follow one another from `at` on; what comes behind the last is free."""
    for piece in pieces:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True
