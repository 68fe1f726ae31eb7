"""Decides which mails at hand are the patches that a series says it needs first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patchflow.domain.message import Message
from patchflow.domain.received import ReceivedPatch
from patchflow.formats.mail.base_info import version_of
from patchflow.formats.mail.series import Posting, postings_of


@dataclass(frozen=True, slots=True)
class Needed:
    """The mails of the prerequisites in their order, what is to be told about them, and the patches once they are
    read."""

    messages: tuple[Message, ...] = ()
    notes: tuple[str, ...] = ()
    patches: tuple[ReceivedPatch, ...] = ()


def needed(prerequisites: Sequence[tuple[str, str]], messages: Sequence[Message], ids: Mapping[str, str]) -> Needed:
    """The prerequisites that are at hand; `ids` are Message-ID -> patch id. Those that are not are told."""
    postings = [one for one in postings_of(messages) if one.patches]
    found: dict[str, Message] = {}
    notes = []
    for kind, name in prerequisites:
        mails = _of(kind, name, postings, messages, ids)
        found |= {message.id: message for message in mails}
        if not mails:
            notes.append(f"The prerequisite {kind} {name} is not at hand; it is taken to be in the base.")
    return Needed(tuple(found.values()), tuple(notes))


def _of(
    kind: str, name: str, postings: Sequence[Posting], messages: Sequence[Message], ids: Mapping[str, str]
) -> tuple[Message, ...]:
    if kind == "patch-id":
        mail = next((id for id, patch_id in ids.items() if patch_id == name), "")
        return tuple(message for message in messages if message.id == mail)[:1]
    if kind == "message-id":
        holding = [one for one in postings if name in one.ids]
    else:
        change_id, version = version_of(name)
        holding = [one for one in postings if one.change_id == change_id and version in (0, one.revision)]
    return max(holding, key=lambda one: one.revision).patches if holding else ()
