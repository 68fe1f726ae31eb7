"""What a series needs first, and how that stands: by this clone's other series and by the mail taken in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from patchflow.domain.dependency import Dependency, Stands
from patchflow.errors import PatchflowError
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.reviewing.choose import all_series
from patchflow.flow.reviewing.taken_in import taken_in
from patchflow.flow.series.earlier_revisions import as_patches
from patchflow.formats.mail.base_info import read_entry, version_of, write_entry
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.query import Query
from patchflow.formats.mail.series import when_posted

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone
    from patchflow.formats.mail.series import Posting

_MOST = 200  # entries of a record that are looked at; b4's is a file that anybody may have written


def dependencies(here: Clone, series: Series) -> list[Dependency]:
    """What the series needs first, in its order."""
    found: list[Dependency] = []
    for entry in series.depends[:_MOST]:
        read = read_entry(entry)
        if read is None:
            found.append(Dependency(entry, "", "", Stands.UNREADABLE))
        elif read[0] != "base-commit":
            found.append(_dependency(here, series, entry, *read))
    return found


def local_series(here: Clone, change_id: str) -> Series | None:
    """The series of this clone with that change-id; None where there is none, or it cannot be read."""
    for name in here.store.names():
        if here.store.setting(name, "change-id") == change_id:
            with suppress(PatchflowError):
                return here.store.load(name, with_diffs=False)
    return None


def number_of(series: Series) -> int:
    """The version that a branch is as it stands: the one that was sent, or the next one."""
    return series.last.number if series.last and series.is_as_sent else series.next_revision


def needs(here: Clone, series: Series, change_id: str, seen: Collection[str] = ()) -> bool:
    """Whether a series needs the one of that change-id, by whatever way; a circle ends the search."""
    for kind, name in filter(None, map(read_entry, series.depends[:_MOST])):
        other = version_of(name)[0] if kind == "change-id" else ""
        if other == change_id:
            return True
        if other and other not in seen and (found := local_series(here, other)):
            seen = {*seen, other}
            if needs(here, found, change_id, seen):
                return True
    return False


def _dependency(here: Clone, series: Series, entry: str, kind: str, name: str) -> Dependency:
    if kind == "patch-id":
        state = Stands.CURRENT if name in _below(here, series) else Stands.UNKNOWN
        return Dependency(entry, kind, name, state)
    if kind == "message-id":
        return _by_mail(here, entry, kind, name, 0)
    change_id, revision = version_of(name)
    other = local_series(here, change_id)
    if other is None:
        gone = here.store.pin(series.branch)[1] == change_id
        found = _by_mail(here, entry, kind, change_id, revision)
        return (
            Dependency(entry, kind, change_id, Stands.GONE, revision)
            if gone and found.state is Stands.UNKNOWN
            else found
        )
    number = number_of(other)
    newer = number if number > revision else 0
    title = other.cover.subject if other.cover and "EDITME" not in other.cover.subject else ""
    state = _local_state(here, series, other, newer)
    posted = any(one.number == revision for one in other.revisions)
    return Dependency(entry, kind, change_id, state, revision, newer, "", title, other.branch, posted)


def _local_state(here: Clone, series: Series, other: Series, newer: int) -> Stands:
    if other.change_id == series.change_id or needs(here, other, series.change_id):
        return Stands.CIRCLE
    if is_below(here, other, series.base):
        return Stands.NEWER if newer else Stands.CURRENT
    pin, change_id = here.store.pin(series.branch)
    return Stands.RESTACK if (pin, change_id) == (series.base, other.change_id) else Stands.BESIDE


def also_in(here: Clone, series: Series, other: Series) -> dict[str, str]:
    """The patches of a series that another one has too, change by change: commit -> title."""
    ids = here.git.patch_ids(series.patches)
    theirs = set(here.git.patch_ids(other.patches).values())
    return {one.commit: one.subject for one in series.patches if ids.get(one.commit, "") in theirs}


def repeated(here: Clone, series: Series, needs: Sequence[Dependency]) -> list[tuple[str, str]]:
    """The patches of a series that are those of one it needs, which it does not stand on: (title, branch)."""
    beside = [one.branch for one in needs if one.branch and one.state is Stands.BESIDE]
    return [(title, name) for name in beside for title in also_in(here, series, here.store.load(name)).values()]


def standing_on(here: Clone, series: Series) -> list[str]:
    """The branches of this clone that stand on a series."""
    return [name for name in here.store.names() if here.store.pin(name)[1] == series.change_id]


def is_below(here: Clone, other: Series, commit: str) -> bool:
    """Whether a commit has all patches of a series, as they are now, below it or is the last of them."""
    return bool(other.patches) and here.repository.is_ancestor(other.branch_tip, commit)


def _by_mail(here: Clone, entry: str, kind: str, name: str, revision: int) -> Dependency:
    named, newest = _postings(here, kind, name, revision)
    if named is None:
        return Dependency(entry, kind, name, Stands.UNKNOWN, revision)
    newer = newest.revision if newest and newest.revision > named.revision else 0
    return Dependency(
        entry, kind, name, Stands.NEWER if newer else Stands.CURRENT, named.revision, newer,
        newest.first.id if newest else "", named.title,
    )  # fmt: skip


def _postings(here: Clone, kind: str, name: str, revision: int) -> tuple[Posting | None, Posting | None]:
    """The posting that is named, and the newest one of the same series by the same author."""
    ids = [name] if kind == "message-id" else _holding(here, name)
    raws = {raw: None for one in ids for raw in taken_in(here, one)}
    holding = [
        (one, revisions)
        for revisions in all_series(map(parse_mail, raws))
        for one in revisions
        if (name in one.ids if kind == "message-id" else one.change_id == name)
    ]
    holding = [pair for pair in holding if revision in (0, pair[0].revision)] or holding
    # Anybody may post under somebody's change-id; nobody knows then whose is meant.
    if len({one.author.key for one, _ in holding}) != 1:
        return None, None
    named, revisions = holding[0]
    own = [one for one in revisions if one.author.key == named.author.key]
    return named, max(own, key=lambda one: (one.revision, when_posted(one.first)))


def _holding(here: Clone, text: str) -> list[str]:
    """The Message-IDs of the newest mails taken in that hold a text."""
    store = ready_store(here)
    try:
        return [hit.id for hit in store.search(Query((text,)), 50)] if store.exists else []
    finally:
        store.close()


def _below(here: Clone, series: Series) -> dict[str, None]:
    """The patch ids of what stands between the public commit and the series' own first patch, oldest first."""
    if series.foundation == series.base or not here.repository.is_ancestor(series.foundation, series.base):
        return {}
    commits = here.repository.commits_between(series.foundation, series.base)
    here.repository.preload(commits)
    ids = here.git.patch_ids([here.repository.patch(commit) for commit in commits])
    return {ids[commit]: None for commit in commits if commit in ids}


def prerequisite_entries(here: Clone, series: Series) -> list[str]:
    """The entries that the mails of a series name: what it needs, as it is kept, and its patches by their patch ids, as
    b4 and git format-patch --base do; those it stands on come last, in the order they are applied."""
    below = _below(here, series)
    rows = list(_entries(here, series, below))
    return list(dict.fromkeys([*rows, *(write_entry("patch-id", one) for one in below)]))


def _entries(here: Clone, series: Series, below: Collection[str]) -> Iterator[str]:
    for one in dependencies(here, series):
        name = f"{one.id}:v{one.revision}" if one.kind == "change-id" and one.revision else one.id
        if not one.kind or one.id in below:
            continue
        yield write_entry(one.kind, name)
        if one.kind != "patch-id" and not (one.branch and below):
            yield from (write_entry("patch-id", id) for id in _patches_of(here, one) if id not in below)


def _patches_of(here: Clone, one: Dependency) -> Sequence[str]:
    """The patch ids of a dependency that the series does not stand on, in the version that is named, where that is at
    hand: as it was sent, else as its branch has it."""
    if one.branch:
        other = here.store.load(one.branch)
        sent = next((revision for revision in other.revisions if revision.number == one.revision), None)
        if sent is not None:
            return [mail.patch_id for mail in sent.messages if mail.patch_id]
        return list(here.git.patch_ids(other.patches).values()) if number_of(other) == one.revision else []
    named, _ = _postings(here, one.kind, one.id, one.revision)
    found = patch_ids_of(here, as_patches(named)) if named else {}
    return list(found.values())


def patch_ids_of(here: Clone, patches: Sequence[Patch]) -> dict[str, str]:
    """git's stable patch ids; git patch-id wants a hash to name each, which Message-IDs are none."""
    named = {f"{number:040x}": patch.commit for number, patch in enumerate(patches, 1)}
    found = here.git.patch_ids([replace(p, commit=name) for name, p in zip(named, patches, strict=True)])
    return {named[name]: value for name, value in found.items()}
