"""Changes what a series depends on, and puts its patches on what a series below it became."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.adapters.git.rewrite import Pick
from patchflow.errors import ConflictError, PatchflowError, UsageError
from patchflow.flow.series.conflicts import forget, replaying
from patchflow.flow.series.dependencies import also_in, dependencies, is_below, local_series, needs, number_of
from patchflow.flow.series.rewrite import refuse_dirty
from patchflow.formats.mail.base_info import read_entry, version_of, write_entry
from patchflow.formats.mail.named import named_message

if TYPE_CHECKING:
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone

_CHANGE_ID = lazy_re.compile(r"\d{8}-\S+-[0-9a-f]{12}", re.ASCII)


def add(here: Clone, series: Series, what: str) -> Series:
    """Keeps that the series needs `what` first: a series of this clone by branch or change-id, a posting by Message-ID
    or lore URL, somebody's series by change-id (`ID:v2`), or a commit. One undoable step.

    Where the branch stands on it, the series begins above it from now on. UsageError where `what` is nothing of these,
    is the series itself, or needs it.
    """
    if other := _local(here, what):
        return _add_series(here, series, other)
    message = "" if "@{" in what else named_message(what)[0]  # main@{upstream} is a commit
    change_id, revision = version_of(what)
    if any(message == one.message_id for revision in series.revisions for one in revision.messages):
        raise UsageError(f"{series.name} cannot depend on itself.")
    if message:
        entry = write_entry("message-id", message)
    elif _CHANGE_ID.fullmatch(change_id):
        if not revision:
            raise UsageError(
                f"{what} is not a series of this clone, and a dependency names a version.",
                f"Name it: `patchflow dep add {what}:v1`.",
            )
        entry = write_entry("change-id", what)
    else:
        return _add_commit(here, series, what)
    if read_entry(entry) is None:
        raise UsageError(f"{what[:80]!r} cannot stand in a mail as a dependency.", "Copy the id once more.")
    return _kept(here, series, f"dependency of {series.name}", _with(series.depends, entry))


def drop(here: Clone, series: Series, which: str) -> tuple[str, Series]:
    """Takes a dependency off the list, by its number there, its id or its branch; its entry, and the series."""
    every = dependencies(here, series)
    number = int(which) if re.fullmatch(r"[0-9]{1,4}", which, re.ASCII) else 0
    names = [{one.id, one.entry, one.branch, f"{one.id}:v{one.revision}"} - {""} for one in every]
    found = [at for at, own in enumerate(names, 1) if at == number or which.strip("<>") in own]
    if not found:
        raise UsageError(f"{which[:80]!r} is none of the series' dependencies.", "`patchflow dep list` shows them.")
    gone = every[found[0] - 1].entry
    left = list(series.depends)
    left.remove(gone)
    if not any(one for one in map(read_entry, left) if one is None or one[0] != "base-commit"):
        left = []  # b4's base-commit means nothing without them
    return gone, _kept(here, series, f"drop a dependency of {series.name}", left)


def restack(here: Clone, series: Series) -> tuple[Series, str]:
    """Puts the patches of a series on the tip of the series it depends on, in one undoable step; the series, and the
    branch it stands on now ("" where nothing had to be done). Patches that are there already are left out. No file is
    touched before every patch applied.

    UsageError where it depends on no series of this clone; PatchflowError where a patch does not apply there.
    """
    every = [one for one in dependencies(here, series) if one.branch]
    pin = here.store.pin(series.branch)[1]
    one = next((one for one in every if one.id == pin), every[-1] if every else None)
    if one is None:
        raise UsageError(f"{series.name} depends on no series of this clone.", "`patchflow dep add BRANCH` names one.")
    if one.holds:
        return series, ""
    other = here.store.load(one.branch)
    _refuse_circle(here, series, other)
    if not other.patches:
        raise UsageError(f"{other.branch} has no patches above {other.base_ref}, so nothing can stand on it.")
    refuse_dirty(here, series)
    entries = _with(series.depends, _entry_of(other))
    return _moved(here, series, other, _based(series, other, entries)), other.branch


def _local(here: Clone, what: str) -> Series | None:
    """The series of this clone that a branch or a change-id (`ID:vN` too) names."""
    for branch in (what, f"b4/{what}"):
        if here.repository.has_branch(branch) and here.store.setting(branch, "change-id"):
            return here.store.load(branch, with_diffs=False)
    return local_series(here, what) or local_series(here, version_of(what)[0])


def _add_series(here: Clone, series: Series, other: Series) -> Series:
    _refuse_circle(here, series, other)
    entries = _with(series.depends, _entry_of(other))
    title = f"dependency of {series.name} on {other.name}"
    at, own = other.branch_tip, series.base
    if not is_below(here, other, series.tip) or (own != at and here.repository.is_ancestor(at, own)):
        return _kept(here, series, title, entries)
    onto = f"{at} {other.change_id}"
    return _kept(here, series, title, _based(series, other, entries), onto=onto, base=other.base_ref)


def _add_commit(here: Clone, series: Series, what: str) -> Series:
    commit = here.repository.try_resolve(what)
    if commit is None:
        raise UsageError(
            f"{what[:80]!r} is not a series, Message-ID, change-id or commit.",
            "`patchflow status --all` lists the series of this clone.",
        )
    if here.repository.is_ancestor(commit, series.foundation):
        raise UsageError(
            f"{commit[:12]} is part of {series.base_ref}, which the series stands on, so nobody lacks it.",
            f"Where others do not have it, name a public base: `git config branch.{series.branch}.patchflow-base REF`.",
        )
    if commit == series.tip:
        raise UsageError(f"{commit[:12]} is the last commit of {series.name}: it would have no patch of its own.")
    ids = here.git.patch_ids([here.repository.patch(commit)])
    if commit not in ids:
        raise UsageError(f"{commit[:12]} changes nothing, so it has no patch id.")
    entries = _with(series.depends, write_entry("patch-id", ids[commit]))
    stands = here.repository.is_ancestor(series.base, commit) and here.repository.is_ancestor(commit, series.tip)
    return _kept(here, series, f"dependency of {series.name}", entries, onto=commit if stands else "")


def _refuse_circle(here: Clone, series: Series, other: Series) -> None:
    if other.change_id == series.change_id:
        raise UsageError(f"{series.name} cannot depend on itself.")
    if needs(here, other, series.change_id):
        raise UsageError(
            f"{other.name} needs {series.name} itself, so the two would wait for each other.",
            f"`patchflow dep list` on {other.branch} shows it; `patchflow dep drop` takes one off.",
        )


def _entry_of(other: Series) -> str:
    return write_entry("change-id", f"{other.change_id}:v{number_of(other)}")


def _with(entries: Sequence[str], new: str) -> list[str]:
    """The entries with one more, in the place of one that names another version of the same."""
    read = read_entry(new)
    name = version_of(read[1])[0] if read else ""
    same = [
        one
        for one in entries
        if (old := read_entry(one)) and read and (old[0], version_of(old[1])[0]) == (read[0], name)
    ]
    if not same:
        return [*entries, new]
    return [new if one == same[0] else one for one in entries if one == same[0] or one not in same]


def _based(series: Series, other: Series, entries: Sequence[str]) -> list[str]:
    """On b4's branches: the entries with the public commit below the stack, which b4's mails name as the base."""
    if not series.b4:
        return list(entries)
    kept = [one for one in entries if not one.startswith("base-commit:")]
    return [*kept, write_entry("base-commit", other.foundation)]


def _kept(
    here: Clone, series: Series, title: str, entries: Sequence[str], onto: str = "", base: str = ""
) -> Series:  # fmt: skip
    with here.store.changing(series):
        change = here.store.ledger.change(title)
        here.store.plan_depends(change, series, entries)
        for key, value in (("onto", onto), ("base", base)):
            if value:
                here.store.plan_setting(change, series.branch, key, value)
        here.store.ledger.commit(change)
        return here.store.load(series.branch)


def _moved(here: Clone, series: Series, other: Series, entries: Sequence[str]) -> Series:
    """The branch's commits, b4's cover among them, made anew on the other's tip; without those that the other has."""
    if any(patch.parents != 1 for patch in series.patches):
        raise PatchflowError(f"{series.name} holds a merge, which cannot be moved.", "Rebase the branch first.")
    store, onto = here.store, other.branch_tip
    cover, message = store.cover_commit_with(series, entries)
    theirs = also_in(here, series, other)
    if len(theirs) == len(series.patches):
        raise PatchflowError(f"{other.branch} has every patch of {series.name}, so nothing is left to be put on it.")
    every = here.repository.commits_between(series.base, series.branch_tip)
    commits = [one for one in every if one not in theirs]
    replay = replaying(here)
    try:
        tip = replay(onto, [Pick((one,), message if one == cover else None) for one in commits])
    except ConflictError as error:
        error.message = f"{series.name} was not put on {other.branch}: {error.message}"
        error.hint = (
            f"Nothing was changed. The terminal UI resolves it file by file; `git rebase --onto {other.branch} "
            f"{series.base[:12]} {series.branch}` does by hand, and the series then begins above it."
        )
        raise
    with store.changing(series):
        change = store.ledger.change(f"restack {series.name} onto {other.name}")
        store.ledger.move_branch(change, series.branch, series.branch_tip, tip)
        if not cover:
            store.plan_depends(change, series, entries)
        store.plan_setting(change, series.branch, "onto", f"{onto} {other.change_id}")
        store.plan_setting(change, series.branch, "base", other.base_ref)
        store.ledger.commit(change)
        forget(here, replay.files)
        return store.load(series.branch)
