"""Trailers and the next revision: what would be written, before it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from patchflow.domain.comment import Comment, CommentState
from patchflow.domain.series import Series
from patchflow.services.respin import changelog
from patchflow.services.trailers import TrailerPlan
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row


def trailer_rows(series: Series, plan: TrailerPlan, messages: Mapping[str, str]) -> list[Row]:
    """What goes into which commit, and what does not, with the reason."""
    rows: list[Row] = []
    for patch in series.patches:
        rows.append(Row(patch.subject, "head"))
        given = plan.patches.get(patch.commit, ())
        rows += [Row(f"  + {trailer}", "add") for trailer in given] or [Row("  nothing new", "dim")]
    if plan.rejected:
        rows += [Row(""), Row("not taken", "head")]
    rows += [Row(f"  {one.trailer}: {one.why}", "warning") for one in plan.rejected]
    if messages:
        words = f"{len(messages)} commit message(s) get new hashes; {key('undo')} takes it back."
        rows += [Row(""), Row(words, "note")]
    return rows


def respin_rows(
    series: Series, comments: Sequence[Comment], plan: TrailerPlan, messages: Mapping[str, str]
) -> list[Row]:
    """What the next revision begins with: trailers, changelog, and what is still open."""
    last = series.last
    rows = trailer_rows(series, plan, messages)
    if last is not None:
        rows += [Row(""), Row(f"Changes in v{last.number + 1}", "head")]
        rows += [Row(f"  {line}", "add") for line in changelog(last, comments, plan)]
    still = [c for c in comments if c.state == CommentState.OPEN]
    if still:
        rows += [Row(""), Row("still open", "head")]
        rows += [Row(f"  {c.author.name}: {' '.join(c.text.split())[:90]}", "warning") for c in still]
    return rows
