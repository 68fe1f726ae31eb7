"""Which profile speaks for a home in MAINTAINERS, by the titles and trees of its sections."""

from __future__ import annotations

import re

from patchflow.formats.get_maintainer.facts import parse_tree, tree_key

# The commit-msg hook loads this module: what only annotations name stays out of its way.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from patchflow.formats.get_maintainer.facts import SourceTree
    from patchflow.formats.get_maintainer.home import Home
    from patchflow.formats.get_maintainer.index import MaintainersIndex, SectionFacts

    Tables = Mapping[str, Mapping[str, Any]]

_WITHIN = 1000


def pick(index: MaintainersIndex, home: Home, profiles: Tables) -> str:
    """The name of the profile that speaks for a home; that of the project's general rules where none does.

    The deepest section that a profile names counts; of several profiles the one whose pattern says most. One that
    names a wider section speaks for a section with a tree of its own only where it says so (`below`).
    """
    below_trees = False
    passed: list[str] = []
    for number in home.sections:
        section = index.section(number)
        weights = {
            name: weight
            for name, table in profiles.items()
            if (weight := weight_of(table, section, home.paths)) >= 0
            and (table.get("below") or not below_trees)
            and not any(matches(table.get("not_sections", ()), title) for title in passed)
        }
        if weights:
            return max(weights, key=lambda name: (weights[name], name))
        below_trees = below_trees or bool(section.values("T"))
        passed.append(section.name)
    return general_of(profiles)


def general_of(profiles: Tables) -> str:
    """The name of the profile of a project's general rules: it says how a tree of the project is known."""
    return next((name for name, table in profiles.items() if "holds" in table), "")


def project_of(profiles: Tables, holds: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    """The project of a tree, by the name of its general rules, and what of it the tree `holds`.

    A project is known by any of its sets of facts, whole: files, folders (`hw/`), and words in a file (`FILE: words`).
    The largest set that holds counts.
    """
    sets = [(name, tuple(facts)) for name, table in profiles.items() for facts in table.get("holds", ())]
    sets.sort(key=lambda one: (-len(one[1]), one[0]))
    return next(((name, facts) for name, facts in sets if all(map(holds, facts))), ("", ()))


def of_project(profiles: dict[str, dict[str, Any]], project: str) -> dict[str, dict[str, Any]]:
    """The profiles of a project that speak for files: its general rules first, its subsystems', those of none."""
    speaking = {
        name: table
        for name, table in profiles.items()
        if table.get("project", project) == project and (table.get("sections") or table.get("trees"))
    }
    return {name: table for name, table in ((project, profiles.get(project)), *speaking.items()) if table is not None}


def weight_of(table: Mapping[str, Any], section: SectionFacts, paths: Iterable[str]) -> int:
    """How much of a section's title a profile names (a tree alone: 0); -1 where it does not speak for it."""
    within = tuple(table.get("within", ()))
    if within and not all(path.startswith(within) for path in paths):
        return -1
    lengths = [len(pattern.replace("*", "")) for pattern in table.get("sections", ()) if _like(pattern, section.name)]
    if not lengths and not any(is_named(table, tree) for tree in trees_of(section)):
        return -1
    return max(lengths, default=0) + (_WITHIN if within else 0)


def trees_of(section: SectionFacts) -> list[SourceTree]:
    """The trees of a section's T: fields, those of git where there are any."""
    found = [tree for value in section.values("T") if (tree := parse_tree(value))]
    return [tree for tree in found if tree.scm == "git"] or found


def is_named(table: Mapping[str, Any], tree: SourceTree) -> bool:
    """Whether a profile names a tree by the end of its URL (`trees`)."""
    return any(tree_key(tree.url).endswith(f"/{ending}") for ending in table.get("trees", ()))


def matches(patterns: Iterable[str], title: str) -> bool:
    """Whether a title matches one of these patterns; `*` stands for anything, every other sign for itself."""
    return any(_like(pattern, title) for pattern in patterns)


def _like(pattern: str, title: str) -> bool:
    if "*" not in pattern:
        return pattern == title
    if pattern.endswith("*") and pattern.count("*") == 1:
        return title.startswith(pattern[:-1])
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), title) is not None
