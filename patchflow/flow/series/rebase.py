"""Puts the patches of a series on a new base, in the object store first: no file moves before every patch applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.adapters.git.rewrite import Pick, Unmerged
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.series.conflicts import forget, replaying
from patchflow.flow.series.rewrite import refuse_dirty
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone


APPLIES = "applies"


@dataclass(frozen=True, slots=True)
class Rebased:
    """A series as it would be on another base: its tip, the patches that are in the base already, and the files that
    were resolved by hand. `ahead` is how many commits the base has that the old one has not."""

    ref: str
    base: str
    tip: str
    gone: tuple[Patch, ...]
    merged: tuple[Unmerged, ...]
    ahead: int


def rebased(here: Clone, series: Series, ref: str) -> Rebased:
    """The patches on the commit that `ref` names; nothing is moved. ConflictError where a patch does not apply,
    UsageError for a base that is the old one or lies in the series."""
    base = here.repository.resolve(ref)
    if series.depends or series.below:
        raise UsageError(
            f"{series.name} stands on another series.", "`patchflow dep restack` puts it on what that became."
        )
    if base == series.base:
        raise UsageError(f"{series.name} stands on {ref} already.", "Fetch the tree first, or name another base.")
    if here.repository.is_ancestor(series.base, base) and here.repository.is_ancestor(base, series.branch_tip):
        raise UsageError(f"{ref} is one of the series' own commits.", "Name the commit below its first patch.")
    if any(patch.parents != 1 for patch in series.patches):
        raise PatchflowError(f"{series.name} holds a merge, which cannot be moved.", "Drop the merge first.")
    replay = replaying(here, drops_empty=True)
    commits = here.repository.commits_between(series.base, series.branch_tip)
    tip = replay(base, [Pick((one,)) for one in commits])
    gone = tuple(patch for patch in series.patches if patch.commit in replay.dropped)
    if len(gone) == len(series.patches):
        raise UsageError(f"{ref} has every patch of {series.name}, so nothing is left to be put on it.")
    ahead = int(here.git.run("rev-list", "--count", f"{series.base}..{base}").text)
    return Rebased(ref, base, tip, gone, tuple(replay.files), ahead)


def fates(series: Series, made: Rebased) -> list[tuple[Patch, str]]:
    """What becomes of each patch on the new base."""
    titles = {one.title for one in made.merged}
    return [
        (patch, "left out: it is there already" if patch in made.gone
         else "resolved by hand" if patch.subject in titles else APPLIES)
        for patch in series.patches
    ]  # fmt: skip


def rebase(here: Clone, series: Series, made: Rebased) -> None:
    """Moves the branch to what was shown, and keeps the new base; one undoable step."""
    refuse_dirty(here, series)
    with here.store.changing(series):
        change = here.store.ledger.change(f"rebase {series.name} onto {made.ref}")
        here.store.ledger.move_branch(change, series.branch, series.branch_tip, made.tip)
        here.store.plan_setting(change, series.branch, "base", made.ref)
        here.store.ledger.commit(change)
        forget(here, made.merged)
