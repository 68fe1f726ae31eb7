"""Derives the profile of files: what MAINTAINERS says of their sections, under what a profile's table says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from patchflow.domain.profile import Fact, Profile
from patchflow.formats.get_maintainer.facts import (
    SourceTree,
    lore_archive,
    next_of,
    parse_patchwork,
    tree_key,
    tree_name,
)
from patchflow.formats.get_maintainer.home import Home, homes, title_of
from patchflow.formats.get_maintainer.index import MaintainersIndex, SectionFacts
from patchflow.formats.get_maintainer.matching import Matcher
from patchflow.formats.profile import build_profile, with_fix
from patchflow.formats.subsystem import general_of, is_named, pick, trees_of, weight_of
from patchflow.values import dataclass

Tables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the files, whether they are a fix (and how that is known), and the profile that was chosen, ""
    where it follows the files. `version` is the tree's (major, minor); `exists` says whether it has a file; `patches`
    are the files of each patch, where there are patches."""

    paths: tuple[str, ...]
    fix: bool = False
    fix_why: str = ""
    chosen: str = ""
    version: tuple[int, int] | None = None
    exists: Callable[[str], bool] = lambda path: True
    patches: tuple[tuple[str, ...], ...] = ()


def derive(matcher: Matcher, tables: Tables, question: Question, chosen: Mapping[str, Any] | None = None) -> Profile:
    """The profile of files, each fact with its reason. `chosen` is the table of the profile that was chosen."""
    index = matcher.index
    found = homes(matcher, question.paths)
    home = found[0]
    name = question.chosen or pick(index, home, tables)
    general = tables[general_of(tables)]
    shared = {key: general[key] for key in ("project", "everybody", "checker") if key in general}
    table = {**shared, **(chosen if chosen is not None else tables[name])}
    if question.fix and not question.chosen:
        table = with_fix(table)
    sections = [index.section(number) for number in home.sections]
    others = _others(index, found, tables, name)
    titles = tuple(title_of(index, one) for one in others)
    return _Filling(question, name, table, home, sections, index.rest).profile(titles, _split(question, found, others))


def from_table(name: str, table: Mapping[str, Any], why: str) -> Profile:
    """A profile by its table alone, where there is no MAINTAINERS to ask, or no file to ask about."""
    return replace(build_profile(name, table), why=(Fact("home", "", why), *_own_facts(name, table)))


def _others(index: MaintainersIndex, found: Sequence[Home], tables: Tables, name: str) -> list[Home]:
    """The other homes, those of the same subsystem left out."""
    return [
        home
        for home in found[1:]
        if home.sections and (pick(index, home, tables) != name or name == general_of(tables))
    ]


def _split(question: Question, found: Sequence[Home], others: Sequence[Home]) -> str:
    """Whether patches over several homes want splitting, in words; "" where they have one home."""
    if not others:
        return ""
    speaking = {path for home in found for path in home.paths}
    own = speaking.difference(*(home.paths for home in others))
    groups = [own, *(set(home.paths) for home in others)]
    mixed = [
        number
        for number, paths in enumerate(question.patches, start=1)
        if sum(not group.isdisjoint(paths) for group in groups) > 1
    ]
    if not question.patches:
        return "does it want splitting?"
    if not mixed:
        return "each patch belongs to one of them, so a series to each is better, unless they need each other"
    if len(question.patches) == 1:
        return "one patch changes them all, so a patch to each is better, unless all must change at once"
    which = (
        f"patch {mixed[0]} of {len(question.patches)} changes" if len(mixed) == 1 else f"{len(mixed)} patches change"
    )
    return f"{which} several of them at once, so it stays one series unless that can be split"


def _own_facts(name: str, table: Mapping[str, Any]) -> list[Fact]:
    because = f"the profile {name} ({table.get('source') or 'its own file'})"
    window = table.get("window", {})
    note = f"{because}: {window['note']}" if window.get("note") else because
    return [
        Fact("profile", name, because),
        Fact("bracket", str(table.get("prefix", "")) or "none", because),
        Fact("window", str(window.get("kind", "open")), note),
        Fact("recipients", str(table.get("recipients", "auto")), because),
    ]


class _Filling:
    """A table being filled with what MAINTAINERS says."""

    def __init__(
        self,
        question: Question,
        name: str,
        table: dict[str, Any],
        home: Home,
        sections: list[SectionFacts],
        rest: SectionFacts | None,
    ) -> None:
        self.question, self.name, self.table, self.home, self.sections = question, name, table, home, sections
        self.rest = rest
        self.why = _own_facts(name, table)
        self.title = sections[0].name if sections else rest.name if rest else ""
        self.is_general = name == table.get("project")

    def profile(self, others: tuple[str, ...], split: str) -> Profile:
        """The whole profile."""
        self._home(others, split)
        self._tree()
        self._lists()
        self._patchwork()
        for letter, key in (("P", "document"), ("B", "bugs"), ("C", "chat")):
            self._single(letter, key)
        status = next((value for section in self.sections[:1] for value in section.values("S")), "")
        if status:
            self._say("status", status, self.sections[0], "S")
        name = str(self.table.pop("name", self.name))
        self.table.setdefault("title", self.title)
        if self.is_general and self.sections:
            self.table["title"] = f"{self.title}, by {self.table['title']}"
        made = build_profile(name, {**self.table, "status": status})
        return replace(
            made,
            home=self.title,
            sections=tuple(section.name for section in self.sections),
            also=others,
            split=split,
            why=tuple(self.why),
        )

    def _home(self, others: tuple[str, ...], split: str) -> None:
        count = len(self.home.paths)
        what = self.home.paths[0] if count == 1 else f"{count} files"
        if not self.sections and others:
            why = f"files of {len(others)} sections, none of which holds half of them: the general rules only"
            self.why.insert(0, Fact("home", self.title, why))
        elif not self.sections:
            other = "other " if self.rest else ""
            self.why.insert(0, Fact("home", self.title, f"no {other}section of MAINTAINERS covers {what}"))
        else:
            where = f"the deepest section of MAINTAINERS that holds {what} (line {self.sections[0].line})"
            self.why.insert(0, Fact("home", self.title, where))
        for title in others:
            self.why.insert(1, Fact("home", title, f"other files of the series belong there: {split}"))

    def _tree(self) -> None:
        own = self.table.get("tree", {})
        spoken = next((section for section in self._asked() if self._speaks_for(section)), None)
        if own.get("url"):
            said = trees_of(spoken) if spoken else []
            if not said or self._agrees(own, said):
                self._fact("tree", own["url"], f"the profile {self.name}")
            elif self._is_older():
                since = self.table["since"]
                self._fact("tree", own["url"], f"the profile {self.name} speaks of {since}, this tree is older; its "
                           f"MAINTAINERS names {said[0].url}")  # fmt: skip
            else:
                self._fact("tree", said[0].url, f"MAINTAINERS ({spoken.name if spoken else ''}), which is newer than "
                           f"the profile {self.name}; that names {own['url']}")  # fmt: skip
                self._set(next_of(said, self.question.fix) or said[0], {})
            self._branch()
            return
        for section in self._asked():
            if trees := trees_of(section):
                trees = [tree for tree in trees if is_named(self.table, tree)] or trees
                tree = next_of(trees, self.question.fix) or trees[0]
                kind = " for a fix" if self.question.fix and len(trees) > 1 else ""
                more = f"; {len(trees)} trees are named there" if len(trees) > 1 else ""
                self._say("tree", tree.url, section, "T", f"{kind}{more}")
                self._set(tree, own)
                self._branch()
                return
        self.table["tree"] = {"name": "", "url": "", "branch": ""}
        assumed = ": mainline is assumed" if self.table.get("project") == "kernel" else ""
        self._fact("tree", "", f"no section of these files names a tree (T:){assumed}")

    def _asked(self) -> list[SectionFacts]:
        """The sections that say where files go; for a project's general rules that of every file too."""
        return [*self.sections, *([self.rest] if self.rest and self.is_general and self.table.get("tree") else [])]

    def _speaks_for(self, section: SectionFacts) -> bool:
        if section.is_rest:
            return self.is_general
        return weight_of(self.table, section, self.home.paths) >= 0

    def _agrees(self, own: Mapping[str, Any], said: Sequence[SourceTree]) -> bool:
        known = {tree_key(str(url)) for url in (own["url"], *self.table.get("known_trees", ()))}
        fix = self.table.get("fix", {})
        known |= {tree_key(str(table["url"])) for table in (fix.get("tree", {}),) if table.get("url")}
        return any(tree_key(tree.url) in known for tree in said)

    def _is_older(self) -> bool:
        parts = str(self.table.get("since", "")).split(".")
        if self.question.version is None or len(parts) != 2 or not all(part.isdigit() for part in parts):
            return False
        return self.question.version < (int(parts[0]), int(parts[1]))

    def _set(self, tree: SourceTree, own: Mapping[str, Any]) -> None:
        branch = tree.branch or str(own.get("branch", ""))
        self.table["tree"] = {"name": tree_name(tree.url), "url": tree.url, "branch": branch}

    def _branch(self) -> None:
        branch = self.table["tree"].get("branch", "")
        why = self.question.fix_why if self.question.fix else ""
        known = "written with the tree" if branch else "none is written: the tree's own head"
        self._fact("branch", branch, why or known)

    def _lists(self) -> None:
        lists = list(self.table.get("lists", ()))
        everybody = self._everybody()
        known = {one for section in self.sections for one in section.lists()} | set(everybody)
        spoken = any(
            section.lists() for section in [*self.sections, *filter(None, [self.rest])] if self._speaks_for(section)
        )
        if lists and spoken and not known.intersection(lists) and not self._is_older():
            self._fact(
                "lists", "", f"the lists of the profile {self.name} ({', '.join(lists)}) are none of MAINTAINERS'"
            )
            lists = []
        if lists:
            self._fact("lists", ", ".join(lists), f"the profile {self.name}")
        for section in self.sections:
            if lists and self._speaks_for(section):
                break  # from here on the profile's own lists speak
            more = [one for one in section.lists() if one not in (*everybody, *lists)]
            if more:
                self._say("lists", ", ".join(more), section, "L")
                lists += more
                break
        if not lists:
            lists = everybody
            self._fact("lists", ", ".join(lists), "no section of these files has another list")
        self.table["lists"] = lists
        if lists:
            self.table.setdefault("lore", lore_archive(lists[0]))

    def _everybody(self) -> list[str]:
        """The lists of last resort: the project's, unless MAINTAINERS, which is newer, says otherwise of every file."""
        own = str(self.table.get("everybody", ""))
        said = self.rest.lists() if self.rest else []
        if not said or own in said or self._is_older():
            return [own] if own else []
        self.table["everybody"] = said[0]
        if own:
            where = f"MAINTAINERS ({self.rest.name if self.rest else ''})"
            named = f"the profile {self.table.get('project', self.name)}"
            self._fact("lists", "", f"{where} names {', '.join(said)} for every file, and not {own} as {named} does")
        return said

    def _patchwork(self) -> None:
        if self.table.get("patchwork_project"):
            self._fact("patchwork", self.table["patchwork_project"], f"the profile {self.name}")
            return
        for section in self.sections:
            found = next((read for value in section.values("Q") if (read := parse_patchwork(value))), None)
            if found:
                self.table["patchwork"], self.table["patchwork_project"] = found
                self._say("patchwork", f"{found[0]}/project/{found[1]}/list/", section, "Q")
                return

    def _single(self, letter: str, key: str) -> None:
        """The nearest section's field of one letter, unless the table has it."""
        if self.table.get(key):
            self._fact(key, self.table[key], f"the profile {self.name}")
            return
        for section in self.sections:
            for value in section.values(letter):
                gone = key == "document" and "://" not in value and not self.question.exists(value)
                self._say(key, value, section, letter, "; this tree does not have that file" if gone else "")
                self.table[key] = value
                return

    def _say(self, fact: str, value: str, section: SectionFacts, letter: str, more: str = "") -> None:
        self._fact(fact, value, f"MAINTAINERS, {section.name}: {letter}:{more}")

    def _fact(self, fact: str, value: str, because: str) -> None:
        self.why.append(Fact(fact, value, because))
