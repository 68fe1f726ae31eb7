"""What `watch` keeps between two looks: what was told, and when it asked whom."""

from __future__ import annotations

import json
from dataclasses import field
from datetime import datetime

from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_kept
from patchflow.flow.clone import Clone
from patchflow.values import dataclass

_MOST_TOLD, _MOST_LOGGED = 20_000, 500


@dataclass(slots=True)
class Watched:
    """What is kept between two looks: `told` are the keys of the events that were told, the newest last; `asked` when
    each place was asked last and how often it failed since; `log` what was told, with its time, the newest last;
    `seen` when the user looked at that in the terminal UI."""

    told: dict[str, None] = field(default_factory=dict)
    asked: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    log: list[tuple[str, str, str]] = field(default_factory=list)
    seen: datetime | None = None

    @property
    def unseen(self) -> int:
        """How many of the newest were told since the user looked."""
        return sum(self.seen is None or datetime.fromisoformat(when) > self.seen for when, _, _ in self.log)


def watched(here: Clone) -> Watched:
    """What was told and asked so far."""
    return read_kept(here.repository.state.watched, _parsed) or Watched()


def saw(here: Clone, now: datetime) -> None:
    """Keeps that the user looked at what was told."""
    with here.store.ledger.lock():
        known = watched(here)
        known.seen = now
        keep(here, known)


def _parsed(content: bytes) -> Watched:
    rows = json.loads(content)
    asked = {str(key): (datetime.fromisoformat(when), int(count)) for key, (when, count) in rows["asked"].items()}
    log = [(str(when), str(name), str(text)) for when, name, text in rows["log"]]
    seen = datetime.fromisoformat(rows["seen"]) if rows.get("seen") else None
    return Watched(dict.fromkeys(map(str, rows["told"])), asked, log, seen)


def keep(here: Clone, known: Watched) -> None:
    """Writes it; the caller holds the clone's lock."""
    rows = {
        "told": list(known.told)[-_MOST_TOLD:],
        "asked": {key: [when.isoformat(), count] for key, (when, count) in known.asked.items()},
        "log": known.log[-_MOST_LOGGED:],
        "seen": known.seen.isoformat() if known.seen else None,
    }
    write_atomic(here.repository.state.watched, (json.dumps(rows, indent=0) + "\n").encode())
