"""Which series of the mail taken in wait for the user."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from patchflow.domain.waiting import Waiting
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.follow_ups import snooze_for
from patchflow.flow.review.mail import ours
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.review.put_off import facts_here, keep, put_off
from patchflow.flow.review.seen import was_read
from patchflow.flow.review.who import people_here
from patchflow.flow.reviewing.at_hand import elsewhere
from patchflow.flow.reviewing.choose import all_series
from patchflow.flow.reviewing.waits import what_waits
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.classify import bot_of

_NEWEST = 400  # threads of the mail taken in that are looked at
_OWN = 200  # of the patches sent from here, the newest


def waiting_here(here: Clone, since: datetime, now: datetime) -> list[Waiting]:
    """The series that wait for the user, the newest first, those put off among them."""
    store = ready_store(here)
    try:
        messages = store.newest_threads(_NEWEST) if store.exists else []
    finally:
        store.close()
    if not messages:
        return []
    people, known = people_here(here, messages), bots()
    if not people.me:
        raise PatchflowError("user.email is not set, so nobody knows which mails are yours.",
                             "`git config --global user.email you@example.org` sets it.")  # fmt: skip
    others = elsewhere(here, messages)
    beside, read = {message.id for message in others}, was_read(here)
    messages += others
    snoozed, mine = put_off(here), ours(here, (message.id for message in messages))
    return what_waits(
        all_series(messages, known), messages, lambda one: people.key(one) == people.me, mine, _own_paths(here),
        lambda message: bot_of(message, known) is not None, snoozed, since,
        facts_here(here, None, snoozed.values(), now), lambda id, sender: id in beside or read(id, sender),
    )  # fmt: skip


def _own_paths(here: Clone) -> set[str]:
    """The files that the patches sent from here touch."""
    commits: list[str] = []
    with here.store.listed_once():
        for change_id in sorted({ref.split("/")[2] for ref in here.repository.refs("refs/patchflow/")}):
            with suppress(PatchflowError):  # `status` tells of damage; commits that are gone touch nothing
                for one in here.store.revisions(change_id)[-1:]:
                    commits += here.repository.commits_between(one.start or one.base, one.tip)
    newest = commits[-_OWN:]
    return {path for paths in here.repository.paths_of_all(newest).values() for path in paths} if newest else set()


def snooze(here: Clone, id: str, word: str, rows: list[Waiting], now: datetime) -> Waiting:
    """Puts a series of the list off until a date or an event (`follow_ups.py`); with `off` it waits again. One undoable
    step."""
    wanted = id.strip().strip("<>")
    one = next((row for row in rows if wanted in (row.root, row.newest, *row.answers)), None)
    if one is None:
        raise UsageError(
            f"<{wanted}> is not a series that waits for you.", "`patchflow review waiting --all` lists them."
        )
    made = None
    if word != "off":
        made = snooze_for(word, one.mails, one.revision, facts_here(here, None, (), now, word))
    keep(here, one.root, made, f"{one.title[:60]} {'put off' if made else 'waits again'}")
    return one._replace(snoozed=made is not None)
