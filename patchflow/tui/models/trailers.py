"""Trailers and the next revision: what would be written, before it is; each trailer is ticked by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from patchflow.domain.comment import Comment
from patchflow.domain.series import Series
from patchflow.flow.series.respin import ChangeLine, changelog
from patchflow.flow.series.trailer_choice import Offered, TrailerPlan
from patchflow.formats.counted import many
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row


def trailer_rows(series: Series, plan: TrailerPlan, ticked: Collection[int]) -> list[Row]:
    """What is offered for which commit with who sent it, what is ticked, and what goes nowhere, with the reason."""
    rows: list[Row] = []
    for patch in series.patches:
        rows.append(Row(patch.subject, "head"))
        rows += [_row(one, one.number in ticked) for one in plan.of(patch.commit)] or [Row("  nothing new", "dim")]
    if plan.rejected:
        rows += [Row(""), Row("not taken", "head")]
    rows += [Row(f"  {one.trailer}: {one.why}", "warning") for one in plan.rejected]
    if plan.offered:
        count = len(plan.chosen(ticked).patches)
        words = f"{key('tick')} ticks a trailer, or takes the tick away."
        words += f" {many(count, 'commit')} anew; {key('undo')} takes it back." if count else ""
        rows += [Row(""), Row(words, "note")]
    return rows


def _row(one: Offered, ticked: bool) -> Row:
    kind = "warning" if one.given.mismatch else "add" if ticked else "dim"
    return Row(f"  [{'x' if ticked else ' '}] {one.given.trailer}  ({one.who})", kind, one.number)


def respin_rows(
    series: Series, comments: Sequence[Comment], plan: TrailerPlan, ticked: Collection[int], form: ChangeLine
) -> list[Row]:
    """What the next revision begins with: trailers, changelog, and what is still open."""
    last = series.last
    rows = trailer_rows(series, plan, ticked)
    if last is not None:
        rows += [Row(""), Row(f"Changes in v{last.number + 1}", "head")]
        rows += [Row(f"  {line}", "add") for line in changelog(last, comments, plan.chosen(ticked), form)]
    still = [c for c in comments if c.waits]
    if still:
        rows += [Row(""), Row("still open", "head")]
        rows += [Row(f"  {c.author.name}: {' '.join(c.text.split())[:90]}", "warning") for c in still]
    return rows
