"""Changes the patches of a series (order, message, squashed, dropped, amended, split): each one undoable step.

The new commits are made in the object store; files of the work tree move only where the last commit's content
changes, and then never over uncommitted work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.adapters.git.index import diff, entries_of, tree_with
from patchflow.adapters.git.rewrite import Pick, commit_like
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.send.posting import start_of
from patchflow.flow.series.conflicts import forget, replaying
from patchflow.flow.series.squashed import joined, target_of
from patchflow.formats.patch.diff import parse_diff
from patchflow.formats.patch.part import part_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from patchflow.adapters.git.rewrite import Unmerged
    from patchflow.domain.diff import FileDiff
    from patchflow.domain.series import Series
    from patchflow.formats.patch.part import Chosen


def reorder(here: Clone, series: Series, order: Sequence[str]) -> None:
    """The patches in another order."""
    if sorted(order) != sorted(_names(series)):
        raise UsageError("The patches are no longer those that were put in order; they were changed meanwhile.")
    _replay(here, series, [_pick(name) for name in order], f"reorder the patches of {series.name}")


def drop(here: Clone, series: Series, commit: str) -> None:
    """A patch out of the series."""
    names = _names(series)
    _place(names, commit)
    refuse_dirty(here, series)
    _replay(here, series, [_pick(n) for n in names if n != commit], f"drop a patch of {series.name}")


def squash(here: Clone, series: Series, commit: str, message: str = "") -> None:
    """A patch into the one before, or into that its `fixup!` names; without a message the first one's stays, with the
    trailers of both."""
    names = _names(series)
    at = _place(names, commit)
    into = target_of(series.patches, commit)
    if into is None:
        raise UsageError(
            "There is no patch before the first to squash it into." if at == 0 else "No patch before it has that title."
        )
    picks = [_pick(name) for name in names if name != commit]
    picks[names.index(into.commit)] = Pick((into.commit, commit), message or joined(into, series.patches[at]))
    _replay(here, series, picks, f"squash a patch of {series.name}")


def parts_of(here: Clone, commit: str) -> tuple[FileDiff, ...]:
    """What a patch changes, to be split: each path by itself."""
    return parse_diff(diff(here.git, f"{commit}^", commit))


def split(
    here: Clone, series: Series, commit: str, lines: Mapping[str, Chosen], whole: Collection[str], message: str
) -> None:
    """A patch into two: the chosen lines of some paths (by `parts_of`), and `whole` paths, into the first, which gets
    the message; the rest stays in the second, with its own."""
    names = _names(series)
    _place(names, commit)
    need_message(message)
    found = entries_of(here.git, commit, list(whole)) if whole else {}
    texts = [part_of(file, lines[file.path]) for file in parts_of(here, commit)
             if file.path in lines and file.path not in whole]  # fmt: skip
    below = here.repository.parents(commit)[0]
    start, end = (here.repository.tree(name) for name in (below, commit))
    tree = tree_with(here.git, start, {path: found.get(path, "") for path in whole},
                     "".join(texts).encode("utf-8", "surrogateescape"))  # fmt: skip
    if tree in (start, end):
        raise UsageError("All of the patch, or nothing of it, would be in the first one.", "Choose some of its lines.")
    first = commit_like(here.repository, commit, tree, below, message.rstrip("\n") + "\n")
    second = commit_like(here.repository, commit, end, first)
    picks = [_pick(one) for name in names for one in ([first, second] if name == commit else [name])]
    _replay(here, series, picks, f"split a patch of {series.name}")


def need_message(text: str) -> None:
    """UsageError for an empty message, as git too leaves a commit as it was then."""
    if not text.strip():
        raise UsageError("The message is empty.", "Nothing was changed.")


def reword(here: Clone, series: Series, messages: dict[str, str], title: str = "") -> None:
    """New messages by commit; the contents stay."""
    for text in messages.values():
        need_message(text)
    commits = here.repository.commits_between(series.base, series.branch_tip)
    made = here.store.rewrite(commits, {key: text.rstrip("\n") + "\n" for key, text in messages.items()})
    _move(here, series, made, title or f"reword a patch of {series.name}")


def uncommitted(here: Clone) -> tuple[str, bool]:
    """What would be amended, as a diff: what is staged (True), else all uncommitted changes of tracked files."""
    if staged := diff(here.git, "--cached"):
        return staged, True
    return diff(here.git, "HEAD"), False


def amend(here: Clone, series: Series, commit: str, staged: bool = False) -> None:
    """The uncommitted changes of tracked files (or only what is `staged`) into a patch; the files stay as they are,
    before and after an undo. Where a later patch changes the same lines, it becomes what makes the files so."""
    if current(here) != series.branch:
        raise PatchflowError(f"The work tree is on another branch than {series.branch}.", "`git switch` to it first.")
    names = _names(series)
    at = _place(names, commit)
    before = here.repository.tree(series.branch_tip)
    if staged:
        after = here.git.run("write-tree").text.strip()
    else:
        kept = here.git.run("stash", "create").text.strip()
        after = here.repository.tree(kept) if kept else before
    if after == before:
        raise UsageError("There is nothing uncommitted to put into the patch.", "Edit a file first (E opens one).")
    picks = [Pick((name,), extra=(before, after) if n == at else None) for n, name in enumerate(names)]
    replay = replaying(here, final=after)
    tip = replay(start_of(here.repository, series), [*picks, *_cover_above(series)])
    if here.repository.tree(tip) != after:
        raise PatchflowError(
            "A later patch changes the same lines, so the result would not be what the files are now.",
            "Nothing was changed. Commit the change by itself, and move and squash it where it belongs.",
        )
    _move(here, series, tip, f"amend a patch of {series.name}", "index" if staged else "files", replay.files)


def current(here: Clone) -> str:
    """The branch HEAD is on, "" where it is detached."""
    try:
        return here.repository.current_branch()
    except PatchflowError:
        return ""


def _names(series: Series) -> list[str]:
    if any(patch.parents != 1 for patch in series.patches):
        raise PatchflowError(f"{series.name} holds a merge, which cannot be moved.", "Rebase the branch first.")
    return [patch.commit for patch in series.patches]


def _place(names: Sequence[str], commit: str) -> int:
    if commit not in names:
        raise UsageError("That patch is no longer in the series; it was changed meanwhile.")
    return names.index(commit)


def _pick(name: str) -> Pick:
    return Pick((name,))


def _cover_above(series: Series) -> list[Pick]:
    """b4's cover commit where it stands above the patches: it goes along."""
    return [_pick(series.head)] if series.head else []


def refuse_dirty(here: Clone, series: Series) -> None:
    """Dropping changes files: not over uncommitted work."""
    if current(here) == series.branch and (dirty := here.git.is_dirty()):
        raise PatchflowError(
            f"There are uncommitted changes in {', '.join(dirty[:3])}.",
            "Commit or stash them first; nothing was changed.",
        )


def _replay(here: Clone, series: Series, picks: Sequence[Pick], title: str) -> None:
    replay = replaying(here)
    tip = replay(start_of(here.repository, series), [*picks, *_cover_above(series)])
    _move(here, series, tip, title, merged=replay.files)


def _move(here: Clone, series: Series, tip: str, title: str, keep: str = "", merged: Sequence[Unmerged] = ()) -> None:
    """The branch goes to the commits made, where the series is still the one they were made from. `keep`: the work
    tree's `files`, or its `index` too, stay as they are."""
    with here.store.changing(series):
        change = here.store.ledger.change(title)
        change.keep_files, change.keep_index = bool(keep), keep == "index"
        here.store.ledger.move_branch(change, series.branch, series.branch_tip, tip)
        here.store.ledger.commit(change)
        forget(here, merged)
