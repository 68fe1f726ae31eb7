"""Series that are put away: out of status and board, with every ref, setting and record kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from patchflow.adapters.mail.outbox import Outbox
from patchflow.errors import PatchflowError, UsageError

if TYPE_CHECKING:
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone

_UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}
_LONGEST = 100 * 365


def parse_age(text: str) -> timedelta:
    """`90d`, `12w`, `6m` or `1y`; UsageError for anything else."""
    number, unit = text[:-1], text[-1:]
    days = int(number) * _UNITS.get(unit, 0) if number.isascii() and number.isdecimal() and len(number) < 5 else 0
    if unit not in _UNITS or not number.isdecimal() or days > _LONGEST:
        raise UsageError(f"{text[:40]!r} is not an age.", "For example: 90d, 12w, 6m, 1y.")
    return timedelta(days=days)


def archived(here: Clone) -> list[tuple[str, str]]:
    """The branches that were put away, each with the day."""
    return [(name, day) for name in here.store.names() if (day := here.store.setting(name, "archived"))]


def finished(here: Clone, age: timedelta, now: datetime | None = None) -> list[str]:
    """The series that nothing was done about for so long: sent, no newer version open, no commit since; none that is
    checked out here."""
    before = (now or datetime.now(UTC)) - age
    found = []
    for name in here.store.shown():
        try:
            series = here.store.load(name, with_diffs=False)
        except PatchflowError:
            continue  # a broken one is told by status
        if series.last and series.is_as_sent and name not in _checked_out(here) and _newest(series) < before:
            found.append(name)
    return found


def archive(here: Clone, names: Sequence[str]) -> None:
    """Puts series away, in one undoable step; UsageError for a branch that is none, PatchflowError for one whose send
    was cut off."""
    for name in names:
        change_id = _change_id(here, name)
        if Outbox.find(here.outbox, change_id) is not None:
            raise PatchflowError(
                f"A send of {name} was cut off and has not been finished, so nothing was put away.",
                "`patchflow send --resume` goes on with it.",
            )
    _mark(here, names, f"{datetime.now(UTC):%Y-%m-%d}", "archive")


def bring_back(here: Clone, names: Sequence[str]) -> None:
    """Brings series back, in one undoable step; UsageError for a branch that was not put away."""
    away = dict(archived(here))
    for name in names:
        if name not in away:
            raise UsageError(f"{name} was not put away.", "`patchflow archive --list` shows those that were.")
    _mark(here, names, "", "bring back")


def _mark(here: Clone, names: Sequence[str], day: str, verb: str) -> None:
    with here.store.ledger.lock():
        change = here.store.ledger.change(f"{verb} {', '.join(names)}")
        for name in names:
            here.store.plan_setting(change, name, "archived", day)
        here.store.ledger.commit(change)


def _change_id(here: Clone, name: str) -> str:
    change_id = here.store.setting(name, "change-id") if here.repository.has_branch(name) else ""
    if not change_id:
        raise UsageError(f"{name[:80]!r} is not a series of this clone.", "`patchflow status --all` lists them.")
    return change_id


def _checked_out(here: Clone) -> tuple[str, ...]:
    try:
        return (here.repository.current_branch(),)
    except PatchflowError:
        return ()


def _newest(series: Series) -> datetime:
    dates = [patch.date for patch in series.patches if patch.date] + [one.date for one in series.revisions]
    return max(date if date.tzinfo else date.replace(tzinfo=UTC) for date in dates)
