"""Which version a send is: a number the user named, or a revision that was sent, as it was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from patchflow.errors import PatchflowError, UsageError
from patchflow.formats.patch.cover import parse_cover

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch
    from patchflow.domain.series import Revision, Series
    from patchflow.flow.clone import Clone


def read_number(word: str) -> int:
    """`3` or `v3`; 0 for "". UsageError for anything else."""
    digits = word.removeprefix("v")
    if not word:
        return 0
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 5 and int(digits)):
        raise UsageError(f"--revision wants a number such as 3 or v3, not {word[:40]!r}.")
    return int(digits)


def keep_number(here: Clone, series: Series, number: int, dry: bool = False) -> Series:
    """Keeps that the next version has at least this number, in one undoable step; with `dry` only the series that is
    given back knows. UsageError where it was sent already."""
    last = series.last.number if series.last else 0
    if number <= last:
        raise UsageError(
            f"v{last} of {series.name} was sent already, so the next version cannot be v{number}.",
            f"`patchflow send --resend --revision {number}` sends that one again." if number else "",
        )
    if dry or number == series.next_revision:
        return replace(series, next_floor=number)
    with here.store.changing(series):
        change = here.store.ledger.change(f"{series.name} is v{number}")
        here.store.plan_setting(change, series.branch, "revision", str(number))
        here.store.ledger.commit(change)
        return here.store.load(series.branch)


def as_sent(here: Clone, series: Series, number: int = 0) -> Series:
    """The series as a revision of it was sent (0: the last), whatever the branch has become since.

    UsageError where that was not sent, PatchflowError where its commits are not here; where none were recorded of the
    last one, the branch stands for it.
    """
    revision = next((one for one in series.revisions if one.number == number), None) if number else series.last
    if revision is None:
        what = f"v{number} of {series.name} was not sent" if number else f"{series.name} was never sent"
        raise UsageError(f"{what}, so it cannot be sent again.", "`patchflow status` shows what was.")
    earlier = tuple(one for one in series.revisions if one.number <= revision.number)
    if not revision.tip or not here.repository.try_resolve(revision.tip):
        if revision is series.last and not revision.tip:
            return series
        raise PatchflowError(f"The commits of v{revision.number} of {series.name} are not in this clone.")
    return replace(
        series, base=revision.base, tip=revision.tip, head="", patches=_patches(here, revision), revisions=earlier,
        cover=parse_cover(revision.cover) if revision.cover else None,
    )  # fmt: skip


def _patches(here: Clone, revision: Revision) -> tuple[Patch, ...]:
    commits = here.repository.commits_between(revision.start or revision.base, revision.tip)
    here.repository.preload(commits)
    return tuple(here.repository.patch(commit) for commit in commits)
