"""Revisions: what was sent, what is open, and the range-diff of any two."""

from __future__ import annotations

from patchflow.formats.counted import many
from patchflow.tui.models.rows import Row
from patchflow.tui.models.series import SeriesModel


def revision_names(model: SeriesModel) -> list[str]:
    """v1, v2 …, and `now` for the branch."""
    return [f"v{r.number}" for r in model.series.revisions] + ["now"] if model.read else []


def revision_rows(model: SeriesModel) -> list[Row]:
    """One line a revision; the one that is compared from is marked."""
    if model.read is None:
        return [Row("reading …", "dim")]
    series = model.series
    rows: list[Row] = []
    for revision in series.revisions:
        name = f"v{revision.number}"
        words = f"{name:4} sent {revision.date:%Y-%m-%d %H:%M}, {many(len(revision.messages), 'message')}"
        extra = " RFC" if revision.rfc else ""
        rows.append(Row(f"{_mark(model, name)}{words}{extra}", "plain", name))
        for rule, reason in revision.overrides:
            rows.append(Row(f"      {rule} was let through: {reason}", "dim"))
    rows.append(Row(f"{_mark(model, 'now')}now  the branch, to become v{series.next_revision}", "strong", "now"))
    if len(rows) == 1:
        rows.append(Row("  Nothing was sent yet.", "dim"))
    return rows


def _mark(model: SeriesModel, name: str) -> str:
    return "+ " if compared_from(model) == name else "  "


def compared_from(model: SeriesModel) -> str:
    """The revision that others are compared with: the marked one, else the last that was sent."""
    names = revision_names(model)
    if model.left in names:
        return model.left
    return names[-2] if len(names) > 1 else ""


def pair(model: SeriesModel, name: str) -> tuple[str, str] | None:
    """The two revisions to compare, the older first; None where there is only one."""
    names = revision_names(model)
    left = compared_from(model)
    if left == name and len(names) > 1:
        left = names[max(0, names.index(name) - 1)] if names.index(name) else names[1]
    if not left or left == name:
        return None
    return (left, name) if names.index(left) < names.index(name) else (name, left)


def range_rows(model: SeriesModel, names: tuple[str, str], text: str) -> list[Row]:
    """git's range-diff in colours, then what each comment of the older revision led to."""
    rows = [Row(f"range-diff {names[0]} .. {names[1]}", "head")]
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    rows += [Row(line, _kind(line), None, True) for line in lines] or [Row("no difference", "dim")]
    led = [c for c in (model.read.comments if model.read else ()) if f"v{c.revision}" == names[0]]
    if led:
        rows += [Row(""), Row(f"what the comments on {names[0]} led to", "head")]
    for comment in led:
        words = " ".join(comment.text.split())[:70]
        kind = "warning" if comment.waits else "plain"
        tail = f" ({comment.reason})" if comment.reason else ""
        rows.append(Row(f"{comment.state}{tail}: {comment.author.name}: {words}", kind))
    return rows


def _kind(line: str) -> str:
    if line[:1] not in (" ", ""):
        return "meta"
    inner = line[4:]
    if inner.startswith(("@@", " @@", "+@@", "-@@")):
        return "hunk"
    return {"+": "add", "-": "del"}.get(inner[:1], "dim")
