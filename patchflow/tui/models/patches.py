"""Patches: the list, and a patch as its message and diff with the findings on their lines."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from patchflow.domain.diff import FileDiff, Hunk
from patchflow.domain.finding import Finding, Severity
from patchflow.domain.patch import Patch
from patchflow.flow.check.judge import Report
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row, Spot, diff_row, in_sides
from patchflow.tui.models.series import SeriesModel, findings_in
from patchflow.tui.models.syntax import changed_words

_MOST_ROWS = 100_000  # some 30 MB
CONTEXT = 3  # lines around a change, as in the mails
CONTEXTS = (CONTEXT, 10, 30, 100_000)
MARKS = {Severity.ERROR: "E", Severity.WARNING: "W", Severity.ADVICE: "i"}


def other_context(now: int, step: int) -> tuple[int, str]:
    """The place in CONTEXTS a step on, and what it means in words."""
    place = max(0, min(now + step, len(CONTEXTS) - 1))
    lines = CONTEXTS[place]
    return place, "the whole files" if lines > 1000 else f"{lines} lines around each change"


def patch_rows(model: SeriesModel) -> list[Row]:
    """One line a patch, and what was found in it."""
    if model.read is None:
        return [Row("reading …", "dim")]
    rows = [Row(_title(model, number, patch), _kind(model, patch), patch.commit)
            for number, patch in enumerate(in_order(model), start=1)]  # fmt: skip
    if not rows:
        rows = [Row(f"No patch yet; {key('commit')} in {key('go-work')} Work commits what you change.", "dim")]
    if model.order:
        on = f"{key('move-down')} and {key('move-up')} go on, {key('stop')} forgets it"
        rows.append(Row(f"new order, not written: {key('write-order')} writes it, {on}", "warning"))
    if model.read.dirty:
        more = f" and {len(model.read.dirty) - 2} more" if len(model.read.dirty) > 2 else ""
        files = f"{', '.join(model.read.dirty[:2])}{more}"
        rows.append(Row(f"uncommitted: {files}; {key('amend')} puts it into a patch", "note"))
    return rows


def in_order(model: SeriesModel) -> list[Patch]:
    """The patches in the order that W would write."""
    by_name = {patch.commit: patch for patch in model.patches}
    if set(model.order) != set(by_name):
        return list(model.patches)
    return [by_name[name] for name in model.order]


def place_of(ref: object) -> tuple[str, int] | None:
    """The file of the tree, and line, that a row or a patch stands for; None for messages."""
    if isinstance(ref, Patch):
        file = next((f for f in ref.files if f.new), None)
        return (file.new, file.hunks[0].new_start if file.hunks else 1) if file else None
    if isinstance(ref, Spot | Finding) and ref.file not in ("", "COMMIT_MSG", "cover"):
        return ref.file, ref.line
    return None


def _title(model: SeriesModel, number: int, patch: Patch) -> str:
    found = model.findings(patch.commit)
    marks = "".join(
        f" {sum(f.severity == severity for f in found)}{mark}"
        for severity, mark in MARKS.items()
        if any(f.severity == severity for f in found)
    )
    state = marks.strip() or ("ok" if model.report else "?")
    return f"{number:>2}/{len(model.patches)} {patch.commit[:9]} {state:8} {patch.subject}"


def _kind(model: SeriesModel, patch: Patch) -> str:
    found = model.findings(patch.commit)
    if any(f.severity == Severity.ERROR for f in found):
        return "error"
    return "warning" if any(f.severity == Severity.WARNING for f in found) else "plain"


def patch_text(patch: Patch, findings: Sequence[Finding] = (), sides: bool = False) -> list[Row]:
    """The whole patch; every finding stands below its line, those without a line at the top. With `sides` what was and
    what is stand beside each other."""
    by_place: dict[tuple[str, int], list[Finding]] = {}
    for finding in findings:
        by_place.setdefault((finding.file, finding.line), []).append(finding)
    rows = [Row(patch.subject, "head", Spot(patch.commit, "COMMIT_MSG", 1), True)]
    rows += [Row(f"    {patch.author}", "dim"), Row(f"    commit {patch.commit[:12]}", "dim")]
    rows += _found(
        by_place.pop(("", 0), []) + by_place.pop(("COMMIT_MSG", 0), []) + by_place.pop(("COMMIT_MSG", 1), [])
    )
    for number, line in enumerate(patch.message.rstrip("\n").split("\n")[1:], start=2):
        rows.append(Row(f"    {line}", "plain", Spot(patch.commit, "COMMIT_MSG", number)))
        rows += _found(by_place.pop(("COMMIT_MSG", number), []))
    rows.append(Row(""))
    for file in patch.files:
        rows += _file(patch.commit, file, by_place, sides)
    left = [finding for group in by_place.values() for finding in group]
    return rows + ([Row("elsewhere:", "head"), *_found(left, places=True)] if left else [])


class PatchTexts:
    """The patches of a series as rows: of a large one they are made once, and ahead of who looks, in any thread."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, int, bool], tuple[Report | None, list[Row]]] = {}
        self._turn = threading.Lock()

    def of(self, patch: Patch, report: Report | None, context: int = CONTEXT, sides: bool = False) -> list[Row]:
        """One patch with what a report found in it; the same rows each time. `context` says how much of it the patch
        holds."""
        rows = self.kept(patch, report, context, sides)
        if rows is None:
            rows = patch_text(patch, findings_in(report, patch.commit), sides)
            with self._turn:  # the report is kept, so that its id is its own
                self._kept[patch.commit, id(report), context, sides] = (report, rows)
                while len(self._kept) > 2 and sum(len(rows) for _, rows in self._kept.values()) > _MOST_ROWS:
                    self._kept.pop(next(iter(self._kept)))
        return rows

    def kept(self, patch: Patch, report: Report | None, context: int, sides: bool) -> list[Row] | None:
        """The same where it was made already."""
        kept = self._kept.get((patch.commit, id(report), context, sides))
        return kept[1] if kept else None

    def prepare(self, patches: Sequence[Patch], report: Report | None) -> None:
        """Makes them ahead, as many as are kept."""
        lines = 0
        for patch in patches:
            lines += patch.diff.count("\n")
            if lines > _MOST_ROWS // 2:
                return
            self.of(patch, report)


def files_rows(files: Sequence[FileDiff], commit: str = "") -> list[Row]:
    """A diff without a message."""
    return [row for file in files for row in _file(commit, file, {})]


def _file(
    commit: str, file: FileDiff, by_place: dict[tuple[str, int], list[Finding]], sides: bool = False
) -> list[Row]:
    what = "new file " if file.is_new else ("removed " if not file.new else "")
    rename = f" (was {file.old})" if file.old and file.new and file.old != file.new else ""
    rows = [Row(f"{what}{file.path}{rename}", "meta", Spot(commit, file.path, 0), True)]
    rows += _found(by_place.pop((file.path, 0), []))
    if file.binary:
        rows.append(Row("     binary, not shown", "dim"))
    for hunk in file.hunks:
        rows.append(
            Row(f"@@ {hunk.new_start} @@ {hunk.section}", "hunk", Spot(commit, file.path, hunk.new_start), True)
        )
        for row in (_beside if sides else _below)(commit, file.path, hunk):
            rows.append(row)
            if by_place and row.ref.line:
                rows += _found(by_place.pop((file.path, row.ref.line), []))
    return rows


def _below(commit: str, path: str, hunk: Hunk) -> list[Row]:
    """The lines of a hunk one below the other."""
    changed = changed_words(hunk.lines)
    return [diff_row(text, new or old, Spot(commit, path, new), path, changed.get(at, ()))
            for at, (text, old, new) in enumerate(hunk.numbered())]  # fmt: skip


def _beside(commit: str, path: str, hunk: Hunk) -> list[Row]:
    """The lines of a hunk with what was at the left and what is at the right."""
    changed = changed_words(hunk.lines)

    def side(at: int, text: str, number: int, new: int) -> Row:
        return diff_row(text, number, Spot(commit, path, new), path, changed.get(at, ()))

    return in_sides(
        (side(at, text, old, new), side(at, text, new, new))
        for at, (text, old, new) in enumerate(hunk.numbered()) if text[:1] != "\\"
    )  # fmt: skip


def _found(findings: Sequence[Finding], places: bool = False) -> list[Row]:
    return [finding_row(finding, "      ^ ", places) for finding in findings]


def finding_row(finding: Finding, indent: str = "", places: bool = False) -> Row:
    """A finding as one line: its mark, place, words and rule."""
    place = f"{finding.file}:{finding.line}: " if places and finding.file else ""
    text = f"{indent}{MARKS[finding.severity]} {place}{finding.text} [{finding.rule}]"
    return Row(text, str(finding.severity), finding)
