"""Threads from lore or another public inbox into the clone's mail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from patchflow.adapters.lore import open_inbox
from patchflow.domain.intake import Intake
from patchflow.errors import OutsideError, PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import own_messages, recorded
from patchflow.flow.review.mail_index import has_sent, mail_store, take_in_file, work_behind
from patchflow.formats.counted import many

if TYPE_CHECKING:
    from patchflow.adapters.lore.inbox import Fetched, Inbox
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series


Heard = Callable[[str], None]
_EVERYTHING = "https://lore.kernel.org/all/"


def fetch_threads(
    here: Clone,
    message_ids: Sequence[str],
    url: str,
    heard: Heard | None = None,
    linked: str = "",
    opened: Callable[[str], Inbox] | None = None,
) -> Intake:
    """Fetches the threads of these messages, or of every revision that was sent, and takes them in.

    `url` is the inbox that the user named, "" for that of each series' profile. `linked` is the one that a commit
    names: it is asked where the user named none, and must be a public one unless the profile in force names its
    host. What arrived is kept even where another thread could not be had; where nothing arrived, the error is
    raised. `heard` is told how far it is. `opened` gives the inbox of a URL to who asks several times: one connection.
    """
    ids = [one.strip().strip("<>") for one in message_ids] or sent_roots(here)
    if not ids:
        raise UsageError("Nothing was sent from here yet.", "Name a message: `patchflow fetch --lore MESSAGE-ID`.")
    own = cache(lambda: here_lore(here))
    foreign = bool(linked and not url) and urlsplit(linked)[:2] != urlsplit(own())[:2]
    places = {} if url or linked else _inboxes(here)
    opened = opened or cache(lambda place: open_inbox(place, foreign))
    new, threads, trouble = 0, 0, OutsideError("")
    skipped: list[tuple[str, str]] = []
    arrived = False
    for number, one in enumerate(ids, 1):
        if heard:
            heard(f"thread {number} of {len(ids)}" + (f", {many(new, 'new message')}" if new else ""))
        inbox = opened(url or linked or places.get(one) or own())
        try:
            fetched = inbox.thread(one)
        except OutsideError as error:
            trouble = error
            skipped.append((one, error.paragraph()))
            continue
        if fetched is None:
            skipped.append((one, f"{inbox.url} does not have it"))
            continue
        arrived = True
        if fetched.cut:
            skipped.append((one, f"{fetched.cut}; what arrived is kept"))
        intake = _keep(here, one, fetched)
        new, threads = new + intake.new, threads + intake.threads
    if not arrived and trouble.message:
        raise trouble
    if new:
        work_behind(here)
    return Intake(new, threads, tuple(skipped))


def sent_roots(here: Clone) -> list[str]:
    """The Message-IDs whose threads hold all replies to what was sent from this clone."""
    if not has_sent(here):
        return []
    messages = own_messages(here, previews=False)  # no archive has those
    own = {message.id for message in messages}
    roots = [m.id for m in messages if not own & {*m.references, *m.in_reply_to}]
    sent = [ids[0] for ref, ids in recorded(here).items() if ids and "/preview-" not in ref]
    return [*roots, *(id for id in sent if id not in own)]  # of what was sent by hand no mail is kept


def here_lore(here: Clone) -> str:
    """The inbox of the profile in force; the one of everything where that names none."""
    return _inbox_of(here.profile_here)


def lore_of(here: Clone, series: Series) -> str:
    """The same of a series' profile, whatever branch is checked out."""
    return _inbox_of(lambda: here.profile_of(series))


def _inbox_of(ask: Callable[[], Profile]) -> str:
    try:
        found = ask().lore
    except PatchflowError:
        return _EVERYTHING
    return found if found.rstrip("/").count("/") > 2 else _EVERYTHING


def _inboxes(here: Clone) -> dict[str, str]:
    """The inbox of each mail that was posted in a series whose branch is here."""
    found: dict[str, str] = {}
    for name in here.store.names():
        with suppress(PatchflowError):  # `status` tells of it
            series = here.store.load(name, with_diffs=False)
            ids = (message.message_id for revision in series.revisions for message in revision.posted)
            found |= dict.fromkeys(ids, lore_of(here, series))
    return found


def _keep(here: Clone, message_id: str, fetched: Fetched) -> Intake:
    """Keeps a thread in the clone: a whole one replaces what was fetched before, a cut-off one stands beside it."""
    name = "lore-" + hashlib.sha256(message_id.encode()).hexdigest()[:16]
    path: Path = mail_store(here).keep(fetched.mbox, f"{name}-cut" if fetched.cut else name)
    return take_in_file(here, str(path))
