"""The mail taken in: what waits, what words find in it, and whole threads, read and unread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import search_here
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.review.seen import keep_seen, was_read
from patchflow.flow.reviewing.waiting import waiting_here
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.query import Query, parse_query
from patchflow.formats.mail.threads import build_threads
from patchflow.tui.models.mail import MailList, ThreadRead

_NEWEST = 500  # mails of the list
_SINCE = timedelta(days=60)  # as of `review waiting`


def mail_list(directory: str, words: str, offer: Callable[[MailList], None]) -> MailList:
    """The mails that hold the words (those of `search`), the newest first; without words offers the newest at once, and
    then says what waits, too."""
    here, now = Clone(directory), datetime.now(UTC)
    found = MailList(search_here(here, parse_query([words]) if words else Query(), _NEWEST))
    if words:
        return found
    offer(found)
    try:
        rows = [one for one in waiting_here(here, now - _SINCE, now) if not one.snoozed]
    except PatchflowError as error:  # nobody knows who the user is
        return replace(found, why=error.paragraph())
    return replace(found, waiting=rows)


def open_thread(directory: str, id: str) -> ThreadRead:
    """The threads that hold a mail; from now on all of it counts as read."""
    here = Clone(directory)
    store = ready_store(here)
    try:
        threads = build_threads(store.threads_of([id]))
    finally:
        store.close()
    if not threads:
        raise UsageError(f"<{id}> is not in the mail taken in any more.")
    known = was_read(here)
    unread = [m.id for one in threads for m in one.messages if not known(m.id, m.sender.email)]
    keep_seen(here, unread)
    return ThreadRead(threads, frozenset(unread), bots())


def mark(directory: str, ids: Sequence[str], read: bool) -> None:
    """Keeps that whole threads that hold these mails were read, or were not."""
    here = Clone(directory)
    store = ready_store(here)
    try:
        messages = store.threads_of(ids)
    finally:
        store.close()
    keep_seen(here, [one.id for one in messages], read)
