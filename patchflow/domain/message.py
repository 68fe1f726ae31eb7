"""A mail message as it is understood: headers decoded, text parts joined."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from patchflow.domain.address import Address
from patchflow.named_tuple import NamedTuple


class Kind(StrEnum):
    """What a message is in a review."""

    COVER = "cover"
    PATCH = "patch"
    REPLY = "reply"
    BOT = "bot"


class Attachment(NamedTuple):
    """A part that is not shown inline: listed, never opened."""

    name: str
    content_type: str
    size: int


class Message(NamedTuple):
    """One message. Ids are bare (no angle brackets); `date` is aware or None where unreadable.

    `body` is the joined text/plain parts with \\n line ends, safe to parse but not yet safe to print:
    what reaches a terminal goes through formats.safe first. `raw_headers` keeps unknown headers
    as (name, decoded value). `source` and `offset` say which file it came from and where.
    """

    id: str
    subject: str
    sender: Address
    date: datetime | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    body: str
    reply_to: tuple[Address, ...] = ()
    raw_headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    content_type: str = "text/plain"
    charset: str = ""
    flowed: bool = False
    source: str = ""
    offset: int = 0

    def header(self, name: str) -> str:
        """The first header of that name (without case), "" where there is none."""
        low = name.lower()
        return next((value for key, value in self.raw_headers if key.lower() == low), "")
