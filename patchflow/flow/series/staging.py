"""What is staged, by file, hunk and line: each change of the index is one undoable step, and no file is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.adapters.git.index import diff, diff_of_new, entries, entries_after, entries_of, untracked
from patchflow.domain.diff import FileDiff
from patchflow.errors import UsageError
from patchflow.flow.series.rewrite import current
from patchflow.formats.counted import many
from patchflow.formats.patch.diff import parse_diff
from patchflow.formats.patch.part import part_of
from patchflow.values import dataclass

if TYPE_CHECKING:
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


def read_work(here: Clone) -> Work:
    """The work tree as it is now."""
    changed, staged = (parse_diff(diff(here.git, *words)) for words in ((), ("--cached",)))
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


_VERB = {False: "stage", True: "unstage"}


def _keep(here: Clone, path: str, entry: str, title: str) -> None:
    ledger = here.store.ledger
    with ledger.lock():
        change = ledger.change(title)
        change.index[path] = (entries(here.git, [path]).get(path, ""), entry)
        ledger.commit(change)
