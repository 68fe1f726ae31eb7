"""Asks Patchwork what its tests said of a series that came by mail."""

from __future__ import annotations

from patchflow.adapters.patchwork import Patchwork
from patchflow.domain.patchwork import PatchState
from patchflow.errors import OutsideError
from patchflow.flow.clone import Clone
from patchflow.flow.reviewing.look import Taken
from patchflow.flow.reviewing.received import Note


def tests_of(here: Clone, taken: Taken, note: Note) -> tuple[PatchState, ...]:
    """The state and tests of a series' patches; none, and a note why, where the server cannot be asked."""
    facts = here.profile_of_patches([one.patch for one in taken.patches])
    if not facts.patchwork:
        note(f"The profile {facts.name} names no Patchwork, so no tests are shown.")
        return ()
    server = Patchwork(facts.patchwork, facts.patchwork_project, not here.subsystems.is_named(facts.patchwork))
    try:
        asked = [server.patch(one.message_id) for one in taken.patches]
    except OutsideError as error:
        note(error.paragraph())
        return ()
    return tuple(one for one in asked if one is not None)
