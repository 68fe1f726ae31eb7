"""Which series of the mail taken in wait for the user, and what was put off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from patchflow.adapters.kept import read_kept
from patchflow.domain.waiting import Snooze, Waiting
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import ours
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.review.who import people_here
from patchflow.flow.reviewing.choose import all_series
from patchflow.flow.reviewing.waits import snooze_for, what_waits
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
    return what_waits(
        all_series(messages, known), messages, lambda one: people.key(one) == people.me, ours(here), _own_paths(here),
        lambda message: bot_of(message, known) is not None, snoozed(here), since, now,
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


def snoozed(here: Clone) -> dict[str, Snooze]:
    """What was put off: the Message-ID a series begins with -> for how long."""
    return read_kept(here.repository.state.snoozed, _parsed) or {}


def snooze(here: Clone, id: str, word: str, rows: list[Waiting], now: datetime) -> Waiting:
    """Puts a series of the list off until a date, an answer or its next version; with `off` it waits again. One
    undoable step."""
    wanted = id.strip().strip("<>")
    one = next((row for row in rows if wanted in (row.root, row.newest, *row.answers)), None)
    if one is None:
        raise UsageError(f"<{wanted}> is no series that waits for you.", "`patchflow review waiting --all` lists them.")
    made = None if word == "off" else snooze_for(word, one, now)
    with here.store.ledger.lock():
        known = snoozed(here)
        known.pop(one.root, None)
        known |= {one.root: made} if made else {}
        change = here.store.ledger.change(f"{one.title[:60]} put off" if made else f"{one.title[:60]} waits again")
        here.store.ledger.set_file(change, here.repository.state.snoozed, _dumped(known))
        here.store.ledger.commit(change)
    return one._replace(snoozed=made is not None)


def _parsed(content: bytes) -> dict[str, Snooze]:
    rows = json.loads(content)
    return {str(id): _row(row) for id, row in rows.items()}


def _row(row: Mapping[str, Any]) -> Snooze:
    until = datetime.fromisoformat(row["until"]) if row.get("until") else None
    if until and not until.tzinfo:
        until = until.replace(tzinfo=UTC)
    return Snooze(until, int(row.get("mails", 0)), int(row.get("revision", 0)))


def _dumped(known: Mapping[str, Snooze]) -> bytes:
    rows = {id: {**one._asdict(), "until": one.until.isoformat() if one.until else None} for id, one in known.items()}
    return (json.dumps(rows, indent=1) + "\n").encode()
