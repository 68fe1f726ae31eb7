"""Joins mail, .mailmap and what the user said of trailers with the commits of a series."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.kept import read_kept
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import threads_here
from patchflow.flow.review.who import people_here
from patchflow.flow.series.trailer_choice import dump_choices, new_messages, plan_trailers, read_choices
from patchflow.formats.mail.collected_trailers import collect_trailers

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch
    from patchflow.domain.series import Series
    from patchflow.flow.series.trailer_choice import Choice, TrailerPlan

Note = Callable[[str], None]


def choices_path(here: Clone, series: Series) -> Path:
    """Where this clone keeps what the user said of a series' trailers."""
    return here.repository.state.series(series.change_id).trailers


def known_choices(here: Clone, series: Series) -> dict[tuple[str, str, str], Choice]:
    """What the user said of a series' trailers."""
    return read_kept(choices_path(here, series), read_choices) or {}


def trailers_of_series(here: Clone, series: Series, mbox: str | None, note: Note) -> TrailerPlan:
    """What replies gave to the patches of a series, to which of its commits it goes, and what the user said of it."""
    ids = {message.message_id for revision in series.revisions for message in revision.posted}
    titles = {patch.subject for patch in series.patches}
    threads = [
        thread
        for thread in threads_here(here, mbox, note, ids, titles)
        if any(m.id in ids or any(title in m.subject for title in titles) for m in thread.messages)
    ]
    people = people_here(here, [message for thread in threads for message in thread.messages])
    collected = collect_trailers(threads, here.profile_of(series).bots, people=people)

    def patch_ids(patches: Sequence[Patch]) -> Mapping[str, str]:
        """Of the series' own patches the diffs are read where they were not."""
        asked = {one.commit for one in patches}
        unread = [one.commit for one in series.patches if one.commit in asked and not one.diff]
        here.repository.preload(unread)
        return here.git.patch_ids(here.repository.patch(one.commit) if one.commit in unread else one for one in patches)

    return plan_trailers(series, collected, patch_ids, people, known_choices(here, series))


def said(here: Clone, series: Series, plan: TrailerPlan) -> tuple[Path, bytes] | None:
    """The file of choices and what belongs into it after this plan; None where that stands there already."""
    path = choices_path(here, series)
    before = read_kept(path, bytes) or b""
    text = dump_choices(plan.choices(known_choices(here, series))).encode()
    return (path, text) if text != before and (before or plan.choices({})) else None


def remember(here: Clone, series: Series, plan: TrailerPlan) -> None:
    """Keeps what the user said; one undoable step."""
    with here.store.ledger.lock():
        if new := said(here, series, plan):
            change = here.store.ledger.change(f"which trailers of {series.name} are taken")
            here.store.ledger.set_file(change, *new)
            here.store.ledger.commit(change)


def apply(here: Clone, series: Series, plan: TrailerPlan) -> None:
    """Writes the trailers that are taken into the commits, and keeps what was said; one undoable step."""
    with here.store.changing(series):
        change = here.store.ledger.change(f"trailers of {series.name}")
        commits = here.repository.commits_between(series.base, series.branch_tip)
        made = here.store.rewrite(commits, new_messages(series, plan))
        here.store.ledger.move_branch(change, series.branch, series.branch_tip, made)
        if new := said(here, series, plan):
            here.store.ledger.set_file(change, *new)
        here.store.ledger.commit(change)
