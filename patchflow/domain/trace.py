"""A trace of QEMU's: its events, and where it could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One event: `time` in nanoseconds (of any epoch), the thread, its name, its arguments by name."""

    time: int
    thread: int
    name: str
    arguments: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Trace:
    """What could be read of a trace. `kind` is `log` or `simple vN`; `damage` names each place that could not be.

    `dropped` counts the events that QEMU itself says it lost.
    """

    kind: str
    events: tuple[TraceEvent, ...]
    damage: tuple[str, ...] = ()
    dropped: int = 0
