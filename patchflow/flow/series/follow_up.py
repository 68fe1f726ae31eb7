"""Puts a series or a comment off, or says when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from patchflow.domain.waiting import Snooze
from patchflow.flow.clone import Clone
from patchflow.flow.review.follow_ups import day_of, due_key, snooze_for
from patchflow.flow.review.put_off import facts_here, keep, mails_in
from patchflow.flow.review.states import find_comment
from patchflow.flow.series.board import Review

if TYPE_CHECKING:
    from patchflow.domain.comment import Comment


def follow_up(here: Clone, id: str, word: str, due: bool, comments: Sequence[Comment], now: datetime) -> None:
    """Puts off a comment (by its id) or a series (by its name) until a day or an event, or says when it is `due`; `off`
    ends either. UsageError where nothing is called so."""
    name = next((one for one in here.store.names() if id in (one, one.removeprefix("b4/"))), "")
    if name:
        series = here.store.load(name, with_diffs=False)
        key, mails, profile = series.change_id, mails_in(Review(here).of(series)[0]), here.profile_of(series)
    else:
        comment = find_comment(comments, id)
        key, mails, profile = comment.id, 1 + len(comment.follow_ups), None
    if word == "off":
        made = None
    elif due:
        made = Snooze(until=day_of(word, now))
    else:
        made = snooze_for(word, mails, 0, facts_here(here, profile, (), now, word))
    what = ("due" if due else "put off") if made else ("not due" if due else "waits again")
    keep(here, due_key(key) if due else key, made, f"{name or key[:10]} {what}")
