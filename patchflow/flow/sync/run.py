"""Pushes the state of a clone's series to a remote of the user's own, and merges what another machine pushed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.adapters.git.synced import (
    fetch_state,
    known_state,
    pulled_ref,
    push_state,
    push_urls,
    pushed_ref,
    read_state,
    write_state,
)
from patchflow.errors import PatchflowError
from patchflow.flow.review.reply import writing_drafts
from patchflow.flow.sync.apply import plan_state
from patchflow.flow.sync.merge import Kept, merge
from patchflow.flow.sync.snapshot import commits_in, need_known, snapshot
from patchflow.formats.remote_url import public_host
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.flow.clone import Clone


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did: how many items are others now, what both machines had changed and where the other's stands, what
    came back that one had deleted, and what is to be told."""

    changed: int
    both: tuple[Kept, ...]
    back: tuple[str, ...]
    notes: tuple[str, ...]


def public_hosts(here: Clone, remote: str) -> list[str]:
    """The hosts that a push to this remote would show everything to; UsageError where there is no such remote."""
    urls = push_urls(here.repository, here.git, remote)
    return list(dict.fromkeys(filter(None, map(public_host, urls))))


def push(here: Clone, remote: str) -> int:
    """Puts the state of this clone on a remote; how many items are others there now.

    PatchflowError where another machine pushed since this one pulled.
    """
    push_urls(here.repository, here.git, remote)
    theirs = fetch_state(here.repository, here.git, remote)
    with here.store.ledger.lock():
        known = known_state(here.repository, remote)
        base = read_state(here.repository, known)
        if theirs and theirs != known:
            need_known(read_state(here.repository, theirs), remote)
            raise PatchflowError(
                f"Another machine pushed to {remote} since this one pulled from it.",
                f"`patchflow sync pull {remote}` merges that; then push again.",
            )
        items = snapshot(here, base)
        if theirs and items == base:
            return 0
        parents = [*([known] if known else []), *commits_in(items).values()]
        commit = write_state(here.repository, items, parents)
    push_state(here.git, remote, commit)
    with here.store.ledger.lock():
        change = here.store.ledger.change(f"sync push {remote}")
        change.sent = ("", "")  # nothing takes that back, and nothing waits for it
        here.store.ledger.set_ref(change, pushed_ref(here.repository, remote), commit)
        here.store.ledger.commit(change)
    before = base if theirs else {}
    return sum(before.get(name) != items.get(name) for name in {*before, *items})


def pull(here: Clone, remote: str) -> Pulled:
    """Merges what another machine pushed to a remote into this clone, in one step that `undo` takes back.

    PatchflowError where nothing was pushed there yet, or what is there is not to be understood.
    """
    push_urls(here.repository, here.git, remote)
    commit = fetch_state(here.repository, here.git, remote)
    if not commit:
        raise PatchflowError(f"Nothing was pushed to {remote} yet.", f"`patchflow sync push {remote}` does.")
    theirs = read_state(here.repository, commit)
    need_known(theirs, remote)
    repository, ledger = here.repository, here.store.ledger
    with ledger.lock(), writing_drafts(repository.state.drafts / "any"):
        base = read_state(repository, known_state(repository, remote))
        ours = snapshot(here, base if base else theirs)

        def newer(mine: bytes, other: bytes) -> bytes | None:
            one, two = mine.decode("ascii", "replace"), other.decode("ascii", "replace")
            if not repository.try_resolve(one) or not repository.try_resolve(two):
                return None
            return other if repository.is_ancestor(one, two) else mine if repository.is_ancestor(two, one) else None

        merged = merge(base, ours, theirs, newer)
        change = ledger.change(f"sync pull {remote}")
        notes = plan_state(here, change, ours, merged.items)
        ledger.set_ref(change, pulled_ref(remote), commit)
        ledger.commit(change)
    changed = sum(ours.get(name) != merged.items.get(name) for name in {*ours, *merged.items})
    return Pulled(changed, merged.both, merged.back, tuple(notes))
