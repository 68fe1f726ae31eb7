"""Where a series stands, and the one thing to do next."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from patchflow import lazy_re
from patchflow.domain.arrival import Arrival, Fate
from patchflow.domain.next_step import (
    CHECK,
    COMMIT,
    COVER,
    DEP,
    FETCH,
    NUDGE,
    RESPIN,
    SEND,
    SEND_RFC,
    TODO,
    TRAILERS,
    Command,
    NextStep,
)
from patchflow.domain.patchwork import PatchState
from patchflow.domain.profile import Profile
from patchflow.domain.series import Series, State
from patchflow.domain.window import Window, WindowState
from patchflow.formats.patch.b4 import is_open
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.comment import Comment
    from patchflow.flow.series.applied_notices import Notice


_REVIEWED = lazy_re.compile(r"^(?:reviewed|acked)-by:", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Standing:
    """A series' state, people's open comments and how many of them were asked again, bots' findings that wait, the next
    step, and the profile in force. `put_off` says until when the user wants to hear nothing of it ("": nothing is put
    off), `due` by which day they want to have dealt with it. `reviewed` are the patches of the last revision that
    bear a Reviewed-by or Acked-by or were given one; `last` is when the last was heard of it.
    """

    state: State
    open_comments: int
    next_step: NextStep
    days_quiet: int | None = None
    patchwork: tuple[PatchState, ...] = ()
    profile: str = ""
    asked_again: int = 0
    bot_findings: int = 0
    arrivals: tuple[Arrival, ...] = ()
    put_off: str = ""
    due: datetime | None = None
    tree: str = ""
    reviewed: int = 0
    last: datetime | None = None


def standing(
    series: Series,
    profile: Profile,
    *,
    checked: tuple[int, bool] | None = None,
    comments: Sequence[Comment] = (),
    replies: int = 0,
    last_word: datetime | None = None,
    window: Window | None = None,
    applied: str = "",
    unfinished: NextStep | None = None,
    underway: str = "",
    says: Notice | None = None,
    ask: str | Command = "",
    patchwork: tuple[PatchState, ...] = (),
    arrivals: tuple[Arrival, ...] = (),
    depends: bool = False,
    ping_days: int = 0,
    put_off: str = "",
    due: datetime | None = None,
    reviewed: int = 0,
    now: datetime | None = None,
) -> Standing:
    """Joins what is known; `checked` are the errors that the last check found, and whether they hold, because the
    checks are the same today; None where none has run yet. `applied` says where it was applied.

    `unfinished` is what to do about a send that was cut off, `underway` about a rebase or the like on its branch.
    `comments` are those that wait. `says` is what a mail tells of that and nothing at hand shows: comments stay open,
    and `ask` is what would show it. `depends`: something is to be done about what the series needs first. `ping_days`
    are the quiet days after which a ping is due (0: the profile's).
    """
    now = now or datetime.now(UTC)
    last = series.last
    heard = max(filter(None, [last.date, last_word])) if last else None
    quiet = max((now - heard).days, 0) if heard else None  # a clock that is behind makes no day negative
    people = [comment for comment in comments if not comment.bot]
    again, bots = sum(comment.asked_again for comment in people), len(comments) - len(people)
    ping = quiet is not None and quiet >= (ping_days or profile.ping_days)
    open_ones = open_words(len(people), again, bots)
    state, step = _where(series, profile, checked, open_ones, replies, window, quiet, ping)
    until = last.date + timedelta(hours=profile.repost_hours) if last else now
    if state == State.READY and step.id != "respin" and last and now < until:
        step = NextStep.of("wait", f"v{last.number} went out lately: wait until {until:%d %b %H:%M} UTC, then ", SEND)
    if depends and state is not State.EMPTY:
        step = NextStep.of("dep", "look at what it depends on: ", DEP, ", then ", *step.parts)
    if unfinished:
        state, step = State.SENDING, unfinished
    elif underway:
        step = NextStep.of("underway", underway)
    elif applied:
        left = (f"{open_ones}: ", TODO) if comments else ("nothing to do",)
        state, step = State.APPLIED, NextStep.of("applied", f"applied to {applied}: ", *left)
    elif says and says.dropped:
        what = _meant(says, series)
        step = NextStep.of(step.id, *step.parts, f" ({says.who} says {what} was dropped again)")
    elif says:
        told = f"{says.who} says {_meant(says, series)} was applied to {says.where}"
        if not says.parts and state in (State.SENT, State.UNDER_REVIEW, State.CHANGES_ASKED):
            besides = ("; ", *step.parts) if comments else ()
            state = State.SAYS_APPLIED
            step = NextStep.of("says-applied", f"{told}, and nothing here shows it: ", ask, " would", *besides)
        else:
            step = NextStep.of(step.id, *step.parts, f" ({told}; ", ask, " would show it)")
    if state is not State.APPLIED and due:
        step = NextStep.of(step.id, f"due {due:%d %b}: ", *step.parts)
    if put_off and series.is_as_sent and not (applied or unfinished or underway):
        step = NextStep.of("put-off", f"put off until {put_off}; then ", *step.parts)
    return Standing(
        state, len(people), step, quiet, patchwork, profile.name, again, bots, arrivals, put_off, due,
        profile.tree.name, reviewed, heard,
    )  # fmt: skip


def open_words(count: int, again: int, bots: int = 0) -> str:
    """`3 open comments, 1 asked again, and 2 of bots`; "" for none."""
    said = f"{count} open {'comment' if count == 1 else 'comments'}" if count else ""
    said += f", {again} asked again" if again else ""
    if bots:
        said += f", and {bots} of bots" if said else f"{bots} open {'comment' if bots == 1 else 'comments'} of bots"
    return said


def _meant(says: Notice, series: Series) -> str:
    """What of a revision a notice speaks of."""
    number = series.number_in(State.SENT)
    if not says.parts:
        return f"v{number}"
    return f"{'patch' if len(says.parts) == 1 else 'patches'} {', '.join(map(str, says.parts))} of v{number}"


def reviewed_of(series: Series, given: Mapping[str, Collection[str]], messages: Mapping[str, str]) -> int:
    """How many patches of the last revision bear a Reviewed-by or Acked-by, or were `given` one: by Message-ID, the
    names of the tags. `messages` are those of the commits that were sent."""
    return sum(
        bool(
            _REVIEWED.search(
                "\n".join([messages.get(one.commit, ""), *(f"{tag}:" for tag in given.get(one.message_id, ()))])
            )
        )
        for one in (series.last.messages if series.last else ())
        if one.part or one.commit
    )


def needs_mail(series: Series, state: State) -> bool:
    """Whether where a series stands is not known before its mail was read: it was sent, and neither a cut-off send nor
    a tree that holds it says more than mail could."""
    return bool(series.revisions) and state not in (State.SENDING, State.APPLIED)


def _where(
    series: Series,
    profile: Profile,
    checked: tuple[int, bool] | None,
    open_ones: str,
    replies: int,
    window: Window | None,
    quiet: int | None,
    ping: bool,
) -> tuple[State, NextStep]:
    last = series.last
    if not series.patches:
        return State.EMPTY, NextStep.of("commit", "commit your first patch: ", COMMIT)
    if series.is_as_sent:
        return _sent(open_ones, replies, window, quiet, ping)
    if checked is None:
        return State.DRAFTING, NextStep.of("check", "check it: ", CHECK)
    errors, holds = checked
    if not holds:
        return State.DRAFTING, NextStep.of("check", "its checks changed, run them again: ", CHECK)
    if errors:
        word = "error" if errors == 1 else "errors"
        return State.DRAFTING, NextStep.of("check", f"{errors} {word} to fix: ", CHECK)
    if len(series.patches) >= profile.cover_from and (series.cover is None or series.cover.is_unfilled):
        return State.DRAFTING, NextStep.of("cover", "write the cover letter: ", COVER)
    number = series.next_revision
    if last and open_ones:
        return State.CHANGES_ASKED, NextStep.of("todo", f"{open_ones} before v{number} goes out: ", TODO)
    if window and window.state == WindowState.CLOSED and profile.window.kind == "netdev":
        until = f" until about {window.until:%d %b}" if window.until else ""
        return State.READY, NextStep.of("wait", f"{window.tree} is closed{until}: wait, or ", SEND_RFC)
    if last and number > series.next_floor and not is_open(series.cover, number):  # trailers and changelog wait for it
        return State.READY, NextStep.of("respin", f"open v{number}: ", RESPIN, ", then ", SEND)
    return State.READY, NextStep.of("send", f"send v{number}: ", SEND)


def _sent(open_ones: str, replies: int, window: Window | None, quiet: int | None, ping: bool) -> tuple[State, NextStep]:
    """Of a series whose last revision is the branch as it stands."""
    if open_ones:
        return State.CHANGES_ASKED, NextStep.of("todo", f"{open_ones}: ", TODO, ", then ", RESPIN)
    if replies:
        parts = ("all comments are dealt with: ", TRAILERS, ", then ", RESPIN)
        return State.UNDER_REVIEW, NextStep.of("respin", *parts)
    if ping and not (window and window.state == WindowState.CLOSED):
        return State.SENT, NextStep.of("nudge", f"no answer for {quiet} days: a polite ping is due, ", NUDGE)
    return State.SENT, NextStep.of("fetch", "wait for review: ", FETCH, " takes replies in")


def series_json(series: Series, stands: Standing) -> dict[str, Any]:
    """One series of `status --json`."""
    return {
        "name": series.name,
        "branch": series.branch,
        "title": series.title,
        "profile": stands.profile,
        "tree": stands.tree,
        "base": series.base,
        "base_ref": series.base_ref,
        "change_id": series.change_id,
        "revision": series.next_revision,
        "state": str(stands.state),
        "next_step": stands.next_step.words,
        "open_comments": stands.open_comments,
        "asked_again": stands.asked_again,
        "bot_findings": stands.bot_findings,
        "reviewed": stands.reviewed,
        "last_activity": stands.last.isoformat() if stands.last else None,
        "days_quiet": stands.days_quiet,
        "put_off": stands.put_off,
        "due": stands.due.isoformat() if stands.due else None,
        "patches": [{"commit": p.commit, "subject": p.subject} for p in series.patches],
        "sent": [
            {"revision": r.number, "date": r.date.isoformat(), "message_ids": [m.message_id for m in r.messages],
             "tried": list(r.evidence)}
            for r in series.revisions
        ],
        "patchwork": patchwork_json(stands.patchwork),
        "arrivals": [arrival_json(one) for one in stands.arrivals],
    }  # fmt: skip


def arrival_json(one: Arrival) -> dict[str, Any]:
    """What became of one mail, for scripts."""
    return {
        "message_id": one.message_id, "part": one.part, "subject": one.subject,
        "state": "not yet" if one.fate is Fate.MISSING else str(one.fate), "changed": list(one.differences),
        "where": one.where,
    }  # fmt: skip


def patchwork_json(patches: Sequence[PatchState]) -> list[dict[str, Any]]:
    """What Patchwork said, for scripts."""
    return [asdict(patch) for patch in patches]
