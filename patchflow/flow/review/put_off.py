"""What was put off in a clone and what is due: series of one's own and of others, and comments, by their ids."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from patchflow.adapters.kept import read_kept
from patchflow.domain.waiting import Snooze
from patchflow.domain.window import WindowState
from patchflow.flow.clone import Clone
from patchflow.flow.review.follow_ups import Facts, is_put_off
from patchflow.flow.window.decide import TAG, read_tags
from patchflow.flow.window.evidence import window_of

if TYPE_CHECKING:
    from patchflow.domain.comment import Comment
    from patchflow.domain.profile import Profile
    from patchflow.domain.thread import Thread


def put_off(here: Clone) -> dict[str, Snooze]:
    """What was put off, for how long: a series from here by its change-id, another by the Message-ID it begins with, a
    comment by its id; and when which of them is due (`due_key`)."""
    return read_kept(here.repository.state.snoozed, _parsed) or {}


def facts_here(here: Clone, profile: Profile | None, known: Collection[Snooze], now: datetime, word: str = "") -> Facts:
    """What these (and the word of a new one) depend on, asked for where one does; of the profile's project and tree."""
    rc1 = closed = ""
    if word in ("rc1", "window") or any(one.rc1 or one.window for one in known):
        facts = profile or here.profile_here()
        if word == "rc1" or any(one.rc1 for one in known):
            pattern = re.compile(facts.window.tags or TAG.pattern, re.ASCII)
            names = [tag.name for tag in read_tags(here.repository.tags(pattern.pattern), pattern) if tag.rc == 1]
            rc1 = names[-1] if names else ""
        window = window_of(here, facts, offline=True)[0]
        closed = window.tree if window.state is WindowState.CLOSED else ""
    return Facts(now, rc1, closed)


def keep(here: Clone, key: str, made: Snooze | None, title: str) -> None:
    """Keeps it, or with None that it is over; one undoable step."""
    with here.store.ledger.lock():
        known = put_off(here)
        known.pop(key, None)
        known |= {key: made} if made else {}
        change = here.store.ledger.change(title)
        here.store.ledger.set_file(change, here.repository.state.snoozed, _dumped(known))
        here.store.ledger.commit(change)


def ping_days(here: Clone, profile: Profile) -> int:
    """The quiet days after which a ping is due: the list's own custom, or more where the user says so."""
    return max(here.repository.config_number("patchflow.nudgedays", profile.ping_days, 10_000), profile.ping_days)


def mails_in(threads: Sequence[Thread]) -> int:
    """How many mails there are about a series."""
    return sum(len(thread.messages) for thread in threads)


def awake(here: Clone, comments: Sequence[Comment], now: datetime, profile: Profile | None = None) -> list[Comment]:
    """The comments that are not put off."""
    known = put_off(here)
    some = [known[one.id] for one in comments if one.id in known]
    facts = facts_here(here, profile, some, now)
    return [one for one in comments if not is_put_off(known.get(one.id), 1 + len(one.follow_ups), 0, facts)]


def _parsed(content: bytes) -> dict[str, Snooze]:
    rows = json.loads(content)
    return {str(id): _row(row) for id, row in rows.items()}


def _row(row: Mapping[str, Any]) -> Snooze:
    until = datetime.fromisoformat(row["until"]) if row.get("until") else None
    if until and not until.tzinfo:
        until = until.replace(tzinfo=UTC)
    words = str(row.get("rc1", "")), str(row.get("window", ""))
    return Snooze(until, int(row.get("mails", 0)), int(row.get("revision", 0)), *words)


def _dumped(known: Mapping[str, Snooze]) -> bytes:
    rows = {id: {**one._asdict(), "until": one.until.isoformat() if one.until else None} for id, one in known.items()}
    return (json.dumps(rows, indent=1) + "\n").encode()
