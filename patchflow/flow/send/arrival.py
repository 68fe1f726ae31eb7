"""Proof of arrival: asks the mail taken in, and then the archive, for what was sent, and keeps what they show."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from patchflow.adapters.files import write_atomic
from patchflow.adapters.lore import open_inbox
from patchflow.domain.arrival import Arrival, Fate
from patchflow.errors import OutsideError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.lore import lore_of
from patchflow.flow.review.mail import own_messages
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.send.arrived import known_arrivals, place_of
from patchflow.formats.mail.arrival import differences
from patchflow.formats.mail.mbox import split_mbox
from patchflow.formats.mail.message import parse_mail

if TYPE_CHECKING:
    from patchflow.domain.message import Message
    from patchflow.domain.series import Revision, SentMessage, Series


def verify(
    here: Clone, series: Series, number: int, url: str, offline: bool, note: Callable[[str], None]
) -> tuple[Arrival, ...]:
    """Looks for each mail of a revision (0: the last) and compares what arrived with what left.

    UsageError where that revision was not sent from here. Where the archive cannot be asked, that is told, and what the
    mail taken in shows stands; what was seen before is kept then, and nothing as missing that nobody looked for.
    """
    revision = next((r for r in series.revisions if r.number == number), None) if number else series.last
    if revision is None:
        raise UsageError(f"{series.name} has no sent v{number}." if number else f"{series.name} was never sent.")
    sent = {message.id: message for message in own_messages(here)}
    missing = [m.message_id for m in revision.messages if m.message_id not in sent]
    if missing:
        raise UsageError(
            f"The mails of v{revision.number} are not kept here, so there is nothing to compare with.",
            "It was sent with another program, or recorded by `adopt`.",
        )
    found, looked = _seen(here, revision, url or lore_of(here, series), offline, note)
    arrivals = tuple(_arrival(one, sent[one.message_id], found) for one in revision.messages)
    if series.last and revision.number == series.last.number and (looked or found):
        before = {} if looked else {one.message_id: one for one in known_arrivals(here, series)}
        kept = [before.get(one.message_id, one) if one.fate is Fate.MISSING else one for one in arrivals]
        rows = [one._asdict() | {"id": one.message_id} for one in kept]
        with here.store.ledger.lock():
            write_atomic(place_of(here, series), json.dumps(rows, indent=1).encode())
    return arrivals


def _arrival(one: SentMessage, sent: Message, found: dict[str, list[tuple[str, Message]]]) -> Arrival:
    """Of several copies the one that is most like what left: lists change mails each in its way."""
    copies = found.get(one.message_id)
    if not copies:
        return Arrival(one.message_id, one.part, one.subject, Fate.MISSING)
    emails = [address.rpartition("<")[2].rstrip("> ") for address in (*one.to, *one.cc)]
    told = [(differences(sent, emails, copy), where) for where, copy in copies]
    changed, where = min(told, key=lambda pair: len(pair[0]))
    return Arrival(one.message_id, one.part, one.subject, Fate.CHANGED if changed else Fate.ARRIVED, changed, where)


def _seen(
    here: Clone, revision: Revision, url: str, offline: bool, note: Callable[[str], None]
) -> tuple[dict[str, list[tuple[str, Message]]], bool]:
    """The copies of each mail of a revision: (where, message); and whether each that is lacking was looked for in the
    archive."""
    ids = [one.message_id for one in revision.messages]
    store = ready_store(here, note)
    try:
        copies: dict[str, list[tuple[str, Message]]] = {}
        if store.exists:
            for place, raw in store.copies_of(ids):
                message = parse_mail(raw, place)
                copies.setdefault(message.id, []).append((place, message))
    finally:
        store.close()
    lacking = [id for id in ids if id not in copies]
    if lacking and not offline:
        try:
            for place, message in _from_archive(url, revision.root, lacking):
                copies.setdefault(message.id, []).append((place, message))
        except OutsideError as error:
            note(error.paragraph())
            return copies, False
    return copies, not (lacking and offline)


def _from_archive(url: str, root: str, lacking: list[str]) -> Iterator[tuple[str, Message]]:
    """What the archive has of these: the thread of the first mail, then each that is not in it."""
    inbox = open_inbox(url)
    wanted = set(lacking)
    for asked in dict.fromkeys([root, *lacking]):
        if not wanted or (asked != root and asked not in wanted):
            continue
        fetched = inbox.thread(asked)
        for _, raw in split_mbox(fetched.mbox) if fetched else ():
            message = parse_mail(raw, inbox.url)
            if message.id in wanted:
                wanted.discard(message.id)
                yield inbox.url, message
