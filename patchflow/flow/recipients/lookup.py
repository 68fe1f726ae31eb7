"""What finding recipients needs from outside, and what it is told of a series' past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from patchflow.domain.address import Address
from patchflow.formats.get_maintainer.answer import Row
from patchflow.formats.get_maintainer.index import SectionFacts
from patchflow.values import dataclass


class RouteAnswer(Protocol):
    """An answer of get_maintainer.pl, or of the index in its place."""

    @property
    def rows(self) -> Sequence[Row]:
        """Whom it names, in its order."""

    @property
    def notes(self) -> Sequence[str]:
        """What has to be said about how it came about."""

    @property
    def ignored(self) -> Sequence[str]:
        """Whom the tree's ignore list kept out."""


class RouteDirectory(Protocol):
    """A kernel tree's people."""

    @property
    def has_history(self) -> bool:
        """Whether there is a git repository to ask."""

    def for_patch(self, text: str, words: Sequence[str] | None = None) -> RouteAnswer:
        """Who gets this patch, with these options of get_maintainer.pl instead of its usual ones."""

    def canonical(self, address: Address) -> Address:
        """The address that .mailmap puts in this one's place."""

    def entries_at(self, lines: Sequence[int]) -> Sequence[SectionFacts]:
        """The sections in which these lines of MAINTAINERS stand."""

    def author_of(self, commit: str) -> tuple[str, str] | None:
        """Name and address of a commit's author; None where git cannot tell."""


@dataclass(frozen=True, slots=True)
class EarlierReviewer:
    """Somebody who commented on an earlier revision."""

    address: Address
    revision: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody whom b4's settings or its cover letter name; `to` says in which header, `why` where it stands."""

    address: Address
    to: bool
    why: str


@dataclass(frozen=True, slots=True)
class RouteMemory:
    """What is remembered: added (in To: `to`) and dropped for the series, bounced by configuration, earlier reviewers,
    and whom b4 was told."""

    added: tuple[Address, ...] = ()
    dropped: tuple[Address, ...] = ()
    bounced: tuple[Address, ...] = ()
    earlier: tuple[EarlierReviewer, ...] = ()
    asked: tuple[Asked, ...] = ()
    to: tuple[Address, ...] = ()
