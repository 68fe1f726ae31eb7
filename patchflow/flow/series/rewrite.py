"""Changes the patches of a series (order, message, squashed, dropped, amended): each one undoable step.

The new commits are made in the object store; files of the work tree move only where the last commit's content
changes, and then never over uncommitted work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.adapters.git.rewrite import Pick, replay
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.send.posting import start_of
from patchflow.formats.patch.trailers import add_trailers, trailers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchflow.domain.series import Series


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


def squash(here: Clone, series: Series, commit: str) -> None:
    """A patch into the one before; the message of the first stays, with the trailers of both."""
    names = _names(series)
    at = _place(names, commit)
    if at == 0:
        raise UsageError("The first patch has no patch before it to be squashed into.")
    messages = {patch.commit: patch.message for patch in series.patches}
    first = messages[names[at - 1]]
    have = trailers_of(first)
    new = [t for t in trailers_of(messages[commit]) if not any(t.same_as(one) for one in have)]
    message = add_trailers(first, tuple(new)) if new else first
    picks = [_pick(name) for name in names]
    picks[at - 1 : at + 1] = [Pick((names[at - 1], commit), message)]
    _replay(here, series, picks, f"squash a patch of {series.name}")


def reword(here: Clone, series: Series, messages: dict[str, str], title: str = "") -> None:
    """New messages by commit; the contents stay."""
    for text in messages.values():
        if not text.strip():
            raise UsageError("The message is empty.", "Nothing was changed.")
    commits = here.repository.commits_between(series.base, series.branch_tip)
    made = here.store.rewrite(commits, {key: text.rstrip("\n") + "\n" for key, text in messages.items()})
    _move(here, series, made, title or f"reword a patch of {series.name}")


def amend(here: Clone, series: Series, commit: str) -> None:
    """The uncommitted changes of tracked files into a patch; the files stay as they are, before and after an undo."""
    if here.repository.current_branch() != series.branch:
        raise PatchflowError(f"The work tree is on another branch than {series.branch}.", "`git switch` to it first.")
    names = _names(series)
    at = _place(names, commit)
    kept = here.git.run("stash", "create").text.strip()
    if not kept:
        raise UsageError("There is nothing uncommitted to put into the patch.", "Edit a file first (E opens one).")
    before, after = here.repository.tree(series.tip), here.repository.tree(kept)
    picks = [Pick((name,), extra=(before, after) if n == at else None) for n, name in enumerate(names)]
    tip = replay(here.repository, start_of(here.repository, series), [*picks, *_cover_above(series)])
    if here.repository.tree(tip) != after:
        raise PatchflowError(
            "A later patch changes the same lines, so the result would not be what the files are now.",
            "Nothing was changed. `git commit --fixup` and `git rebase -i --autosquash` let you resolve it by hand.",
        )
    _move(here, series, tip, f"amend a patch of {series.name}", keep_files=True)


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
    if here.repository.current_branch() == series.branch and (dirty := here.git.is_dirty()):
        raise PatchflowError(
            f"There are uncommitted changes in {', '.join(dirty[:3])}.",
            "Commit or stash them first; nothing was changed.",
        )


def _replay(here: Clone, series: Series, picks: Sequence[Pick], title: str) -> None:
    tip = replay(here.repository, start_of(here.repository, series), [*picks, *_cover_above(series)])
    _move(here, series, tip, title)


def _move(here: Clone, series: Series, tip: str, title: str, keep_files: bool = False) -> None:
    """The branch goes to the commits made, where the series is still the one they were made from."""
    with here.store.changing(series):
        change = here.store.ledger.change(title)
        change.keep_files = keep_files
        here.store.ledger.move_branch(change, series.branch, series.branch_tip, tip)
        here.store.ledger.commit(change)
