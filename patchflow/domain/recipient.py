"""Who gets a patch, in which role, and why."""

from __future__ import annotations

from enum import StrEnum

from patchflow.domain.address import Address
from patchflow.values import dataclass


class Header(StrEnum):
    """The mail header a recipient goes to."""

    TO = "To"
    CC = "Cc"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of one patch.

    `role` is get_maintainer.pl's word without the section (maintainer, supporter, reviewer, open list, …)
    or ours (author of Fixes, reporter, reviewer of v1, Cc in the commit, added by hand); `section` the
    MAINTAINERS section; `because` the reasons, the pattern that matched among them.
    """

    address: Address
    role: str
    section: str = ""
    header: Header = Header.CC
    because: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether this is a mailing list."""
        return "list" in self.role.split()


@dataclass(frozen=True, slots=True)
class Dropped:
    """Somebody who would have been a recipient, and why not."""

    address: Address
    because: str


@dataclass(frozen=True, slots=True)
class PatchRecipients:
    """The recipients of one patch (`patch` is its subject, file or path) and who was dropped."""

    patch: str
    recipients: tuple[Recipient, ...]
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
