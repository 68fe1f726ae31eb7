"""What waits in an outbox: the messages, and what has to be known once they have left."""

from __future__ import annotations

from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Queued:
    """One message waiting to leave: its part, file name, Message-ID, subject and recipients. `was` is the Message-ID it
    was made with, where the server gave it another one as it left."""

    part: int
    file: str
    message_id: str
    subject: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    commit: str = ""
    patch_id: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an outbox keeps besides its messages. `bcc` are those that sendemail.bcc added, `endpoint` the URL of the
    web endpoint they leave through ("" for git send-email), `identity` the section of sendemail.* that was chosen
    ("" where git's own setting counts). `renames`: the server gives each mail another Message-ID."""

    revision: int = 1
    bcc: tuple[str, ...] = ()
    endpoint: str = ""
    identity: str = ""
    renames: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionFacts(Facts):
    """A revision of a series on its way: what its record will say. `overrides` are pairs of a gate and its reason."""

    branch: str
    change_id: str
    base: str
    tip: str
    start: str
    prefix: str
    cover: str
    profile: str
    lore: str = ""
    rfc: bool = False
    resend: bool = False
    overrides: tuple[tuple[str, str], ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFacts(Facts):
    """A reply on its way: the file of its draft, its text, the comments that it answers, and the mails of their
    exchanges that were known when it was begun (Message-IDs). One that is part of a review names that, and the stamps
    of its remarks and tags (`written`)."""

    draft: str
    text: str
    comments: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    review: str = ""
    written: tuple[str, ...] = ()
