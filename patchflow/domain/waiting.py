"""Other people's series that wait for the user, and for how long something was put off."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from patchflow.domain.address import Address
from patchflow.named_tuple import NamedTuple


class Why(StrEnum):
    """Why a series waits."""

    ANSWERED = "answers you"
    NEW = "new version"
    ASKED = "addressed to you"
    TOUCHES = "touches what you sent"


class Snooze(NamedTuple):
    """For how long something was put off: until a date, an answer (a mail more than the `mails` there were), a revision
    above `revision`, a newer -rc1 than the tag `rc1`, or the opening of the tree `window`; one of them is set."""

    until: datetime | None = None
    mails: int = 0
    revision: int = 0
    rc1: str = ""
    window: str = ""


class Waiting(NamedTuple):
    """A series of somebody else's that waits.

    `root` is the Message-ID of its first revision's first mail, `newest` that of its newest's; `since` is when what it
    waits for was written, `mails` how many mails it has. `answers` are the Message-IDs that answer the user, `paths`
    what it changes of what the user sent. `snoozed` says that it was put off; `unread` is how many mails were not read.
    """

    why: Why
    root: str
    newest: str
    title: str
    author: Address
    revision: int
    patches: int
    since: datetime | None
    mails: int
    answers: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    snoozed: bool = False
    unread: int = 0
