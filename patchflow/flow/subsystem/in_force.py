"""The profile in force: for a series, for patches from anywhere, and where nothing is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patchflow.adapters.kernel.maintainers_index import load_index
from patchflow.adapters.kernel.profile_tables import all_tables, profile_tables, project_at
from patchflow.adapters.kernel.tree_files import KernelFiles
from patchflow.adapters.paths import profile_source, read_regular
from patchflow.domain.profile import Fact
from patchflow.errors import UsageError
from patchflow.flow.subsystem.bots import bots
from patchflow.flow.subsystem.derive import Question, derive, from_table
from patchflow.flow.subsystem.mismatch import (
    base_fault,
    bracket_fault,
    foreign_trees,
    foreign_words,
    list_fault,
    places_of,
)
from patchflow.formats.get_maintainer.facts import is_mainline, tree_key
from patchflow.formats.get_maintainer.home import homes, voters
from patchflow.formats.get_maintainer.matching import Matcher
from patchflow.formats.patch.subject import is_release
from patchflow.formats.patch.trailers import trailers_of
from patchflow.formats.profile import merged_table, with_fix

if TYPE_CHECKING:
    from patchflow.adapters.git.repository import GitRepository
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Revision, Series

# What of a patch decides: its message and the paths it touches.
Touched = tuple[str, Sequence[str]]
_RELEASE = r"^v\d{1,4}\.\d{1,6}(?:-rc\d{1,4})?$"


class Subsystems:
    """The subsystems of one tree, in a repository or not; MAINTAINERS is read when the first question is put.

    `usual` is the profile of patches whose files have no home in MAINTAINERS (patchflow.profile of git config).
    """

    def __init__(self, tree: str, repository: GitRepository | None = None, usual: str = "") -> None:
        self.tree, self.repository, self.usual = tree, repository, usual
        self._matcher: Matcher | None = None
        self._none = ""
        self._tables: dict[str, dict[str, Any]] | None = None
        self._chosen: dict[str, dict[str, Any]] = {}  # those that were chosen, and speak for no files
        self._newest: str | None = None
        self._known: dict[object, Profile] = {}
        self._touched: dict[str, tuple[str, ...]] = {}

    def of_series(self, series: Series) -> Profile:
        """The profile of a series: the one that was chosen, the one it was sent under, else the one of its files."""
        patches = tuple((patch.message, self.paths_of(patch)) for patch in series.patches)
        key = (series.profile, series.last.number if series.last else 0, series.own_words, patches)
        if key not in self._known:
            self._known[key] = _with_release(self.of(patches, series.profile, series.last), series)
        return self._known[key]

    def look_at(self, many: Sequence[Series]) -> None:
        """Asks at once what the patches of many series touch, where their diffs were not read."""
        commits = [patch.commit for series in many for patch in series.patches if patch.commit and not patch.paths]
        if self.repository is not None and len(many) > 1:
            self._touched |= self.repository.paths_of_all(list(dict.fromkeys(commits)))

    def of(self, patches: Sequence[Touched], chosen: str = "", sent: Revision | None = None) -> Profile:
        """The profile of patches; `sent` is the revision before, whose profile stays."""
        each = tuple(tuple(touched) for message, touched in patches if message)  # paths that are named have none
        paths = tuple(dict.fromkeys(path for _, touched in patches for path in touched))
        usual = "" if chosen else self._usual(paths)
        if not chosen and sent is not None and sent.profile in self.tables and sent.profile != self.general:
            table = dict(self.tables[sent.profile])
            fix = str(table.get("fix", {}).get("prefix", ""))
            if fix and fix in sent.prefix.split():
                table = with_fix(table)
            return self._derived(Question(paths, chosen=sent.profile, patches=each), table)
        if name := chosen or usual:
            return self._derived(Question(paths, chosen=name, patches=each), self._table(name))
        fix_found, why = is_fix(patches, self.released)
        return self._derived(Question(paths, fix_found, why, patches=each), None)

    def named_by(self, bracket: str) -> str:
        """The profile that a bracket's word chooses: of a release, `6.6.y`, that whose tree has a branch for each."""
        if not is_release(bracket) or re.fullmatch(r"v\d+\.\d+", bracket):
            return ""  # `v6.1` may be the sixth revision, corrected
        tables = ((name, table) for name, table in all_tables().items() if table.get("project") == self.general)
        return next((name for name, table in tables if "*" in table.get("tree", {}).get("branch", "")), "")

    def of_paths(self, paths: Sequence[str], fix: bool = False) -> Profile:
        """The profile of files."""
        return self._derived(Question(tuple(paths), fix, "asked for as a fix" if fix else ""), None)

    def faults(self, paths: Sequence[str], word: str, base: tuple[str, str], recipients: Collection[str]) -> list[str]:
        """What goes to a tree or to lists that are not the files': the bracket's word, the base (its commit and the URL
        of the remote it was named by, "" where it was not), and everybody who gets a mail."""
        if self.matcher is None or not paths:
            return []
        places = places_of(self.matcher, self.tables, paths)
        commit, url = base
        found = [list_fault(recipients, places)]
        if word and word.lower() not in places.words:
            found.append(bracket_fault(word, places, foreign_words(self.matcher, all_tables())))
        if url and not is_mainline(url) and tree_key(url) not in places.trees and self.released(commit) is not True:
            found.append(base_fault(url, places, foreign_trees(self.matcher, all_tables())))
        return [fault for fault in found if fault]

    def is_named(self, server: str) -> bool:
        """Whether a profile names a Patchwork server; else only the tree's MAINTAINERS does, a stranger's file."""
        return server in self._servers

    @cached_property
    def _servers(self) -> frozenset[str]:
        return frozenset(str(table["patchwork"]) for table in all_tables().values() if table.get("patchwork"))

    def _usual(self, paths: Sequence[str]) -> str:
        """The usual profile, where no file says anything; "" elsewhere, and in another project's tree."""
        if not self.usual or (paths and self.matcher is not None and homes(self.matcher, paths)[0].sections):
            return ""
        return self.usual if self._table(self.usual).get("project", self.general) == self.general else ""

    def _derived(self, question: Question, table: Mapping[str, Any] | None) -> Profile:
        if self.matcher is None or not question.paths:
            name = question.chosen or self.general
            why = self._none or "there is no patch yet whose files could tell"
            found = from_table(name, table if table is not None else self.tables[self.general], why)
        else:
            whole = replace(question, version=self._version(), exists=self._exists)
            found = derive(self.matcher, self.tables, whole, table)
        holds = ", ".join(self.project[1])
        why = f"this tree holds {holds}" if holds else "nothing in this tree shows which project it is"
        project = Fact("project", self.general, why)
        return replace(found, bots=bots(), why=(found.why[0], project, *found.why[1:]))

    @property
    def general(self) -> str:
        """The profile of the general rules of the tree's project."""
        return self.project[0]

    @cached_property
    def project(self) -> tuple[str, tuple[str, ...]]:
        """The tree's project, by the name of its general rules, and the facts that show it."""
        return project_at(self.tree)

    @property
    def tables(self) -> dict[str, dict[str, Any]]:
        """The profiles that speak for files."""
        if self._tables is None:
            self._tables = profile_tables(self.general)
        return self._tables

    def _table(self, name: str) -> dict[str, Any]:
        """The table of any profile; UsageError where there is none or it is broken."""
        if name in self.tables:
            return self.tables[name]
        if name not in self._chosen:
            self._chosen[name] = merged_table(name, profile_source)
        return self._chosen[name]

    @property
    def matcher(self) -> Matcher | None:
        """MAINTAINERS, ready to be asked; None where the tree has none that can be read, or one without a section."""
        if self._matcher is None and not self._none:
            assumed = f"this is assumed: {self.tables[self.general]['title']}"
            try:
                index = load_index(self.tree)
            except UsageError as error:
                self._none = f"{assumed}, because {error.message}"
                return None
            if index.sections:
                self._matcher = Matcher(index, KernelFiles(self.tree).is_dir)
            else:
                self._none = f"{'; '.join(index.problems)} So {assumed}"
        return self._matcher

    def paths_of(self, patch: Patch) -> tuple[str, ...]:
        """The paths of a patch, asked of the repository where its diff was not read."""
        if patch.paths or not patch.commit or self.repository is None:
            return patch.paths
        if patch.commit not in self._touched:
            self._touched[patch.commit] = self.repository.paths_of(patch.commit)
        return self._touched[patch.commit]

    def _exists(self, path: str) -> bool:
        return Path(self.tree, path).exists()

    def _version(self) -> tuple[int, int] | None:
        """Major and minor of the tree's Makefile."""
        try:
            text = read_regular(f"{self.tree}/Makefile").decode("utf-8", "replace")
        except OSError:
            return None
        major = re.search(r"(?m)^VERSION = (\d{1,4})$", text)
        minor = re.search(r"(?m)^PATCHLEVEL = (\d{1,6})$", text)
        return (int(major[1]), int(minor[1])) if major and minor else None

    def released(self, commit: str) -> bool | None:
        """Whether a commit is in the newest release or candidate whose tag is here; None where nobody can tell."""
        if self.repository is None:
            return None
        full = self.repository.try_resolve(commit)
        if self._newest is None:
            rows = sorted(self.repository.tags(_RELEASE), key=lambda row: row[1])
            found = self.repository.try_resolve(f"refs/tags/{rows[-1][0]}") if rows else None
            self._newest = found or ""
        if not full or not self._newest:
            return None
        return self.repository.is_ancestor(full, self._newest)


def _with_release(found: Profile, series: Series) -> Profile:
    """The profile with the branch of the release that the series' bracket names, where its tree has one for each."""
    word = next((word for word in series.own_words if is_release(word)), "")
    if "*" not in found.tree.branch or not word:
        return found
    branch = found.tree.branch.replace("*", word)
    told = Fact("branch", branch, "this branch's own bracket")
    why = tuple(told if fact.fact == "branch" else fact for fact in found.why)
    return replace(found, tree=replace(found.tree, branch=branch), why=why)


def is_fix(patches: Sequence[Touched], released: Callable[[str], bool | None]) -> tuple[bool, str]:
    """Whether patches are a fix of something released, and how that is known.

    At least half of those that touch code bear a Fixes tag, and one of the commits they name is in a release, or
    nobody can tell whether it is.
    """
    speaking = set(voters([path for _, touched in patches for path in touched]))
    code = [message for message, touched in patches if speaking.intersection(touched)]
    tagged = [found for message in code if (found := fixed_commits(message))]
    if not tagged or 2 * len(tagged) < len(code):
        return False, ""
    commits = [commit for found in tagged for commit in found]
    known = {commit: released(commit) for commit in commits}
    if all(answer is False for answer in known.values()):
        return False, ""
    first = next(commit for commit in commits if known[commit] is not False)
    said = "is in a release" if known[first] else "may be in a release"
    return True, f"a fix: {first[:12]}, which its Fixes tag names, {said}"


def fixed_commits(message: str) -> list[str]:
    """The commits that a message's Fixes tags name."""
    words = (trailer.value.split() for trailer in trailers_of(message) if trailer.key.lower() == "fixes")
    return [found[0] for found in words if found and re.fullmatch(r"[0-9a-fA-F]{5,40}", found[0])]
