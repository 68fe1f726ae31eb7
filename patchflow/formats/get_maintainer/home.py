"""Finds where a set of paths is at home in MAINTAINERS: the deepest sections common to its code."""

from __future__ import annotations

# The commit-msg hook loads this module: what only annotations name stays out of its way.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from patchflow.formats.get_maintainer.index import MaintainersIndex
    from patchflow.formats.get_maintainer.matching import Matcher

# What goes along with code and decides only where there is none, from the first that is asked to the last.
_ALONG = (
    ("arch/arm/boot/dts/", "arch/arm64/boot/dts/", "arch/riscv/boot/dts/", "arch/mips/boot/dts/"),
    ("tools/testing/", "samples/"),
    ("Documentation/devicetree/", "include/dt-bindings/"),
    ("Documentation/",),
)
_SOC = 9  # nearer than arch/*/boot/dts/, which is 4 deep, and not than the folder of one SoC
_TREEWIDE = 5  # homes from which on a series is nobody's, unless half of it is
_NOBODYS = ("MAINTAINERS", "CREDITS", ".mailmap")


class Home:
    """A home: the sections from the deepest to the widest that hold all its `paths`, each with its depth.

    `section` is the first of them, None where only the section that holds every file covers the paths.
    """

    __slots__ = ("paths", "sections")

    def __init__(self, sections: list[int], paths: list[str]) -> None:
        self.sections, self.paths = sections, paths

    @property
    def section(self) -> int | None:
        """The deepest section."""
        return self.sections[0] if self.sections else None


def homes(matcher: Matcher, paths: Iterable[str]) -> list[Home]:
    """The homes of a set of paths, the one of most files first; of equal ones the one of the later file.

    Bindings, Documentation, device trees and selftests speak where there is no other file. One home where sections
    hold all that speak; else each file goes to the section that holds most of the others, the deeper of two. Before
    many homes of which none holds half of the files stands one without a section: such a series is no subsystem's.
    """
    speaking = voters(list(dict.fromkeys(paths)))
    chains = {path: chain_of(matcher, path) for path in speaking}
    homeless = [path for path, chain in chains.items() if not chain]
    left = [path for path in speaking if chains[path]]
    found: list[Home] = []
    while left:
        common = set.intersection(*({number for number, _ in chains[path]} for path in left))
        if common:
            members = left
            first = _deepest(common, chains, members)
        else:
            first = _widest(chains, left)
            members = [path for path in left if any(number == first for number, _ in chains[path])]
        held = set.intersection(*({number for number, _ in chains[path]} for path in members))
        found.append(Home(_ordered(first, held, chains, members), members))
        left = [path for path in left if path not in members]
    order = {path: at for at, path in enumerate(speaking)}
    found.sort(key=lambda home: (-len(home.paths), -max(order[path] for path in home.paths)))
    speaking_at_home = len(speaking) - len(homeless)
    if len(found) >= _TREEWIDE and 2 * len(found[0].paths) < speaking_at_home:
        return [Home([], []), *found]
    return found or [Home([], homeless)]


def voters(paths: Sequence[str]) -> list[str]:
    """The paths that decide: code; without any, device trees, tests, bindings, documents, and MAINTAINERS last."""
    ranked = [(_rank(path), path) for path in paths]
    least = min((rank for rank, _ in ranked), default=0)
    return [path for rank, path in ranked if rank == least]


def _rank(path: str) -> int:
    if path in _NOBODYS:
        return len(_ALONG) + 1
    return next((number for number, starts in enumerate(_ALONG, 1) if path.startswith(starts)), 0)


def chain_of(matcher: Matcher, path: str) -> list[tuple[int, int]]:
    """The sections of a path with how near they are (twice the depth), the nearest first, those of every file left out.

    A section that knows a path by a word in its name (N:) counts where no other does: it cares, but takes no patches.
    Device trees are the exception: many a SoC's section knows them by its name, and is nearer than that of all of them.
    """
    hits, _ = matcher.match(path)
    named = _SOC if path.startswith(_ALONG[0]) else 0
    rows = [
        (hit[0], named if hit[2] == "N" else 2 * hit[1]) for hit in hits if not matcher.index.section(hit[0]).is_rest
    ]
    rows.sort(key=lambda row: -row[1])
    by_place = [row for row in rows if row[1] > 0] or rows
    return [row for row in by_place if _takes_patches(matcher.index, row[0])] or by_place


def _takes_patches(index: MaintainersIndex, number: int) -> bool:
    """Whether a section is more than a list that wants to hear of some files."""
    section = index.section(number)
    return section.has_maintainer or any(letter in "TP" for letter, _ in section.told)


def _deepest(common: set[int], chains: dict[str, list[tuple[int, int]]], members: list[str]) -> int:
    return min(common, key=lambda number: (-_depth(number, chains, members), number))


def _widest(chains: dict[str, list[tuple[int, int]]], left: list[str]) -> int:
    """The section that holds most of the files; of equal ones the deeper, then the earlier in MAINTAINERS."""
    counted: dict[int, int] = {}
    for path in left:
        for number, _ in chains[path]:
            counted[number] = counted.get(number, 0) + 1
    return min(counted, key=lambda number: (-counted[number], -_depth(number, chains, left), number))


def _depth(number: int, chains: dict[str, list[tuple[int, int]]], members: list[str]) -> int:
    return max((depth for path in members for known, depth in chains[path] if known == number), default=-1)


def _ordered(first: int, held: set[int], chains: dict[str, list[tuple[int, int]]], members: list[str]) -> list[int]:
    rest = sorted(held - {first}, key=lambda number: (-_depth(number, chains, members), number))
    return [first, *rest]


def title_of(index: MaintainersIndex, home: Home) -> str:
    """The name of a home's section; that of the section that holds every file (THE REST) where no other covers it."""
    own = index.section(home.section) if home.section is not None else index.rest
    return own.name if own else ""
