"""Work: the files of the work tree that differ from the last commit, what is staged of them, and their lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from patchflow.domain.diff import FileDiff
from patchflow.flow.series.rebase import APPLIES, fates
from patchflow.formats.counted import many
from patchflow.formats.patch.diff import parse_diff
from patchflow.formats.patch.part import part_of
from patchflow.named_tuple import NamedTuple
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row, diff_row, in_sides
from patchflow.tui.models.series import SeriesModel
from patchflow.tui.models.syntax import changed_words

if TYPE_CHECKING:
    from patchflow.domain.series import Series
    from patchflow.flow.series.rebase import Rebased

_MOST_UNKNOWN = 200  # files that git does not know, shown


class Part(NamedTuple):
    """A file's change, a hunk of it, or a line of that (both from 0, -1 for all); of what is `staged`, or of what is
    not."""

    staged: bool
    path: str
    hunk: int = -1
    line: int = -1


def work_rows(model: SeriesModel) -> list[Row]:
    """The files, what is not staged first."""
    if model.read is None or (model.read.checked_out and model.work is None):
        return [Row("reading …", "dim")]
    work = model.work
    if not model.read.checked_out or work is None:
        words = "The work tree is on another branch;", f"{key('switch')} on the board goes to this one."
        return [Row(line, "dim") for line in words]
    unknown = [Row(f"  new     {path}", "plain", Part(False, path)) for path in work.unknown[:_MOST_UNKNOWN]]
    if len(work.unknown) > _MOST_UNKNOWN:
        unknown.append(Row(f"  and {len(work.unknown) - _MOST_UNKNOWN} more that git does not know", "dim"))
    groups = (("not staged", [*_files(work.changed, False), *unknown]), ("staged", _files(work.staged, True)))
    rows = [row for title, found in groups if found for row in (Row(title, "head"), *found)]
    words = "Nothing is uncommitted;", f"{key('edit-file')} on a patch opens its file in the editor."
    return rows or [Row(line, "dim") for line in words]


def _files(files: Iterable[FileDiff], staged: bool) -> list[Row]:
    rows = []
    for file in files:
        lines = [line[:1] for hunk in file.hunks for line in hunk.lines]
        what = "new" if file.is_new else "gone" if not file.new else "changed"
        count = f"+{lines.count('+')} -{lines.count('-')}" if file.hunks else "binary" if file.binary else "mode"
        rows.append(Row(f"  {what:7} {file.path}  {count}", "plain", Part(staged, file.path)))
    return rows


def part_rows(
    file: FileDiff, staged: bool, chosen: Collection[Part] = (), mark: str = "", sides: bool = False
) -> list[Row]:
    """A file's change, each row standing for its part; those chosen bear a mark in place of their number. With `sides`
    what was stands beside what is."""
    rows = [Row(file.path, "meta", Part(staged, file.path), True)]
    if file.old_mode and file.new_mode and file.old_mode != file.new_mode:
        rows.append(Row(f"mode {file.old_mode} -> {file.new_mode}", "dim"))
    if file.binary:
        rows.append(Row("     binary or very large, not shown", "dim"))
    for number, hunk in enumerate(file.hunks):
        head = f"@@ {hunk.new_start} @@ {hunk.section}"
        rows.append(Row(head, "hunk", Part(staged, file.path, number), True))
        changed = changed_words(hunk.lines)
        lines = [(text, old, new, Part(staged, file.path, number, at), changed.get(at, ()))
                 for at, (text, old, new) in enumerate(hunk.numbered())]  # fmt: skip
        if sides:
            rows += in_sides((diff_row(text, old, part, file.path, words), diff_row(text, new, part, file.path, words))
                             for text, old, new, part, words in lines if text[:1] != "\\")  # fmt: skip
            continue
        for text, old, new, part, words in lines:
            row = diff_row(text, new or old, part, file.path, words)
            rows.append(row._replace(text=f"{mark:>5}{row.text[5:]}") if part in chosen else row)
    if Part(staged, file.path) in chosen:
        rows[0] = rows[0]._replace(text=f"{mark} {file.path}")
    return rows


def lines_of(file: FileDiff, parts: Iterable[Part]) -> set[tuple[int, int]]:
    """The lines that parts of a file's change stand for: (hunk, line)."""
    found: set[tuple[int, int]] = set()
    for part in parts:
        for number, hunk in enumerate(file.hunks):
            if part.hunk in (number, -1):
                found |= {(number, at) for at in range(len(hunk.lines)) if part.line in (at, -1)}
    return {(hunk, line) for hunk, line in found if file.hunks[hunk].lines[line][:1] in ("+", "-")}


def place_in(file: FileDiff, part: Part) -> tuple[str, int]:
    """The file and line that a part is about, for an editor."""
    if part.hunk < 0 or part.hunk >= len(file.hunks):
        return file.path, file.hunks[0].new_start if file.hunks else 1
    hunk = file.hunks[part.hunk]
    return file.path, hunk.new_start + sum(line[:1] in (" ", "+") for line in hunk.lines[: max(part.line, 0)])


def only_lines(file: FileDiff, chosen: Collection[tuple[int, int]]) -> FileDiff:
    """A file's change with the chosen lines alone."""
    return next(iter(parse_diff(part_of(file, chosen))), file)


def rebase_rows(series: Series, made: Rebased) -> list[Row]:
    """What becomes of each patch on another base."""
    rows = [Row(f"from {series.base_ref} ({series.base[:12]})", "plain"),
            Row(f"to   {made.ref} ({made.base[:12]}), {many(made.ahead, 'commit')} on", "plain"), Row("")]  # fmt: skip
    for patch, words in fates(series, made):
        rows.append(Row(f"  {patch.subject}: {words}", "note" if words != APPLIES else "plain"))
    return rows
