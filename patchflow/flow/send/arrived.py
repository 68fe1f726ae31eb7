"""What was seen of the last revision's arrival when somebody looked; no network, and little to load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.kept import read_kept
from patchflow.domain.arrival import Arrival, Fate
from patchflow.flow.clone import Clone

if TYPE_CHECKING:
    from patchflow.domain.series import Series


def place_of(here: Clone, series: Series) -> Path:
    """Where this clone keeps what was seen of a series' last revision."""
    return here.repository.state.series(series.change_id).arrived


def known_arrivals(here: Clone, series: Series) -> tuple[Arrival, ...]:
    """What was seen of the last revision when somebody looked; no network."""
    last = series.last
    if last is None:
        return ()
    ids = {message.message_id for message in last.messages}

    def read(content: bytes) -> tuple[Arrival, ...]:
        rows = json.loads(content)
        return tuple(
            Arrival(str(r["id"]), int(r["part"]), str(r["subject"]), Fate(r["fate"]), tuple(map(str, r["differences"])),
                    str(r["where"]))
            for r in rows if r["id"] in ids
        )  # fmt: skip

    return read_kept(place_of(here, series), read) or ()
