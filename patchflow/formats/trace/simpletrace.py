"""Reads the binary files of QEMU's simple trace back end, format versions 2 to 4, fast and never past damage.

The layout is that of QEMU's trace/simple.c: a header of three 64-bit words (all ones, a magic number, the version);
then records of event number, time in nanoseconds, length and thread (which version 2 leaves 0), followed by the
arguments: 64 bits each, strings with a 32-bit length before them. Version 4 has a 64-bit word before each record that
tells events from mappings of numbers to names; before it, events are numbered as they stand in trace-events-all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import field
from itertools import chain, repeat
from struct import Struct
from struct import error as StructError
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from patchflow.domain.trace import Events, Trace, TraceEvent
from patchflow.formats.trace.events import HEAD, MAGIC, EventFormat, is_simpletrace
from patchflow.values import dataclass

_DROPPED = (1 << 64) - 2
_MAPPING, _EVENT = 0, 1
_LONGEST_NAME = 4096
_NUMBERS = (1 << 16) - 1  # more than QEMU has events; one more stands for _DROPPED
_STRIDE = 1 << 15  # bytes that one of the walks that go side by side has before it
_FIRST, _MOST = 512, 1 << 26  # bytes that are tried at once: first, and where all is well
_BLOCK = 1 << 16  # records that are looked at together: as many as a processor's cache holds
_SEARCHED, _WINDOW = 1024, 128  # bytes that are looked through for a place where a record begins
_PIECE = 1 << 14  # events that are made at once

Places = NDArray[np.int64]
Column = NDArray[np.uint64] | list[str]


@dataclass
class Records:
    """The records of a file, decoded, as columns: `kind` (an index of `formats`), `time` in nanoseconds and `thread`
    have a row a record; `values` has for each kind its arguments' columns, with a row for each of its records.

    `damage` is "" where the file was read to its end.
    """

    version: int
    formats: list[EventFormat] = field(default_factory=list)
    kind: NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))
    time: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    thread: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))
    values: dict[int, list[Column]] = field(default_factory=dict)
    damage: str = ""


def read_records(data: bytes, events: Sequence[EventFormat]) -> Records:
    """Reads a file; ValueError where it is none of the simple back end's, or of another version."""
    if not is_simpletrace(data):
        raise ValueError("it does not begin as a file of QEMU's simple trace back end does")
    order = "<" if data[8:16] == MAGIC.to_bytes(8, "little") else ">"
    if len(data) < 24:
        return Records(0, damage=f"cut off at byte {len(data)}, within the header")
    (version,) = Struct(f"{order}Q").unpack_from(data, 16)
    if version not in (2, 3, 4):
        raise ValueError(f"its format version is {version}; versions 2 to 4 are known")
    return _Reader(data, order, version, events).read()


class _Reader:
    """One pass over a file.

    A record's length says where the next one begins, so a file has to be walked. Many walks go side by side, one array
    operation a step: one from the place that is known, the others from places further on that look like a record's
    beginning. What they find counts as far as each record holds and ends where the next one begins. Where that ends,
    one record is looked at by itself: mappings, damage.
    """

    def __init__(self, data: bytes, order: str, version: int, events: Sequence[EventFormat]) -> None:
        self.data = data
        self.order = order
        self.version = version
        self.word, self.mapping = Struct(f"{order}Q"), Struct(f"{order}QQI")
        self.before = 8 if version == 4 else 0  # bytes before a record that tell what it is
        self.by_name = {event.name: event for event in events}
        self.known = {} if version == 4 else dict(enumerate(events[:_NUMBERS]))
        self.known[_DROPPED] = EventFormat("dropped", ("count",), (False,))
        self.heads: list[tuple[NDArray[np.uint16], NDArray[np.uint64], NDArray[np.uint32]]] = []
        self.values: defaultdict[int, list[list[Column]]] = defaultdict(list)
        self._learn()

    def read(self) -> Records:
        """Everything up to the end or the first damage."""
        at, end, most, damage = HEAD, len(self.data), _FIRST, ""
        while at < end:
            try:
                at, damage = self._by_hand(at)
            except StructError:
                damage = f"cut off at byte {end}: the record at byte {at} is not whole"
            if damage:
                break
            stop = min(at + most, end)
            at = self._at_once(at, stop)
            most = min(8 * most, _MOST) if at >= stop else _FIRST
        values = {kind: [_joined(column) for column in zip(*parts, strict=True)] for kind, parts in self.values.items()}
        if not self.heads:
            return Records(self.version, self.formats, damage=damage)
        kinds, times, threads = (np.concatenate(column) for column in zip(*self.heads, strict=True))
        return Records(self.version, self.formats, kinds, times, threads, values, damage)

    # One by one

    def _by_hand(self, at: int) -> tuple[int, str]:
        """The mappings that stand here, or one event: where the next record begins, or the damage."""
        word = self.word.unpack_from
        if not self.before or word(self.data, at)[0] == _EVENT:
            return self._event(at)
        damage = ""
        while not damage and at < len(self.data) and (what := word(self.data, at)[0]) != _EVENT:
            if what != _MAPPING:
                damage = f"damaged at byte {at}: {what:#x} begins no record"
            else:
                at, damage = self._mapping(at)
        self._learn()
        return at, damage

    def _event(self, at: int) -> tuple[int, str]:
        number, _, length, _ = Struct(f"{self.order}QQII").unpack_from(self.data, at + self.before)
        end = at + self.before + length
        one = self.known.get(number)
        if one is None or length < HEAD:
            return at, f"damaged at byte {at}: no event has the number {number}"
        if one.length not in (0, length):
            return at, f"damaged at byte {at}: a record of {one.name} has the length {length}"
        if end > len(self.data):
            return at, f"cut off at byte {len(self.data)}: the record at byte {at} is not whole"
        here = np.array([at], np.int64)
        if not self._fit(one, here, np.array([end], np.int64)).all():
            return at, f"damaged at byte {at}: the arguments of {one.name} do not fit the record's length {length}"
        self._decode(here, self.kinds[np.minimum([number], _NUMBERS)])
        return end, ""

    def _mapping(self, at: int) -> tuple[int, str]:
        _, number, size = self.mapping.unpack_from(self.data, at)
        text = self.data[at + 20 : at + 20 + size]
        if size > _LONGEST_NAME:
            return at, f"damaged at byte {at}: a name of {size} bytes"
        if len(text) < size:
            return at, f"cut off at byte {len(self.data)}: the mapping at byte {at} is not whole"
        name = text.decode("utf-8", "replace")
        # An event that this trace-events-all does not have: its arguments are words without names.
        one = self.by_name.get(name) or EventFormat(name, (), (True,))
        if number >= _NUMBERS:
            return at, f"damaged at byte {at}: {name} is given the number {number:#x}"
        if self.known.get(number, one) != one:
            return at, f"damaged at byte {at}: the number {number} is given to {name} and to another event"
        self.known[number] = one
        return at + 20 + size, ""

    # All at once

    def _learn(self) -> None:
        """Lays out the known events for arrays: kinds by number; of each kind its number and its records' length.

        A kind stays what it was where later mappings bring more.
        """
        numbers, self.formats = list(self.known), list(self.known.values())
        self.kinds = np.zeros(_NUMBERS + 1, np.uint16)
        self.kinds[np.minimum(np.array(numbers, np.uint64), _NUMBERS)] = np.arange(len(numbers))
        self.numbers = np.array(numbers, np.uint64)
        self.lengths = np.array([one.length for one in self.formats], np.int64)

    def _at(self, places: Places, shift: int, size: int) -> NDArray[Any]:
        """The numbers of 8 or 4 bytes that stand so many bytes behind each place; IndexError behind the end."""
        return self._all(shift, size)[places].astype(f"u{size}", copy=False)

    def _all(self, shift: int, size: int) -> NDArray[Any]:
        """The same for every place of the file, as it stands there; nothing is copied."""
        count = max(0, len(self.data) - shift - size + 1)
        return np.ndarray((count,), f"{self.order}u{size}", self.data, shift if count else 0, (1,))

    def _hold(self, places: Places) -> tuple[NDArray[np.bool_], NDArray[np.uint16], Places]:
        """Whether known records that are whole stand at these places, of which kind they are, and where they end.

        Records with strings need be no shorter than their heads only.
        """
        holds = places <= len(self.data) - self.before - HEAD
        inside = np.where(holds, places, 0)
        numbers = self._at(inside, self.before, 8)
        kinds = self.kinds[np.minimum(numbers, _NUMBERS)]
        lengths = self._at(inside, self.before + 16, 4)
        fixed = self.lengths[kinds]
        ends = inside + (lengths + np.int64(self.before))
        holds &= (self.numbers[kinds] == numbers) & (ends <= len(self.data))
        holds &= (lengths == fixed) | ((fixed == 0) & (lengths >= HEAD))
        if self.before:
            holds &= self._at(inside, 0, 8) == _EVENT
        return holds, kinds, ends

    def _at_once(self, at: int, stop: int) -> int:
        """Takes the records that begin between two places: where the first one begins that was not taken."""
        if len(self.data) - at < self.before + HEAD:
            return at
        places = self._walked(at, stop)
        for begin in range(0, len(places), _BLOCK):
            block = places[begin : begin + _BLOCK]
            count, at = self._taken(block, at)
            if count < len(block):
                break
        return at

    def _taken(self, places: Places, at: int) -> tuple[int, int]:
        """Takes records as long as each begins where the one before it ends: how many, and where the last one ends."""
        holds, kinds, ends = self._hold(places)
        holds[0] &= places[0] == at
        holds[1:] &= places[1:] == ends[:-1]
        varied = np.flatnonzero(holds & (self.lengths[kinds] == 0))
        for kind in np.unique(kinds[varied]):
            mine = varied[kinds[varied] == kind]
            holds[mine] = self._fit(self.formats[kind], places[mine], ends[mine])
        count = len(places) if holds.all() else int(holds.argmin())
        if not count:
            return 0, at
        self._decode(places[:count], kinds[:count])
        return count, int(ends[count - 1])

    def _walked(self, at: int, stop: int) -> Places:
        """Where records begin between two places, as far as guesses and lengths can be trusted."""
        begins = self._guessed(at, stop)
        limits = np.append(begins[1:], stop)
        last = len(self.data) - self.before - HEAD
        lengths = self._all(self.before + 16, 4)
        steps = []
        here = begins
        for step in range(_STRIDE // HEAD):
            if step % 32 == 0 and (here >= limits).all():
                break
            steps.append(here)
            here = here + np.maximum(lengths[np.minimum(here, last)], HEAD)
            here += self.before
        rows = np.array(steps).T
        found: Places = rows[rows < limits[:, None]]
        return found

    def _guessed(self, at: int, stop: int) -> Places:
        """A place, and one in each stride behind it where two records that hold seem to follow each other."""
        found = [np.array([at], np.int64)]
        open_ = np.arange(at + _STRIDE, stop, _STRIDE, dtype=np.int64)
        for begin in range(0, _SEARCHED, _WINDOW):
            places = open_[:, None] + np.arange(begin, begin + _WINDOW)
            holds, _, ends = self._hold(places.ravel())
            likely = np.flatnonzero(holds)
            likely = likely[self._hold(ends[likely])[0]]
            rows, first = np.unique(likely // _WINDOW, return_index=True)
            found.append(places.ravel()[likely[first]])
            open_ = np.delete(open_, rows)
            if not len(open_):
                break
        return np.unique(np.concatenate(found))

    # Arguments

    def _fit(self, one: EventFormat, places: Places, ends: Places) -> NDArray[np.bool_]:
        """Whether the arguments of records fill just the room that they have."""
        if not one.arguments:
            return np.ones(len(places), bool)
        at = places + (self.before + HEAD)
        for is_string in one.strings:
            if is_string:
                inside = at + 4 <= ends
                sizes = self._at(np.where(inside, at, 0), 0, 4)
                at = np.where(inside, at + 4 + sizes, ends + 1)
            else:
                at = at + 8
        fills: NDArray[np.bool_] = at == ends
        return fills

    def _decode(self, places: Places, kinds: NDArray[np.uint16]) -> None:
        self.heads.append((kinds, self._at(places, self.before + 8, 8), self._at(places, self.before + 20, 4)))
        counts = np.bincount(kinds)
        met = np.flatnonzero(counts)
        parts = np.split(places[np.argsort(kinds, kind="stable")], np.cumsum(counts[met])[:-1])
        for kind, part in zip(met.tolist(), parts, strict=True):
            self.values[kind].append(self._columns(self.formats[kind], part))

    def _columns(self, one: EventFormat, places: Places) -> list[Column]:
        shift, found = self.before + HEAD, list[Column]()
        for is_string in one.strings[: len(one.arguments)]:
            if is_string:
                sizes = self._at(places, shift, 4)
                shift += 4
                begins = places + shift
                places = places + sizes
                found.append([self.data[begin : begin + size].decode("utf-8", "replace")
                              for begin, size in zip(begins.tolist(), sizes.tolist(), strict=True)])  # fmt: skip
            else:
                found.append(self._at(places, shift, 8))
                shift += 8
        return found


def _joined(parts: Sequence[Column]) -> Column:
    if isinstance(parts[0], list):
        return list(chain.from_iterable(parts))
    return np.concatenate(parts)


class RecordedEvents(Events):
    """The events of a file, made of its records when they are asked for."""

    def __init__(self, records: Records) -> None:
        super().__init__()
        self._records = records

    def __len__(self) -> int:
        return len(self._records.kind)

    @overload
    def __getitem__(self, index: int) -> TraceEvent: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[TraceEvent]: ...

    def __getitem__(self, index: int | slice) -> TraceEvent | Sequence[TraceEvent]:
        places = range(len(self))[index]
        return self._one(places) if isinstance(places, int) else [self._one(place) for place in places]

    def __iter__(self) -> Iterator[TraceEvent]:
        return self.chosen(self.names())

    def names(self) -> set[str]:
        """The names that occur."""
        return {self._records.formats[kind].name for kind in self._records.values}

    def chosen(self, names: Container[str]) -> Iterator[TraceEvent]:
        """The events of these names; no objects are made of the others."""
        read = self._records
        wanted = np.flatnonzero(np.array([one.name in names for one in read.formats])[read.kind])
        made = {kind: (read.formats[kind].name, read.formats[kind].arguments, _rows(columns))
                for kind, columns in read.values.items()}  # fmt: skip
        for begin in range(0, len(wanted), _PIECE):
            piece = wanted[begin : begin + _PIECE]
            heads = zip(read.kind[piece].tolist(), read.time[piece].tolist(), read.thread[piece].tolist(), strict=True)
            for kind, time, thread in heads:
                name, arguments, rows = made[kind]
                yield TraceEvent(time, thread, name, dict(zip(arguments, next(rows), strict=False)))

    def _one(self, place: int) -> TraceEvent:
        read, kind = self._records, int(self._records.kind[place])
        row = int(np.count_nonzero(read.kind[:place] == kind))
        values = [column[row] if isinstance(column, list) else int(column[row]) for column in read.values[kind]]
        one = read.formats[kind]
        named = dict(zip(one.arguments, values, strict=True))
        return TraceEvent(int(read.time[place]), int(read.thread[place]), one.name, named)


def _rows(columns: list[Column]) -> Iterator[tuple[int | str, ...]]:
    """The rows of columns, some at a time."""
    return zip(*map(_listed, columns), strict=True) if columns else repeat(())


def _listed(column: Column) -> Iterator[int | str]:
    if isinstance(column, list):
        return iter(column)
    return chain.from_iterable(column[at : at + _PIECE].tolist() for at in range(0, len(column), _PIECE))


def parse_simpletrace(data: bytes, events: Sequence[EventFormat]) -> Trace:
    """A file as a trace; ValueError where it is none."""
    read = read_records(data, events)
    made = RecordedEvents(read)
    dropped = sum(int(event.arguments["count"]) for event in made.chosen(("dropped",)))
    return Trace(f"simple v{read.version}", made, (read.damage,) if read.damage else (), dropped)
