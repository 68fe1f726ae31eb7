"""Reads what the life of a series is drawn of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from patchflow.flow.clone import Clone
from patchflow.flow.series.board import Review
from patchflow.flow.series.life import Mark, marks_of
from patchflow.flow.subsystem.bots import bots
from patchflow.flow.watch.kept import watched
from patchflow.formats.mail.classify import bot_of
from patchflow.formats.mail.collected_trailers import collect_trailers

if TYPE_CHECKING:
    from patchflow.domain.series import Series


def marks_here(here: Clone, review: Review, series: Series) -> list[Mark]:
    """What happened to a series: what was sent, the mails about it, and what `watch` told."""
    threads, _ = review.of(series)
    own = {one.message_id for each in (*series.revisions, *series.previews) for one in each.posted}
    people, known = review.people, bots()
    mails = [mail for thread in threads for mail in thread.messages
             if mail.id not in own and people.key(mail.sender) != people.me]  # fmt: skip
    robots = {mail.id for mail in mails if bot_of(mail, known)}
    patches = collect_trailers(threads, known, people=people).patches if threads else ()
    tags = {one.message for patch in patches for one in patch.given if not one.mismatch}
    told = [(datetime.fromisoformat(when), words) for when, name, words in watched(here).log if name == series.name]
    return marks_of(series.revisions, mails, tags, robots, told)
