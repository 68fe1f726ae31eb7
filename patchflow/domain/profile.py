"""The facts of a subsystem: trees, lists, prefixes, window, limits, checkpatch options, severities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from patchflow.domain.bot import Bot
from patchflow.domain.finding import Severity
from patchflow.domain.roles import TO_ROLES
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Tree:
    """A git tree that patches are based on: its bracket name, URL and branch.

    A `*` in the branch stands for the release that a series' own bracket names: `linux-*` is linux-6.6.y there.
    """

    name: str
    url: str
    branch: str = "main"


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """How a tree's window is known. `kind` is `netdev` (it closes), `soft` (open, with a word about late work) or
    `open`; `note` is that word, `closes_at` the -rc from which on new work waits (0: none does),
    `follows` the tree whose announcements count ("": its own). A project with releases of its own says by `tags` (a
    pattern with groups for major, minor and candidate) how it names them, what holds after a release (`released`) and
    after a candidate, and for how many days a release tells (`stale_days`)."""

    kind: str = "open"
    note: str = ""
    closes_at: int = 0
    follows: str = ""
    status_url: str = ""
    announce_pattern: str = ""
    shutdown_from: str = "12-21"
    shutdown_until: str = "01-02"
    tags: str = ""
    released: str = ""
    candidate: str = ""
    stale_days: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a profile: what it is about, its value in a word, and where it stands written."""

    fact: str
    value: str
    because: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One subsystem's facts, merged from its parents and from what MAINTAINERS says of the files.

    `prefix` is the tree's word inside `[PATCH …]` ("" where the subsystem wants none). `to_roles` are the
    recipient roles that go to To; all others go to Cc. `severities` overrides a rule's own severity
    ("off" silences it). `recipients` says who gets what: "cover" (each patch by its files, the cover to all), "patch"
    (each patch by its files, the cover to the lists), "all" (everybody gets everything) or "auto" (all, as b4 sends,
    where those are not too many). `ci` names the bots that look at what is posted, "" where none are known.
    `project` is the profile of the project's general rules, `everybody` the list of last resort, `checker` the tree's
    script that checks patches ("" where the project has none), `rules` those of the registry that hold (empty: all).
    `fix_prefix` is the bracket's word for fixes where they have one of their own, `other_trees` words of trees that
    such files go through as well.
    `fresh_thread`: a new version answers no mail of an earlier one; where it is False, `versions_answer` says which one
    it answers: the first mail of the "first" version (shallow) or of the "last" one, "" for none. `may_answer`: a
    first version may answer a bug report or a request; `answer_closes`: where a patch closes a report on lore, it does.
    `ping_days` are the quiet days after which a polite ping is due.
    `changelog_place` says where the lines of a changelog go that are about one patch: into the "cover", below the `---`
    of the "patch", or "both"; `range_diff` whether a cover letter holds git's range-diff to the last version.
    `whole_to` are lists that get a whole series where it changes a file of a folder: "FOLDER LIST" each.
    `test` is a script of the user's own for guests, beside the profile's file.
    `takers` are sections of MAINTAINERS whose maintainers take such patches, whatever files they touch.
    `home` is the section of MAINTAINERS the files belong to, `sections` it and the wider ones, `also` other homes of
    them, `split` whether patches over those want splitting, in words; `why` the reason of each fact. Those are empty
    where nobody asked MAINTAINERS.
    """

    name: str
    title: str
    prefix: str
    tree: Tree
    prefixes: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    fix_prefix: str = ""
    other_trees: tuple[str, ...] = ()
    project: str = ""
    everybody: str = ""
    checker: str = ""
    rules: tuple[str, ...] = ()
    takers: tuple[str, ...] = ()
    whole_to: tuple[str, ...] = ()
    recipients: str = "auto"
    ci: str = ""
    document: str = ""
    bugs: str = ""
    chat: str = ""
    status: str = ""
    test: str = ""
    home: str = ""
    sections: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    split: str = ""
    why: tuple[Fact, ...] = ()
    max_patches: int = 15
    cover_from: int = 3
    repost_hours: int = 24
    ping_days: int = 14
    fresh_thread: bool = True
    versions_answer: str = ""
    may_answer: bool = True
    answer_closes: bool = False
    changelog_place: str = "both"
    range_diff: bool = False
    lore: str = "https://lore.kernel.org/"
    patchwork: str = ""
    patchwork_project: str = ""
    max_mail_bytes: int = 400_000
    window: WindowFacts = field(default_factory=WindowFacts)
    to_roles: tuple[str, ...] = TO_ROLES
    get_maintainer: tuple[str, ...] = ()
    checkpatch: tuple[str, ...] = ()
    checkpatch_ignore: tuple[str, ...] = ()
    severities: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    bots: tuple[Bot, ...] = ()

    def severity(self, rule: str, default: Severity | None) -> Severity | None:
        """The severity of a rule under this profile, `default` where it names none; None where it silences the rule."""
        word = self.severities.get(rule)
        if word is None:
            return default
        return None if word == "off" else Severity(word)

    def judges(self, rule: str) -> bool:
        """Whether a rule of the registry holds in the project at all."""
        return not self.rules or rule in self.rules or rule in self.severities

    @property
    def width(self) -> int:
        """How many columns checkpatch.pl is told a line may have; 100 is its own."""
        named = [word.partition("=")[2] for word in self.checkpatch if word.startswith("--max-line-length=")]
        return int(named[-1]) if named and named[-1].isdigit() else 100
