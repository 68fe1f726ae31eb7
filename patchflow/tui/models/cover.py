"""Cover: the letter as it will be mailed, with the list of patches git puts below it."""

from __future__ import annotations

from patchflow.flow.check.judge import has_cover, prefix_of
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row
from patchflow.tui.models.series import SeriesModel


def cover_rows(model: SeriesModel) -> list[Row]:
    """The letter; or why there is none."""
    if model.read is None:
        return [Row("reading …", "dim")]
    series, facts = model.series, model.read.profile
    count = len(series.patches)
    version = f" v{series.next_revision}" if series.next_revision > 1 else ""
    cover = series.cover
    rows: list[Row] = []
    if not has_cover(series, facts):
        why = f"{count} patch{'es' if count != 1 else ''}: no cover letter goes out"
        rows.append(Row(f"{why}; with one patch this text goes below its `---` line.", "note"))
    if cover is None:
        return [*rows, Row(f"There is no cover letter; {key('edit-cover')} writes one.", "warning")]
    if cover.is_unfilled:
        rows.append(Row(f"A placeholder still stands in it; {key('edit-cover')} opens the editor.", "warning"))
    width = len(str(count))
    bracket = f"{series.presubject}[{prefix_of(series, facts)}{version} {'0' * width}/{count}]"
    rows += [Row(f"Subject: {bracket} {cover.subject}", "head"), Row("")]
    for line in cover.body.split("\n"):
        rows.append(Row(line, "strong" if line.startswith("Changes in v") else "plain"))
    rows.append(Row(""))
    if count:
        rows.append(Row(f"{series.patches[0].author.name} ({count}):", "dim"))
    rows += [Row(f"  {patch.subject}", "dim") for patch in series.patches]
    rows += [Row(""), Row(f"base-commit: {series.foundation}", "dim"), Row(f"change-id: {series.change_id}", "dim")]
    rows += [Row(f"prerequisite-{entry}", "dim") for entry in series.depends if not entry.startswith("base-commit")]
    return rows
