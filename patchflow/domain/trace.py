"""A trace of QEMU's: its events, and where it could not be read."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import overload

from patchflow.named_tuple import NamedTuple
from patchflow.values import dataclass


class TraceEvent(NamedTuple):
    """One event: `time` in nanoseconds (of any epoch), the thread, its name, its arguments by name."""

    time: int
    thread: int
    name: str
    arguments: Mapping[str, int | str]


class Events(Sequence[TraceEvent]):
    """The events of a trace in their order; a reader may make them only when they are asked for."""

    def __init__(self, events: Sequence[TraceEvent] = ()) -> None:
        self._events = events

    def __len__(self) -> int:
        return len(self._events)

    @overload
    def __getitem__(self, index: int) -> TraceEvent: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[TraceEvent]: ...

    def __getitem__(self, index: int | slice) -> TraceEvent | Sequence[TraceEvent]:
        return self._events[index]

    def names(self) -> set[str]:
        """The names that occur."""
        return {event.name for event in self}

    def chosen(self, names: Container[str]) -> Iterator[TraceEvent]:
        """The events of these names."""
        return (event for event in self if event.name in names)


@dataclass(frozen=True, slots=True)
class Trace:
    """What could be read of a trace. `kind` is `log` or `simple vN`; `damage` names each place that could not be.

    `dropped` counts the events that QEMU itself says it lost; `said` are its own words (warnings) among them.
    """

    kind: str
    events: Events
    damage: tuple[str, ...] = ()
    dropped: int = 0
    said: tuple[str, ...] = ()
