"""Joins Patchwork with the sent revisions of a clone: asks it, and keeps what it said for the board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_kept
from patchflow.adapters.patchwork import Patchwork
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.formats.patchwork import dump_states, read_states

if TYPE_CHECKING:
    from patchflow.domain.patchwork import PatchState
    from patchflow.domain.series import Series


def _place(here: Clone, series: Series) -> Path:
    return here.repository.state.patchwork(series.change_id)


def known_states(here: Clone, series: Series) -> tuple[PatchState, ...]:
    """What Patchwork said of the last revision when it was asked; no network."""
    path = _place(here, series)
    if series.last is None:
        return ()
    number = series.last.number
    return read_kept(path, lambda content: read_states(content, number)) or ()


def ask_patchwork(here: Clone, series: Series, submitter: str = "") -> tuple[PatchState, ...]:
    """Asks for every patch of the last revision and keeps the answers. OutsideError at the first that fails.

    With the address they were sent from, all series are asked for at once (and tests that passed are not named).
    UsageError where nothing was sent, or the profile names no Patchwork.
    """
    facts = here.profile_of(series)
    if not facts.patchwork:
        raise UsageError(f"The profile {facts.name} names no Patchwork.", "`patchwork` in a profile is its address.")
    last = series.last
    if last is None:
        raise UsageError(f"{series.name} was never sent.", "`patchflow send` comes first.")
    server = Patchwork(
        facts.patchwork, facts.patchwork_project, not here.subsystems.is_named(facts.patchwork), submitter
    )
    asked = [server.patch(message.message_id) for message in last.messages if message.part and message.message_id]
    states = tuple(state for state in asked if state is not None)
    if states == known_states(here, series):
        return states
    with here.store.ledger.lock():  # a newer revision may have been sent and asked for while this one was
        now = here.store.load(series.branch, with_diffs=False).last
        if now is None or now.number <= last.number:
            write_atomic(_place(here, series), dump_states(last.number, states).encode())
    return states


def series_to_ask(here: Clone) -> list[Series]:
    """The series on the current branch, or every sent one whose profile names a Patchwork where that is none."""
    try:
        return [here.store.load(with_diffs=False)]
    except PatchflowError:
        every = [here.store.load(name, with_diffs=False) for name in here.store.shown()]
        return [series for series in every if series.last and here.profile_of(series).patchwork]
