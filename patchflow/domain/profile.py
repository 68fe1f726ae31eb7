"""The facts of a subsystem: trees, lists, prefixes, window, limits, checkpatch options, severities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from patchflow.domain.bot import Bot
from patchflow.domain.finding import Severity
from patchflow.domain.roles import TO_ROLES


@dataclass(frozen=True, slots=True)
class Tree:
    """A git tree that patches are based on: its bracket name, URL and branch."""

    name: str
    url: str
    branch: str = "main"


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """How a tree's merge window is known; `kind` is `net-next` (closes) or `always` (never closes)."""

    kind: str = "always"
    status_url: str = ""
    announce_pattern: str = ""
    shutdown_from: str = "12-21"
    shutdown_until: str = "01-02"


@dataclass(frozen=True, slots=True)
class Profile:
    """One subsystem's facts, merged from its parents.

    `prefix` is the tree's word inside `[PATCH …]` ("" where the subsystem wants none). `to_roles` are the
    recipient roles that go to To; all others go to Cc. `severities` overrides a rule's own severity
    ("off" silences it).
    """

    name: str
    title: str
    prefix: str
    tree: Tree
    prefixes: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    max_patches: int = 15
    cover_from: int = 3
    repost_hours: int = 24
    fresh_thread: bool = True
    changelog_place: str = "notes"
    lore: str = "https://lore.kernel.org/"
    patchwork: str = ""
    patchwork_project: str = ""
    max_mail_bytes: int = 400_000
    window: WindowFacts = field(default_factory=WindowFacts)
    to_roles: tuple[str, ...] = TO_ROLES
    get_maintainer: tuple[str, ...] = ()
    checkpatch: tuple[str, ...] = ("--strict",)
    checkpatch_ignore: tuple[str, ...] = ()
    severities: Mapping[str, str] = field(default_factory=dict)
    bots: tuple[Bot, ...] = ()

    def severity(self, rule: str, default: Severity) -> Severity | None:
        """The severity of a rule under this profile; None where the profile silences it."""
        word = self.severities.get(rule)
        if word is None:
            return default
        return None if word == "off" else Severity(word)
