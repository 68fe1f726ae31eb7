"""Looks into the mail taken in for a series, its other revisions, and what it needs first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from patchflow.domain.message import Message
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import take_in
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.reviewing.choose import all_series
from patchflow.flow.reviewing.received import Mails, mails_of
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.series import Posting, when_posted
from patchflow.formats.patch.subject import parse_subject

_NEWEST = 300  # threads of the mail taken in that are looked at for the series of a list


def of_list(here: Clone, word: str) -> list[Posting]:
    """The newest series that were posted to a list (its address, or what stands before the @), of the mail taken in."""
    store = ready_store(here)
    try:
        messages = store.newest_threads(_NEWEST) if store.exists else []
    finally:
        store.close()
    name = word.lower()
    return _newest_of(m for m in messages if any(name in (a.key, a.key.partition("@")[0]) for a in (*m.to, *m.cc)))


def of_inbox(here: Clone, where: str) -> list[Posting]:
    """The newest series of a public-inbox, which is taken in first."""
    take_in(here, where)
    store = ready_store(here)
    try:
        return _newest_of(store.newest_threads(_NEWEST, where))
    finally:
        store.close()


def _newest_of(messages: Iterable[Message]) -> list[Posting]:
    newest = [revisions[-1] for revisions in all_series(list(messages), bots()) if revisions[-1].patches]
    return sorted(newest, key=lambda one: -when_posted(one.first))


def taken_in(here: Clone, wanted: str) -> list[bytes]:
    """The threads of a message, and those of the other revisions of its series (by their titles); none where that
    message itself is not there."""
    found = threads_of(here, [wanted])
    return found if any(parse_mail(raw).id == wanted for raw in found) else []


def threads_of(here: Clone, ids: Sequence[str]) -> list[bytes]:
    """The threads that hold or answer one of these messages, and those of the other revisions (by their titles)."""
    store = ready_store(here)
    if not store.exists:
        return []
    try:
        found = store.raw_threads_of(ids)
        subjects = [parse_subject(parse_mail(raw).subject) for raw in found]
        titles = {one.title for one in subjects if one.is_patch and not one.is_reply and one.title}
        return [*found, *store.raw_titled(sorted(titles))]
    finally:
        store.close()


def with_threads_of(here: Clone, mails: Mails, ids: Sequence[str]) -> Mails:
    """The mails, and the threads of these Message-IDs where the mail taken in has them."""
    have = {message.id for message in mails.messages}
    found = [raw for one in ids if one not in have for raw in taken_in(here, one)]
    return mails_of([*(mails.raw(message) for message in mails.messages), *found], mails.wanted) if found else mails
