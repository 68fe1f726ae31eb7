"""What a series needs first: a series, a posting or a patch that is in no public tree yet."""

from __future__ import annotations

import shlex
from enum import StrEnum

from patchflow.values import dataclass


class Stands(StrEnum):
    """How a dependency stands: as it was named, replaced by a newer version, or changed, and what else can be wrong."""

    CURRENT = "current"
    NEWER = "newer"
    RESTACK = "restack"
    BESIDE = "beside"
    UNKNOWN = "unknown"
    GONE = "gone"
    CIRCLE = "circle"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Dependency:
    """One entry of what a series needs first. `kind` is change-id, message-id or patch-id; `revision` the version that
    was named (0 for none), `newer` a later one that is at hand (0 for none), `newest` the Message-ID it begins with
    where it is known by mail; `branch` is the series of this clone that is meant, "" where it is none, and
    `posted` whether that version of it was sent."""

    entry: str
    kind: str
    id: str
    state: Stands
    revision: int = 0
    newer: int = 0
    newest: str = ""
    title: str = ""
    branch: str = ""
    posted: bool = True

    @property
    def name(self) -> str:
        """What it is called: the branch, else its id, with the version."""
        version = f" v{self.revision}" if self.revision else ""
        return f"{self.branch.removeprefix('b4/') or self.id}{version}"

    @property
    def holds(self) -> bool:
        """Whether nothing is to be done about it."""
        return self.state is Stands.CURRENT

    def as_line(self) -> str:
        """The entry with its title and how it stands."""
        version = f":v{self.revision}" if self.revision and self.kind == "change-id" else ""
        what = f"{self.kind} {self.id}{version}" if self.kind else repr(self.entry)
        named = ", ".join(filter(None, [self.branch, self.title]))
        return f"{what}{f' ({named})' if named else ''}: {self.words or 'current'}"

    @property
    def words(self) -> str:
        """What is to be told about it, and what to do; "" where it stands as it was named."""
        where = "is here" if self.branch else "is in the mail taken in"
        if self.state is Stands.NEWER:
            return f"{self.name} is named, and v{self.newer} {where}: {self._renew()}"
        if self.state is Stands.RESTACK:
            version = f" and is v{self.newer} now" if self.newer else ""
            return f"{self.name} was changed{version} since this branch was put on it: `patchflow dep restack`"
        return {
            Stands.CURRENT: "",
            Stands.BESIDE: f"this branch does not stand on {self.branch} as it is now: `patchflow dep restack` puts it "
            "there; where that was applied meanwhile, `patchflow dep drop` takes it off the list",
            Stands.UNKNOWN: "not at hand: `patchflow fetch` takes mail in",
            Stands.GONE: "its branch is gone: `patchflow dep drop` takes it off the list",
            Stands.CIRCLE: f"{self.branch} needs this series itself: `patchflow dep drop` one of the two",
        }.get(self.state, "it cannot be read, so no mail names it: `patchflow dep drop` takes it off the list")

    def _renew(self) -> str:
        if self.branch:
            return "`patchflow dep restack`"
        name = self.newest if self.kind == "message-id" else f"{self.id}:v{self.newer}"
        return f"`patchflow dep add {shlex.quote(name)}`"
