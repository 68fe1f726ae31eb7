"""Decides which mails at hand are the patches that a series says it needs first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from patchflow.domain.address import Address
from patchflow.domain.message import Message
from patchflow.domain.received import ReceivedPatch
from patchflow.formats.mail.base_info import version_of
from patchflow.formats.mail.series import Posting, postings_of
from patchflow.formats.patch.subject import parse_subject
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Needed:
    """The mails of the prerequisites in their order, what is to be told about them, and the patches once they are
    read."""

    messages: tuple[Message, ...] = ()
    notes: tuple[str, ...] = ()
    patches: tuple[ReceivedPatch, ...] = ()


def needed(
    prerequisites: Sequence[tuple[str, str]], messages: Sequence[Message], ids: Mapping[str, str], author: Address
) -> Needed:
    """The prerequisites that are at hand; `ids` are Message-ID -> patch id, `author` is who sent the series. Each is
    told with its sender, because anybody can send mail that claims to be one; so are those that are not at hand."""
    postings = [one for one in postings_of(messages) if one.patches]
    found: dict[str, Message] = {}
    notes = []
    for kind, name in prerequisites:
        mails = _of(kind, name, postings, messages, ids, author)
        notes += [_told(message, author) for message in mails if message.id not in found]
        found |= {message.id: message for message in mails}
        if not mails:
            notes.append(f"The prerequisite {kind} {name} is not at hand; it is taken to be in the base.")
    return Needed(tuple(found.values()), tuple(notes))


def _told(message: Message, author: Address) -> str:
    told = f"prerequisite: {parse_subject(message.subject).title}, from {message.sender}"
    if message.sender.key == author.key:
        return told
    return f"{told}; warning: that is not who sent the series ({author}), so read it too"


def _of(
    kind: str, name: str, postings: Sequence[Posting], messages: Sequence[Message], ids: Mapping[str, str],
    author: Address,
) -> tuple[Message, ...]:  # fmt: skip
    if kind == "patch-id":
        mail = next((id for id, patch_id in ids.items() if patch_id == name), "")
        return tuple(message for message in messages if message.id == mail)[:1]
    if kind == "message-id":
        holding = [one for one in postings if name in one.ids]
    else:
        change_id, version = version_of(name)
        holding = [one for one in postings if one.change_id == change_id and version in (0, one.revision)]
    # A stranger's higher number does not outdo what the author of the series sent.
    best = max(holding, key=lambda one: (one.author.key == author.key, one.revision), default=None)
    return best.patches if best else ()
