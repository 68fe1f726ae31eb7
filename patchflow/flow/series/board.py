"""Joins what a whole clone's series need, each thing asked for once: the terminal UI's board, and what changed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from patchflow.adapters.clone_files import look_at
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.git.underway import underway, work_trees
from patchflow.adapters.mail.outbox import Outbox
from patchflow.domain.next_step import Command
from patchflow.errors import PatchflowError
from patchflow.flow.check.results import last_check
from patchflow.flow.clone import Clone
from patchflow.flow.review.follow_ups import due_key, is_put_off, until_words
from patchflow.flow.review.mail import comments_in, notes_of_trees, taken_in, waiting
from patchflow.flow.review.put_off import facts_here, mails_in, ping_days, put_off
from patchflow.flow.review.who import people_here
from patchflow.flow.send.arrived import known_arrivals
from patchflow.flow.send.outbox import next_step
from patchflow.flow.series.depends import told
from patchflow.flow.series.status import reviewed_of, standing
from patchflow.flow.subsystem.bots import bots
from patchflow.flow.window.evidence import window_of
from patchflow.formats.mail.collected_trailers import collect_trailers
from patchflow.formats.mail.threads import build_threads

if TYPE_CHECKING:
    from patchflow.domain.comment import Comment
    from patchflow.domain.message import Message
    from patchflow.domain.profile import Profile, WindowFacts
    from patchflow.domain.series import Series
    from patchflow.domain.thread import Thread
    from patchflow.domain.window import Window
    from patchflow.flow.series.status import Standing
    from patchflow.formats.mail.collected_trailers import Given
    from patchflow.formats.mail.people import People


class Review:
    """The mail at hand, read once and only when asked for: threads, and comments in the states the user gave them."""

    def __init__(self, here: Clone) -> None:
        self._here = here

    @cached_property
    def threads(self) -> list[Thread]:
        """What answers something sent from this clone."""
        messages = taken_in(self._here)
        return build_threads(messages) if messages else []

    @cached_property
    def people(self) -> People:
        """Whose the addresses in them are."""
        return people_here(self._here, [message for thread in self.threads for message in thread.messages])

    @cached_property
    def comments(self) -> list[Comment]:
        """The comments in them."""
        return comments_in(self._here, self.threads, self.people) if self.threads else []

    def given(self, series: Series, threads: Sequence[Thread]) -> list[tuple[str, Given]]:
        """The tags that the last revision was given in these threads, each with the Message-ID of the patch."""
        mine = {message.message_id for message in series.last.posted} if series.last and threads else set()
        patches = collect_trailers(threads, bots(), people=self.people).patches if mine else ()
        return [(patch.message_id, one) for patch in patches if patch.message_id in mine
                for one in patch.given if not one.mismatch]  # fmt: skip

    @cached_property
    def notes(self) -> list[Message]:
        """Notes that a patch was added to a tree or removed from it, which answer no mail of ours."""
        return notes_of_trees(self._here)

    @cached_property
    def _holding(self) -> dict[str, list[int]]:
        """The numbers of the threads that hold a mail, by its Message-ID."""
        found: dict[str, list[int]] = {}
        for number, thread in enumerate(self.threads):
            for node, _, _ in thread.walk():
                found.setdefault(node.id, []).append(number)
        return found

    def of(self, series: Series) -> tuple[list[Thread], list[Comment]]:
        """The threads and comments of a series' sent revisions."""
        ids = {m.message_id for revision in series.revisions for m in revision.posted}
        if not ids:
            return [], []
        threads = sorted({number for id in ids for number in self._holding.get(id, ())})
        return [self.threads[number] for number in threads], [c for c in self.comments if c.patch in ids]


def windows(here: Clone) -> Callable[[Profile], Window]:
    """A function that tells a profile's window from what is at hand, working each out once."""
    known: dict[tuple[str, str, WindowFacts], Window] = {}

    def ask(profile: Profile) -> Window:
        key = (profile.name, profile.tree.name, profile.window)
        if key not in known:
            known[key] = window_of(here, profile, offline=True)[0]
        return known[key]

    return ask


def standing_with(here: Clone, series: Series, review: Review | None, window: Window) -> Standing:
    """Where a series stands, its mail included where that was read; no check, no network."""
    from patchflow.flow.review.patchwork import known_states
    from patchflow.flow.series.applied import applied_where

    threads, comments = review.of(series) if review else ([], [])
    last = series.last
    replies = _replies(threads, series)
    notes = review.notes if review and last else []
    applied, says = applied_where(here, series, [*replies, *notes])
    facts = here.profile_of(series)
    known = put_off(here)
    made, due = known.get(series.change_id), known.get(due_key(series.change_id))
    off = made and is_put_off(made, mails_in(threads), 0, facts_here(here, facts, [made], datetime.now(UTC)))
    given: dict[str, list[str]] = {}
    for message_id, tag in review.given(series, threads) if review else ():
        given.setdefault(message_id, []).append(tag.trailer.key)
    return standing(
        series,
        facts,
        checked=last_check(here, series, facts),
        comments=waiting(series, comments) if review else (),
        replies=len(replies),
        last_word=_newest(replies),
        window=window,
        applied=applied,
        says=says,
        ask=_how_to_see(here, series),
        patchwork=known_states(here, series),
        arrivals=known_arrivals(here, series),
        unfinished=next_step(outbox) if (outbox := Outbox.find(here.outbox, series.change_id)) else None,
        underway=underway_on(here, series.branch),
        depends=bool(told(here, series)),
        ping_days=ping_days(here, facts),
        put_off=until_words(made) if made and off else "",
        due=due.until if due else None,
        reviewed=reviewed_of(series, given, _messages_as_sent(here, series)),
    )


def _messages_as_sent(here: Clone, series: Series) -> dict[str, str]:
    """The messages of the last revision's commits, whatever became of the branch since."""
    commits = [one.commit for one in (series.last.messages if series.last else ()) if one.commit]
    return {commit: here.repository.message(commit) for commit in commits if here.repository.try_resolve(commit)}


def underway_on(here: Clone, branch: str) -> str:
    """What git is in the middle of on a branch, as a next step; "" where nothing is."""
    for git_dir, at in work_trees(here.repository.common):
        if at == branch and (found := underway(git_dir)):
            return found.step()
    return ""


def branch_worked_on(here: Clone) -> str:
    """The branch HEAD is on, or the one that a rebase or bisect here has taken it from; "" for none."""
    return next((branch for git_dir, branch in work_trees(here.repository.common)
                 if git_dir.resolve() == here.repository.git_dir.resolve()), "")  # fmt: skip


def underway_here(here: Clone) -> str:
    """What git is in the middle of in this work tree, as a sentence; "" where nothing is."""
    found = underway(here.repository.git_dir)
    return f"git is in the middle of a {found.what}: {found.ends}" if found else ""


def _how_to_see(here: Clone, series: Series) -> str | Command:
    """What shows whether a series was applied: a command where there is one."""
    facts = here.profile_of(series)
    if facts.tree.name and here.repository.try_resolve(f"refs/remotes/{facts.tree.name}/{facts.tree.branch}"):
        return Command("git-fetch", f"git fetch {shlex.quote(facts.tree.name)}")
    return Command("patchwork", "patchflow fetch --patchwork") if facts.patchwork else "the tree itself"


def _replies(threads: Iterable[Thread], series: Series) -> list[Message]:
    """The mails below the last revision, but what was sent from here: those that name one of its mails, and what
    answers these, whether or not it names more than the mail it answers."""
    posted = {m.message_id for revision in series.revisions for m in revision.posted}
    above = {m.message_id for m in series.last.posted} if series.last else set()
    found = []
    for node, _, parent in (row for thread in threads for row in thread.walk()):
        message = node.message
        names = {parent, *message.references, *message.in_reply_to} if message else {parent}
        if names & above:
            above.add(node.id)
            if message and message.id not in posted:
                found.append(message)
    return found


def _newest(messages: list[Message]) -> datetime | None:
    return max((m.date for m in messages if m.date), default=None)


def all_standings(
    here: Clone, review: Review | None = None, names: Sequence[str] | None = None
) -> Iterator[tuple[str, Series | None, Standing | PatchflowError]]:
    """(branch, series, where it stands) of every series of the clone that was not put away, or of those named; for one
    that cannot be read the error."""
    ask = windows(here)
    rows: dict[str, Series | PatchflowError] = {}
    with here.store.listed_once():
        for name in here.store.shown() if names is None else names:
            try:
                rows[name] = here.store.load(name, with_diffs=False)
            except PatchflowError as error:
                rows[name] = error
    with suppress(PatchflowError):  # then each is asked for by itself
        here.subsystems.look_at([one for one in rows.values() if not isinstance(one, PatchflowError)])
    for name, series in rows.items():
        if isinstance(series, PatchflowError):
            yield name, None, series
            continue
        try:
            yield name, series, standing_with(here, series, review, ask(here.profile_of(series)))
        except PatchflowError as error:
            yield name, None, error


def fingerprint(directory: str) -> str:
    """Something that changes when anything does that the terminal UI shows of a clone (but not which mail was looked
    at); a few hundred stat calls."""
    try:
        repository = GitRepository(directory)
    except PatchflowError:
        return "none"
    place = str(repository.folder), str(repository.git_dir), str(repository.common)
    return " ".join(map(str, look_at(place, {str(repository.state.seen)})))
