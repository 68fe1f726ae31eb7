"""Whether a series goes where its files belong: the bracket's tree, the base's tree, and a list of theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from patchflow.formats.get_maintainer.facts import is_mainline, tree_key, tree_name
from patchflow.formats.get_maintainer.index import SectionFacts
from patchflow.formats.get_maintainer.matching import Matcher
from patchflow.formats.subsystem import general_of, trees_of, weight_of
from patchflow.values import dataclass

Tables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Places:
    """Where files may go: sections' names, the words of their trees, the trees themselves, and their lists."""

    sections: tuple[str, ...]
    words: frozenset[str]
    trees: frozenset[str]
    lists: frozenset[str]


def places_of(matcher: Matcher, tables: Tables, paths: Iterable[str]) -> Places:
    """The places of the sections that any of these files falls under, those of every file left out.

    A profile's words count for its sections, for the files it names, and for sections that name a list of its own;
    those of the project's general rules always do.
    """
    sections: dict[int, SectionFacts] = {}
    general = general_of(tables)
    speaking: dict[str, Mapping[str, Any]] = {general: tables[general]} if general else {}
    for path in paths:
        for number in (hit[0] for hit in matcher.match(path)[0]):
            section = matcher.index.section(number)
            if section.is_rest:
                continue
            sections[number] = section
            own = set(section.lists())
            speaking |= {name: table for name, table in tables.items() if weight_of(table, section, [path]) >= 0}
            speaking |= {
                name: table for name, table in tables.items() if table.get("prefix") and own & _main_list(table)
            }
        speaking |= {name: table for name, table in tables.items() if _names(table.get("files", ()), path)}
    words, trees = set(), set()
    for table in speaking.values():
        words |= _words(table)
        trees |= _trees(table)
    for section in sections.values():
        for tree in trees_of(section):
            words |= {tree.name.lower(), tree.branch.lower()}
            trees.add(tree_key(tree.url))
    names = tuple(section.name for section in sections.values())
    lists = frozenset(one.lower() for section in sections.values() for one in section.lists())
    return Places(names, frozenset(words - {""}), frozenset(trees), lists)


def foreign_words(matcher: Matcher, tables: Tables) -> set[str]:
    """Every word that names some subsystem's tree: those of profiles, and of the trees in MAINTAINERS; mainline's and
    linux-next's are everybody's."""
    words = {word for table in tables.values() for word in _words(table)}
    trees = [tree for section in matcher.index.all_sections() for tree in trees_of(section)]
    named = {tree.name for tree in trees if not is_mainline(tree.url)}
    return (words | {name.lower() for name in named}) - {""}


def foreign_trees(matcher: Matcher, tables: Tables) -> set[str]:
    """Every subsystem's tree, as tree_key gives it."""
    trees = {key for table in tables.values() for key in _trees(table)}
    return trees | {tree_key(tree.url) for section in matcher.index.all_sections() for tree in trees_of(section)}


def bracket_fault(word: str, places: Places, foreign: Collection[str]) -> str:
    """What is wrong with the bracket's word, "" where it is a tree of the files, or no tree's word at all."""
    said = {word.lower(), word.lower().partition("/")[0]} - {""}
    if said & places.words or not said.intersection(foreign):
        return ""
    theirs = f"; theirs: {', '.join(sorted(places.words)[:6])}" if places.words else "; they name no tree"
    return f"[PATCH {word}] names no tree of what the patches touch ({_named(places)}{theirs})"


def base_fault(url: str, places: Places, foreign: Collection[str]) -> str:
    """What is wrong with a base that a remote of this URL alone has, "" where nothing is."""
    key = tree_key(url)
    if key in places.trees or key not in foreign:
        return ""
    return f"the base is {tree_name(url)}'s, which is not a tree of what the patches touch ({_named(places)})"


def list_fault(recipients: Iterable[str], places: Places) -> str:
    """What is wrong where no mail goes to a list of the files' sections, "" where one does or they have none."""
    if not places.lists or places.lists & {one.lower() for one in recipients}:
        return ""
    lists = ", ".join(sorted(places.lists)[:4])
    return f"none of the mails goes to a list of what the patches touch ({_named(places)}: {lists})"


def _named(places: Places) -> str:
    names: Sequence[str] = places.sections
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (", ".join(names[:3]) or "no section of MAINTAINERS") + more


def _words(table: Mapping[str, Any]) -> set[str]:
    both = (table, table.get("fix", {}))
    found = [str(one.get("prefix", "")) for one in both] + [str(one.get("tree", {}).get("name", "")) for one in both]
    return {word.lower() for word in found if word}


def _trees(table: Mapping[str, Any]) -> set[str]:
    urls = [str(one.get("tree", {}).get("url", "")) for one in (table, table.get("fix", {}))]
    return {tree_key(url) for url in (*urls, *map(str, table.get("known_trees", ()))) if url}


def _main_list(table: Mapping[str, Any]) -> set[str]:
    return set(map(str, table.get("lists", ())[:1]))


def _names(patterns: Iterable[str], path: str) -> bool:
    return any(path.startswith(one) if one.endswith("/") else fnmatchcase(path, one) for one in patterns)
