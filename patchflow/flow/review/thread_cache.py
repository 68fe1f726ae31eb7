"""What `thread MESSAGE-ID` prints: kept where it was printed before, and laid out after mail was taken in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from patchflow.adapters.mail.quick_index import joined_threads
from patchflow.adapters.mail.thread_cache import Shown
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import ours, ours_first, own_messages
from patchflow.flow.review.mail_index import has_sent, mail_store, ready_store, state_folder
from patchflow.flow.review.signatures import attested, is_signed
from patchflow.flow.review.threads_view import thread_document, thread_lines
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.threads import build_threads
from patchflow.formats.printed import as_json, as_lines

if TYPE_CHECKING:
    from patchflow.adapters.mail.index import MailIndex
    from patchflow.domain.bot import Bot
    from patchflow.domain.message import Message
    from patchflow.domain.ours import Ours
    from patchflow.domain.thread import Thread
    from patchflow.flow.review.signatures import Attested

_MOST = 5000  # threads laid out beforehand


def thread_text(here: Clone, ids: Collection[str], json: bool, note: Callable[[str], None], dns: bool = False) -> str:
    """The threads that hold or name one of these messages, of the mail taken in and of our own; "" where none does.

    A thread with a signed mail is not kept: what a signature is worth depends on keys elsewhere. `dns` has DKIM judged.
    """
    shown = Shown(str(state_folder(here)))
    with closing(ready_store(here, note)) as store:
        numbers: list[int] = []
        if store.exists:
            query = "SELECT thread FROM ids WHERE mid = ?"
            rows = [row for id in ids for row in store.base.execute(query, (id,))]
            numbers = joined_threads(store.base, [row[0] for row in rows])
        stamp = shown.stamp(store.base, numbers) if numbers else ""
        if stamp and not dns and (kept := shown.text(numbers[0], json, stamp)):
            return kept
        every = _threads(store, numbers, _own(here))
    threads = [t for t in every if any(node.id in ids for node, _, _ in t.walk())]
    if not threads:
        return ""
    signed = _has_signed(threads, dns)
    known = attested(here, (m for t in threads for m in t.messages), dns) if signed else {}
    mine = ours(here, _ids(threads))
    texts = _texts(threads, bots(), mine, known, json)
    if stamp and not signed and threads == _taken_in(every) and len(threads) == 1:
        with suppress(OSError, PatchflowError):  # a cache that cannot be written is no reason to fail
            shown.keep(numbers[0], stamp, texts)
    return texts[json]


def _own(here: Clone) -> list[Message]:
    """The mails sent from this clone: replies find their parents even where no mail file has them."""
    if not has_sent(here):
        return []

    return own_messages(here)


def _threads(store: MailIndex, numbers: Sequence[int], own: Sequence[Message]) -> list[Thread]:
    """The threads under these numbers of the index, and those of our own mails."""
    return build_threads(ours_first(own, store.messages_of(numbers)))


def _taken_in(threads: Sequence[Thread]) -> list[Thread]:
    """Those that hold mail of the index, and not only our own as it was sent."""
    return [t for t in threads if any(message.source != "sent" for message in t.messages)]


def _ids(threads: Sequence[Thread]) -> list[str]:
    return [message.id for thread in threads for message in thread.messages]


def _has_signed(threads: Sequence[Thread], dns: bool = False) -> bool:
    return any(is_signed(message, dns) for thread in threads for message in thread.messages)


def _texts(threads: Sequence[Thread], bots: Sequence[Bot], mine: Ours, known: Attested, *json: bool) -> dict[bool, str]:
    document = thread_document(threads, bots, mine, known)
    return {one: as_json(document) if one else as_lines(thread_lines(document)) for one in json}


def lay_out(here: Clone) -> None:
    """Keeps what every thread of the index looks like, the newest first; safe to be killed at any time."""
    shown, own = Shown(str(state_folder(here))), _own(here)
    known, mine = bots(), ours(here)
    with closing(mail_store(here)) as store:
        for numbers in store.newest_numbers(_MOST):
            stamp = shown.stamp(store.base, numbers)
            if shown.text(numbers[0], False, stamp):
                continue
            every = _threads(store, numbers, own)
            threads = _taken_in(every)
            if len(threads) == 1 and not _has_signed(threads):
                of_ours = not mine.patches.isdisjoint(_ids(threads))
                whose = ours(here, _ids(threads)) if of_ours else mine
                shown.keep(numbers[0], stamp, _texts(threads, known, whose, {}, False, True))
