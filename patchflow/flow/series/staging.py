"""What is staged and what is thrown away, by file, hunk and line: each change is one undoable step.

Staging touches no file; what is discarded of files is kept whole in its step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.adapters.git.index import (
    diff,
    diff_of_new,
    entries,
    entries_after,
    entries_of,
    file_of,
    file_without,
    untracked,
)
from patchflow.adapters.git.work_files import read_work_file
from patchflow.domain.diff import FileDiff
from patchflow.errors import UsageError
from patchflow.flow.series.rewrite import current
from patchflow.formats.counted import many
from patchflow.formats.patch.diff import parse_diff
from patchflow.formats.patch.part import part_of
from patchflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchflow.flow.clone import Clone
    from patchflow.formats.patch.part import Chosen

_MOST = 1_000_000  # bytes of a file that git does not know, to be shown


@dataclass(frozen=True, slots=True)
class Work:
    """The work tree: its branch ("" on none), what its files have that is not staged, what is staged, and the files
    that git does not know."""

    branch: str
    changed: tuple[FileDiff, ...]
    staged: tuple[FileDiff, ...]
    unknown: tuple[str, ...]

    def paths(self) -> set[str]:
        """Every path that is not as HEAD has it."""
        return {one.path for one in (*self.changed, *self.staged)} | set(self.unknown)

    def file(self, path: str, staged: bool) -> FileDiff | None:
        """The change of a path on one side."""
        return next((one for one in (self.staged if staged else self.changed) if one.path == path), None)


def read_work(here: Clone, context: int = 3) -> Work:
    """The work tree as it is now; `context` lines stand around each change."""
    changed, staged = (parse_diff(diff(here.git, f"-U{context}", *words)) for words in ((), ("--cached",)))
    return Work(current(here), changed, staged, tuple(untracked(here.git)))


def unknown_file(here: Clone, path: str) -> FileDiff:
    """A file that git does not know, as the change that brings it in; without its lines where it is a large one."""
    place = here.repository.folder / path
    if not place.is_symlink() and place.is_file() and place.stat().st_size > _MOST:
        return FileDiff("", path, binary=True)
    return next(iter(parse_diff(diff_of_new(here.git, path))), FileDiff("", path))


def toggle_file(here: Clone, path: str, staged: bool) -> None:
    """All of a file into the index, or what is `staged` of it out again."""
    after = (
        entries_of(here.git, "HEAD", [path])
        if staged
        else entries_after(here.git, [path], "--literal-pathspecs", "add", "-A", "--", path)
    )
    _keep(here, path, after.get(path, ""), f"{_VERB[staged]} {path}")


def toggle_lines(here: Clone, file: FileDiff, chosen: Chosen, staged: bool) -> None:
    """Lines of a file's diff into the index, or `staged` ones out again."""
    patch = part_of(file, chosen, reverse=staged)
    if not patch:
        raise UsageError("Those lines change nothing.", "Choose lines that begin with + or -.")
    words = ["apply", "--cached", "--whitespace=nowarn", *(["--reverse"] if staged else []), "-"]
    after = entries_after(here.git, [file.path], *words, stdin=patch.encode("utf-8", "surrogateescape"))
    count = sum(file.hunks[hunk].lines[line][:1] in "+-" for hunk, line in chosen)
    _keep(here, file.path, after.get(file.path, ""), f"{_VERB[staged]} {many(count, 'line')} of {file.path}")


def discard(here: Clone, shown: Sequence[FileDiff], chosen: Chosen | None = None, context: int = 3) -> None:
    """Throws away what files have that is not staged, or only the `chosen` lines of one; a file that git does not know
    goes whole. Refused where a file is not as it was shown, with so many lines of `context`."""
    ledger = here.store.ledger
    with ledger.lock():
        work, known = read_work(here, context), entries(here.git, [one.path for one in shown])
        what = shown[0].path if len(shown) == 1 else many(len(shown), "file")
        if chosen is not None:
            count = sum(shown[0].hunks[hunk].lines[line][:1] in "+-" for hunk, line in chosen)
            what = f"{many(count, 'line')} of {what}"
        change = ledger.change(f"discard {what}")
        for file in shown:
            path, entry = file.path, known.get(file.path, "")
            if file not in (work.changed if entry else [unknown_file(here, path)]):
                raise UsageError(f"{path} was changed since it was shown.", "Look at it again; nothing was changed.")
            stands = read_work_file(here.repository.folder, path)
            if chosen is None:
                change.work[path] = (stands, file_of(here.git, path, entry))
            elif patch := part_of(file, chosen, reverse=True):
                left = file_without(here.git, path, stands, patch.encode("utf-8", "surrogateescape"))
                change.work[path] = (stands, left)
            else:
                raise UsageError("Those lines change nothing.", "Choose lines that begin with + or -.")
        ledger.commit(change)


_VERB = {False: "stage", True: "unstage"}


def _keep(here: Clone, path: str, entry: str, title: str) -> None:
    ledger = here.store.ledger
    with ledger.lock():
        change = ledger.change(title)
        change.index[path] = (entries(here.git, [path]).get(path, ""), entry)
        ledger.commit(change)
