"""Reads the binary files of QEMU's simple trace back end, format versions 2 to 4, fast and never past damage.

The layout is that of QEMU's trace/simple.c: a header of three 64-bit words (all ones, a magic number, the version);
then records of event number, time in nanoseconds, length and thread (which version 2 leaves 0), followed by the
arguments: 64 bits each, strings with a 32-bit length before them. Version 4 has a 64-bit word before each record that
tells events from mappings of numbers to names; before it, events are numbered as they stand in trace-events-all.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from struct import error as StructError
from typing import Any, overload

from patchflow.domain.trace import Events, Trace, TraceEvent

MAGIC = 0xF2B177CB0AA429B4
_HEADER_ID = (1 << 64) - 1
_DROPPED = (1 << 64) - 2
_MAPPING, _EVENT = 0, 1
_STRINGS = ("const char*", "char*", "const char *", "char *")
_LONGEST_NAME = 4096
_PIECE = 1 << 15  # bytes that are taken apart at once
_MOST_LENGTHS = 8  # of one event's strings
_MOST_BRANCHES = 100  # events the expression knows; each costs the others time
_DEFINED = re.compile(r"^\s*(?P<properties>(?:\w+\s+)*)(?P<name>\w+)\((?P<arguments>[^)]*)\)\s*\"?")

Record = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class EventFormat:
    """An event as trace-events-all defines it: its arguments' names, and which of them are strings."""

    name: str
    arguments: tuple[str, ...]
    strings: tuple[bool, ...]


class Records:
    """The records of a file, each as its own bytes, and what decodes them.

    `damage` is "" where the file was read to its end.
    """

    def __init__(self, version: int, order: str, formats: dict[int, EventFormat]) -> None:
        self.version = version
        self.formats = formats
        self.frames: list[bytes] = []
        self.damage = ""
        self._order = order
        self._typed = version == 4
        self._at = 8 if self._typed else 0  # where a record's number stands
        self.head = self._at + 8  # bytes that tell one event from another
        self._shapes: dict[int, Any] = {}

    def number(self, frame: bytes) -> int:
        """The number of a record's event."""
        return int.from_bytes(frame[self._at : self._at + 8], "little" if self._order == "<" else "big")

    def shape(self, one: EventFormat) -> Struct:
        """What unpacks a record of an event without strings: number, time, length, thread, arguments."""
        return Struct(f"{self._order}{'8x' if self._typed else ''}QQII{len(one.arguments)}Q")

    def decoder(self, number: int) -> Callable[[bytes], Record]:
        """What makes a record's bytes a row."""
        if number not in self._shapes:
            one = self.formats[number]
            self._shapes[number] = self._with_strings if any(one.strings) else self.shape(one).unpack
        found: Callable[[bytes], Record] = self._shapes[number]
        return found

    @property
    def rows(self) -> list[Record]:
        """Every record decoded: (number, time, length, thread, arguments …)."""
        size = self.head
        known = {head: self.decoder(self.number(head)) for head in {frame[:size] for frame in self.frames}}
        return [known[frame[:size]](frame) for frame in self.frames]

    def _with_strings(self, frame: bytes) -> Record:
        head = Struct(f"{self._order}QQII").unpack_from(frame, self._at)
        return (*head, *(arguments(frame, self._order, self.formats[head[0]], self._at + 24) or ()))


def arguments(frame: bytes, order: str, one: EventFormat, at: int) -> list[int | bytes] | None:
    """The arguments from a place to the end of a record; None where they do not fill just that room."""
    if not one.arguments:
        return []
    word, size = Struct(f"{order}Q"), Struct(f"{order}I")
    values: list[int | bytes] = []
    for is_string in one.strings:
        if at + (4 if is_string else 8) > len(frame):
            return None
        if is_string:
            (length,) = size.unpack_from(frame, at)
            at += 4
            if at + length > len(frame):
                return None
            values.append(frame[at : at + length])
            at += length
        else:
            values.append(word.unpack_from(frame, at)[0])
            at += 8
    return values if at == len(frame) else None


def parse_events(text: str) -> list[EventFormat]:
    """The events of a trace-events-all file, in its order."""
    found: list[EventFormat] = []
    for row in text.split("\n"):
        if row.lstrip().startswith("#") or not (match := _DEFINED.match(row)):
            continue
        words = [word.strip() for word in match["arguments"].split(",") if word.strip() not in ("", "void")]
        if "vcpu" in match["properties"].split():
            words.insert(0, "void *__cpu")  # as tracetool adds it
        names = tuple(re.split(r"[\s*]+", word)[-1] for word in words)
        strings = tuple(word.startswith(_STRINGS) and word.count("*") == 1 for word in words)
        found.append(EventFormat(match["name"], names, strings))
    return found


def is_simpletrace(data: bytes) -> bool:
    """Whether the file begins as the simple back end's do, in either byte order."""
    return len(data) >= 16 and data[:8] == b"\xff" * 8 and data[8:16] in (
        MAGIC.to_bytes(8, "little"), MAGIC.to_bytes(8, "big"),
    )  # fmt: skip


def read_records(data: bytes, events: Sequence[EventFormat]) -> Records:
    """Reads a file; ValueError where it is none of the simple back end's, or of another version."""
    if not is_simpletrace(data):
        raise ValueError("it does not begin as a file of QEMU's simple trace back end does")
    order = "<" if data[8:16] == MAGIC.to_bytes(8, "little") else ">"
    if len(data) < 24:
        empty = Records(0, order, {})
        empty.damage = f"cut off at byte {len(data)}, within the header"
        return empty
    (version,) = Struct(f"{order}Q").unpack_from(data, 16)
    if version not in (2, 3, 4):
        raise ValueError(f"its format version is {version}; versions 2 to 4 are known")
    return _Reader(data, order, version, events).read()


class _Reader:
    """One pass over a file.

    A regular expression of the events met so far, each with its number, its length and room for the rest, takes a file
    apart at the speed of C. What it does not match is looked at by itself: mappings, events met for the first time or
    with strings of another length, damage.
    """

    def __init__(self, data: bytes, order: str, version: int, events: Sequence[EventFormat]) -> None:
        self.data = data
        self.order = order
        self.typed = version == 4
        self.by_name = {event.name: event for event in events}
        formats = {} if self.typed else dict(enumerate(events))
        formats[_DROPPED] = EventFormat("dropped", ("count",), (False,))
        self.records = Records(version, order, formats)
        self.branches: dict[bytes, int] = {}
        self.missed = 0

    def read(self) -> Records:
        """Everything up to the end or the first damage."""
        collecting = gc.isenabled()
        gc.disable()  # a million objects that all stay would be looked through again and again
        try:
            self.records.damage = self._walk()
        finally:
            if collecting:
                gc.enable()
        return self.records

    def _walk(self) -> str:
        frames, at, end = self.records.frames, 24, len(self.data)
        whole, split = self._patterns()
        while at < end:
            found = split.findall(self.data, at, at + _PIECE)
            rest = b"" if whole.fullmatch(found[-1]) else found.pop()
            frames += found
            at = min(at + _PIECE, end) - len(rest)
            if found or not rest:
                continue
            try:
                at, damage = self._slow(at)
            except StructError:
                damage = f"cut off at byte {end}: the record at byte {at} is not whole"
            if damage:
                return damage
            if self.missed > len(self.branches):
                whole, split = self._patterns()
        return ""

    def _patterns(self) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
        """A record of an event met so far; and the same, or all that is left where none is."""
        self.missed = 0
        known = b"|".join(self.branches) or b"(?!)"
        return re.compile(b"(?s:%s)" % known), re.compile(b"(?s:%s|.+)" % known)

    def _slow(self, at: int) -> tuple[int, str]:
        """A record that the expression does not know: where the next one begins, or the damage."""
        (what,) = Struct(f"{self.order}Q").unpack_from(self.data, at) if self.typed else (_EVENT,)
        if what == _MAPPING:
            return self._mapping(at)
        if what != _EVENT:
            return at, f"damaged at byte {at}: {what:#x} begins no record"
        start = at + (8 if self.typed else 0)
        number, _, length, _ = Struct(f"{self.order}QQII").unpack_from(self.data, start)
        one = self.records.formats.get(number)
        if one is None or length < 24:
            return at, f"damaged at byte {at}: no event has the number {number}"
        frame = self.data[at : start + length]
        if not any(one.strings) and length != 24 + 8 * len(one.arguments):
            return at, f"damaged at byte {at}: a record of {one.name} has the length {length}"
        if start + length > len(self.data):
            return at, f"cut off at byte {len(self.data)}: the record at byte {at} is not whole"
        values = arguments(frame, self.order, one, start - at + 24)
        if values is None:
            return at, f"damaged at byte {at}: the arguments of {one.name} do not fit the record's length {length}"
        self._meet(number, length, values)
        self.records.frames.append(frame)
        return start + length, ""

    def _meet(self, number: int, length: int, values: Sequence[int | bytes]) -> None:
        """Adds records of this event, with strings of these lengths, to what the next expression knows."""
        words = (_EVENT, number) if self.typed else (number,)
        size = Struct(f"{self.order}I")
        parts = [re.escape(Struct(f"{self.order}{len(words)}Q").pack(*words)), b".{8}", re.escape(size.pack(length))]
        parts.append(b".{4}")
        for value in values:
            if isinstance(value, bytes):
                parts.append(re.escape(size.pack(len(value))) + b".{%d}" % len(value))
            else:
                parts.append(b".{8}")
        branch = b"".join(parts)
        of_this = sum(number == other for other in self.branches.values())
        if branch in self.branches or (len(self.branches) < _MOST_BRANCHES and of_this < _MOST_LENGTHS):
            self.branches[branch] = number
            self.missed += 1

    def _mapping(self, at: int) -> tuple[int, str]:
        number, size = Struct(f"{self.order}QI").unpack_from(self.data, at + 8)
        text = self.data[at + 20 : at + 20 + size]
        if size > _LONGEST_NAME:
            return at, f"damaged at byte {at}: a name of {size} bytes"
        if len(text) < size:
            return at, f"cut off at byte {len(self.data)}: the mapping at byte {at} is not whole"
        name = text.decode("utf-8", "replace")
        # An event that this trace-events-all does not have: its arguments are words without names.
        one = self.by_name.get(name) or EventFormat(name, (), (True,))
        if self.records.formats.get(number, one) != one:
            return at, f"damaged at byte {at}: the number {number} is given to {name} and to another event"
        self.records.formats[number] = one
        return at + 20 + size, ""


class RecordedEvents(Events):
    """The events of a file, made of its records when they are asked for."""

    def __init__(self, records: Records) -> None:
        super().__init__()
        self._records = records

    def __len__(self) -> int:
        return len(self._records.frames)

    @overload
    def __getitem__(self, index: int) -> TraceEvent: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[TraceEvent]: ...

    def __getitem__(self, index: int | slice) -> TraceEvent | Sequence[TraceEvent]:
        frames = self._records.frames[index]
        if isinstance(frames, bytes):
            return next(self._made([frames]))
        return list(self._made(frames))

    def __iter__(self) -> Iterator[TraceEvent]:
        return self._made(self._records.frames)

    def names(self) -> set[str]:
        """The names that occur."""
        return {self._records.formats[number].name for number in self._numbers().values()}

    def chosen(self, names: Container[str]) -> Iterator[TraceEvent]:
        """The events of these names; the others are not even decoded."""
        wanted = {
            head for head, number in self._numbers().items() if self._records.formats[number].name in names
        }  # fmt: skip
        size = self._records.head
        return self._made(frame for frame in self._records.frames if frame[:size] in wanted)

    def _numbers(self) -> dict[bytes, int]:
        size = self._records.head
        return {head: self._records.number(head) for head in {frame[:size] for frame in self._records.frames}}

    def _made(self, frames: Iterable[bytes]) -> Iterator[TraceEvent]:
        records, known = self._records, dict[bytes, tuple[Callable[[bytes], Record], EventFormat]]()
        size = records.head
        for frame in frames:
            found = known.get(frame[:size])
            if found is None:
                number = records.number(frame)
                found = known[frame[:size]] = (records.decoder(number), records.formats[number])
            _, time, _, thread, *values = found[0](frame)
            one = found[1]
            if True in one.strings:
                values = [_plain(value) for value in values]
            yield TraceEvent(time, thread, one.name, dict(zip(one.arguments, values, strict=False)))


def parse_simpletrace(data: bytes, events: Sequence[EventFormat]) -> Trace:
    """A file as a trace; ValueError where it is none."""
    read = read_records(data, events)
    made = RecordedEvents(read)
    dropped = sum(int(event.arguments["count"]) for event in made.chosen(("dropped",)))
    return Trace(f"simple v{read.version}", made, (read.damage,) if read.damage else (), dropped)


def _plain(value: int | bytes) -> int | str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
