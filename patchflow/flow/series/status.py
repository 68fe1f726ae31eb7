"""Where a series stands, and the one thing to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from patchflow.domain.patchwork import PatchState
from patchflow.domain.profile import Profile
from patchflow.domain.series import Series, State
from patchflow.domain.window import Window, WindowState

if TYPE_CHECKING:
    from patchflow.flow.series.applied_notices import Notice


@dataclass(frozen=True, slots=True)
class Standing:
    """A series' state, its open comments, the next step in a sentence with its command, and the profile in force."""

    state: State
    open_comments: int
    next_step: str
    days_quiet: int | None = None
    patchwork: tuple[PatchState, ...] = ()
    profile: str = ""


def standing(
    series: Series,
    profile: Profile,
    *,
    errors: int | None = None,
    open_comments: int = 0,
    replies: int = 0,
    last_word: datetime | None = None,
    window: Window | None = None,
    applied: str = "",
    unfinished: str = "",
    underway: str = "",
    says: Notice | None = None,
    ask: str = "",
    patchwork: tuple[PatchState, ...] = (),
    now: datetime | None = None,
) -> Standing:
    """Joins what is known; `errors` is None where no check has run yet, `applied` says where it was applied.

    `unfinished` is what to do about a send that was cut off, `underway` about a rebase or the like on its branch.
    `says` is what a mail tells of that and nothing at hand shows: comments stay open, and `ask` is what would show it.
    """
    now = now or datetime.now(UTC)
    last = series.last
    quiet = None
    if last:
        quiet = (now - max(filter(None, [last.date, last_word]))).days
    state, step = _where(series, profile, errors, open_comments, replies, window, quiet)
    if state == State.READY and last and (now - last.date) < timedelta(hours=profile.repost_hours):
        until = last.date + timedelta(hours=profile.repost_hours)
        step = f"v{last.number} went out lately: wait until {until:%d %b %H:%M} UTC, then `patchflow send`"
    if unfinished:
        state, step = State.SENDING, unfinished
    elif underway:
        step = underway
    elif applied:
        state, step = State.APPLIED, f"applied to {applied}: nothing to do"
    elif says:
        told = f"{says.who} says v{series.number_in(State.SENT)} was applied to {says.where}"
        if state in (State.SENT, State.UNDER_REVIEW, State.CHANGES_ASKED):
            left = f"; {step}" if open_comments else ""
            state, step = State.SAYS_APPLIED, f"{told}, and nothing here shows it: {ask} would{left}"
        else:
            step = f"{step} ({told}; {ask} would show it)"
    return Standing(state, open_comments, step, quiet, patchwork, profile.name)


def needs_mail(series: Series, state: State) -> bool:
    """Whether where a series stands is not known before its mail was read: it was sent, and neither a cut-off send nor
    a tree that holds it says more than mail could."""
    return bool(series.revisions) and state not in (State.SENDING, State.APPLIED)


def _where(
    series: Series,
    profile: Profile,
    errors: int | None,
    open_comments: int,
    replies: int,
    window: Window | None,
    quiet: int | None,
) -> tuple[State, str]:
    last = series.last
    open_ones = f"{open_comments} open {'comment' if open_comments == 1 else 'comments'}"
    if not series.patches:
        return State.EMPTY, "commit your first patch: `git commit -s`"
    if last and series.next_floor <= last.number and _unchanged(series):
        if open_comments:
            return State.CHANGES_ASKED, f"{open_ones}: `patchflow todo`, then `patchflow respin`"
        if replies:
            return State.UNDER_REVIEW, "all comments are dealt with: `patchflow trailers`, then `patchflow respin`"
        if quiet is not None and quiet >= 14 and not (window and window.state == WindowState.CLOSED):
            return State.SENT, f"no answer for {quiet} days: a polite ping is due, `patchflow reply --nudge`"
        return State.SENT, "wait for review: `patchflow fetch` takes replies in"
    if errors is None:
        return State.DRAFTING, "check it: `patchflow check`"
    if errors:
        word = "error" if errors == 1 else "errors"
        return State.DRAFTING, f"{errors} {word} to mend: `patchflow check`"
    if len(series.patches) >= profile.cover_from and (series.cover is None or series.cover.is_unfilled):
        return State.DRAFTING, "write the cover letter: `patchflow cover --edit`"
    number = series.next_revision
    if last and open_comments:
        return State.CHANGES_ASKED, f"{open_ones} before v{number} goes out: `patchflow todo`"
    if window and window.state == WindowState.CLOSED and profile.window.kind == "netdev":
        until = f" until about {window.until:%d %b}" if window.until else ""
        return State.READY, f"{window.tree} is closed{until}: wait, or `patchflow send --rfc`"
    return State.READY, f"send v{number}: `patchflow send`"


def _unchanged(series: Series) -> bool:
    """Whether the patches are those of the last revision."""
    last = series.last
    sent = [m.commit for m in last.messages if m.part or m.commit] if last else []
    return sent == [patch.commit for patch in series.patches]


def series_json(series: Series, stands: Standing) -> dict[str, Any]:
    """One series of `status --json`."""
    return {
        "name": series.name,
        "branch": series.branch,
        "profile": stands.profile,
        "base": series.base,
        "base_ref": series.base_ref,
        "change_id": series.change_id,
        "revision": series.next_revision,
        "state": str(stands.state),
        "next_step": stands.next_step,
        "open_comments": stands.open_comments,
        "days_quiet": stands.days_quiet,
        "patches": [{"commit": p.commit, "subject": p.subject} for p in series.patches],
        "sent": [
            {"revision": r.number, "date": r.date.isoformat(), "message_ids": [m.message_id for m in r.messages],
             "tried": list(r.evidence)}
            for r in series.revisions
        ],
        "patchwork": patchwork_json(stands.patchwork),
    }  # fmt: skip


def patchwork_json(patches: Sequence[PatchState]) -> list[dict[str, Any]]:
    """What Patchwork said, for scripts."""
    return [asdict(patch) for patch in patches]
