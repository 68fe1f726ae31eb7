"""What is done in the work tree: staging, commits and their messages, splits, a new base, files that do not merge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from patchflow.errors import ConflictError
from patchflow.flow.clone import Clone
from patchflow.flow.series import committing, conflicts, rebase, rewrite, staging

if TYPE_CHECKING:
    from patchflow.adapters.git.rewrite import Unmerged
    from patchflow.domain.diff import FileDiff
    from patchflow.domain.finding import Finding
    from patchflow.domain.patch import Patch
    from patchflow.domain.series import Series
    from patchflow.flow.series.rebase import Rebased
    from patchflow.flow.series.staging import Work
    from patchflow.formats.patch.part import Chosen

_Made = TypeVar("_Made")


def read_work(directory: str, context: int) -> Work:
    """The work tree as it is now, with so many lines around each change."""
    return staging.read_work(Clone(directory), context)


def unknown_file(directory: str, path: str) -> FileDiff:
    """A file that git does not know."""
    return staging.unknown_file(Clone(directory), path)


def toggle_file(directory: str, path: str, staged: bool) -> None:
    """All of a file into the index, or out of it."""
    staging.toggle_file(Clone(directory), path, staged)


def toggle_lines(directory: str, file: FileDiff, chosen: Chosen, staged: bool) -> None:
    """Lines into the index, or out of it."""
    staging.toggle_lines(Clone(directory), file, chosen, staged)


def discard(directory: str, shown: Sequence[FileDiff], chosen: Chosen | None, context: int) -> None:
    """What is not staged of files, or only lines of one, out of the work tree."""
    staging.discard(Clone(directory), shown, chosen, context)


def begin_commit(directory: str) -> tuple[Patch, str]:
    """What is staged, and what its message begins with."""
    here = Clone(directory)
    return committing.staged(here), committing.first_words(here)


def begun(directory: str, name: str, usual: str) -> str:
    """A message that was begun, else the usual one."""
    return committing.begun(Clone(directory), name) or usual


def keep_message(directory: str, name: str, text: str) -> None:
    """Keeps a message that is being written."""
    committing.keep(Clone(directory), name, text)


def judge_words(directory: str, series: Series, patch: Patch, message: str) -> tuple[Finding, ...]:
    """What the commit-msg hook would say."""
    here = Clone(directory)
    return committing.judged_words(here, here.profile_of(series), patch, message)


def judge_code(directory: str, series: Series, patch: Patch) -> tuple[Finding, ...]:
    """What the pre-commit hook would say."""
    here = Clone(directory)
    return committing.judged_code(here, here.profile_of(series), patch)


def commit(directory: str, series: Series, message: str) -> None:
    """Commits what is staged."""
    committing.commit(Clone(directory), series, message)


def parts_of(directory: str, commit: str) -> tuple[FileDiff, ...]:
    """What a patch changes, to be split."""
    return rewrite.parts_of(Clone(directory), commit)


def split(
    directory: str, series: Series, commit: str, lines: Mapping[str, Chosen], whole: Collection[str], message: str
) -> None:
    """A patch into two."""
    rewrite.split(Clone(directory), series, commit, lines, whole, message)


def rebased(directory: str, series: Series, ref: str) -> Rebased:
    """The series as it would be on another base."""
    return rebase.rebased(Clone(directory), series, ref)


def move_to_base(directory: str, series: Series, made: Rebased) -> None:
    """The branch to what was shown."""
    rebase.rebase(Clone(directory), series, made)


def bases(directory: str, series: Series) -> list[str]:
    """What a series may be put on: the tree's branches that were fetched, and tags, the newest first."""
    here = Clone(directory)
    words = ("for-each-ref", "--sort=-creatordate", "--format=%(refname:short)", "refs/remotes", "refs/tags")
    return [series.base_ref, *dict.fromkeys(here.git.run(*words).text.split())][:500]


def or_conflict(call: Callable[[], _Made]) -> _Made | ConflictError:
    """What a change returns, or the conflict that stops it."""
    try:
        return call()
    except ConflictError as error:
        return error


def is_resolved(directory: str, files: Collection[Unmerged]) -> dict[str, bool]:
    """Of each file that did not merge, by its key, whether the user said what it is to be."""
    here = Clone(directory)
    return {one.key: conflicts.is_resolved(here, one) for one in files}


def merged_text(directory: str, one: Unmerged) -> str:
    """A file as it is so far, git's marks in it."""
    return conflicts.text_of(Clone(directory), one)


def resolve_in_editor(directory: str, one: Unmerged) -> bool:
    """The file in the editor; whether it is resolved. Runs on the user's terminal."""
    return conflicts.edit(Clone(directory), one)


def resolve_in_tool(directory: str, one: Unmerged) -> bool:
    """The file in the merge tool; whether it is resolved. Runs on the user's terminal."""
    return conflicts.mergetool(Clone(directory), one)


def take_side(directory: str, one: Unmerged, side: int) -> None:
    """The file as one side has it: 1 what is there, 2 the patch's."""
    conflicts.take_side(Clone(directory), one, side)


def leave_open(directory: str, one: Unmerged) -> None:
    """The file waits again."""
    conflicts.leave_open(Clone(directory), one)
