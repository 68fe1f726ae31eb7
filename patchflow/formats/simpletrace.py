"""Reads the binary files of QEMU's simple trace back end, format versions 2 to 4, fast and never past damage.

The layout is that of QEMU's trace/simple.c: a header of three 64-bit words (all ones, a magic number, the version);
then records of event number, time in nanoseconds, length and thread (which version 2 leaves 0), followed by the
arguments: 64 bits each, strings with a 32-bit length before them. Version 4 has a 64-bit word before each record that
tells events from mappings of numbers to names; before it, events are numbered as they stand in trace-events-all.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from struct import error as StructError
from typing import Any

from patchflow.domain.trace import Trace, TraceEvent

MAGIC = 0xF2B177CB0AA429B4
_HEADER_ID = (1 << 64) - 1
_DROPPED = (1 << 64) - 2
_MAPPING, _EVENT = 0, 1
_STRINGS = ("const char*", "char*", "const char *", "char *")
_LONGEST_NAME = 4096
_DEFINED = re.compile(r"^\s*(?P<properties>(?:\w+\s+)*)(?P<name>\w+)\((?P<arguments>[^)]*)\)\s*\"?")

Record = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class EventFormat:
    """An event as trace-events-all defines it: its arguments' names, and which of them are strings."""

    name: str
    arguments: tuple[str, ...]
    strings: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a file as raw tuples (number, time, length, thread, arguments …), and the names of the numbers.

    `damage` is "" where the file was read to its end.
    """

    version: int
    rows: list[Record]
    formats: dict[int, EventFormat]
    damage: str


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
        return Records(0, [], {}, f"cut off at byte {len(data)}, within the header")
    (version,) = Struct(f"{order}Q").unpack_from(data, 16)
    if version not in (2, 3, 4):
        raise ValueError(f"its format version is {version}; versions 2 to 4 are known")
    return _Reader(data, order, version, events).read()


class _Reader:
    """One pass over a file."""

    def __init__(self, data: bytes, order: str, version: int, events: Sequence[EventFormat]) -> None:
        self.data = data
        self.order = order
        self.version = version
        self.typed = version == 4
        self.by_name = {event.name: event for event in events}
        self.formats: dict[int, EventFormat] = {} if self.typed else dict(enumerate(events))
        self.formats[_DROPPED] = EventFormat("dropped", ("count",), (False,))
        # What one unpacking reads whole: events without strings. A record's first bytes (what it is, its event) ->
        # (unpack, its size in the file, its length as the record itself says it).
        self.whole: dict[bytes, tuple[Any, int, int]] = {}
        for number in list(self.formats):
            self._prepare(number)

    def _prepare(self, number: int) -> None:
        one = self.formats[number]
        head = Struct(f"{self.order}QQ").pack(_EVENT, number) if self.typed else Struct(f"{self.order}Q").pack(number)
        self.whole.pop(head, None)
        if not any(one.strings):
            shape = Struct(f"{self.order}{'8x' if self.typed else ''}QQII{len(one.arguments)}Q")
            self.whole[head] = (shape.unpack_from, shape.size, shape.size - (8 if self.typed else 0))

    def read(self) -> Records:
        """Everything up to the end or the first damage."""
        rows: list[Record] = []
        collecting = gc.isenabled()
        gc.disable()  # a million tuples that all stay would be looked through again and again
        try:
            damage = self._walk(rows)
        finally:
            if collecting:
                gc.enable()
        return Records(self.version, rows, self.formats, damage)

    def _walk(self, rows: list[Record]) -> str:
        data, known, append = self.data, self.whole.get, rows.append
        at, end, head, damage = 24, len(self.data), 16 if self.typed else 8, ""
        while at < end and not damage:
            found = known(data[at : at + head])
            try:
                if found is None:
                    at, damage = self._slow(at, rows)
                    continue
                unpack, size, length = found
                row = unpack(data, at)
            except StructError:
                return f"cut off at byte {end}: the record at byte {at} is not whole"
            if row[2] != length:
                return f"damaged at byte {at}: a record of {self.formats[row[0]].name} has the length {row[2]}"
            append(row)
            at += size
        return damage

    def _slow(self, at: int, rows: list[Record]) -> tuple[int, str]:
        """A mapping, an event with strings, or one that is not known: where the next record begins, or the damage."""
        (what,) = Struct(f"{self.order}Q").unpack_from(self.data, at) if self.typed else (_EVENT,)
        if what == _MAPPING:
            return self._mapping(at)
        if what != _EVENT:
            return at, f"damaged at byte {at}: {what:#x} begins no record"
        start = at + (8 if self.typed else 0)
        number, time, length, thread = Struct(f"{self.order}QQII").unpack_from(self.data, start)
        one = self.formats.get(number)
        if one is None or length < 24 or start + length > len(self.data):
            if one is not None and start + length > len(self.data):
                return at, f"cut off at byte {len(self.data)}: the record at byte {at} is not whole"
            return at, f"damaged at byte {at}: no event has the number {number}"
        values = self._arguments(one, start + 24, start + length)
        if values is None:
            return at, f"damaged at byte {at}: the arguments of {one.name} do not fit the record's length {length}"
        rows.append((number, time, length, thread, *values))
        return start + length, ""

    def _mapping(self, at: int) -> tuple[int, str]:
        number, size = Struct(f"{self.order}QI").unpack_from(self.data, at + 8)
        text = self.data[at + 20 : at + 20 + size]
        if size > _LONGEST_NAME:
            return at, f"damaged at byte {at}: a name of {size} bytes"
        if len(text) < size:
            return at, f"cut off at byte {len(self.data)}: the mapping at byte {at} is not whole"
        name = text.decode("utf-8", "replace")
        # An event that this trace-events-all does not have: its arguments are words without names.
        self.formats[number] = self.by_name.get(name) or EventFormat(name, (), (True,))
        self._prepare(number)
        return at + 20 + size, ""

    def _arguments(self, one: EventFormat, at: int, end: int) -> list[int | bytes] | None:
        """The arguments between two places; None where they do not fill just that room."""
        if not one.arguments:
            return []
        word, size = Struct(f"{self.order}Q"), Struct(f"{self.order}I")
        values: list[int | bytes] = []
        for is_string in one.strings:
            if at + (4 if is_string else 8) > end:
                return None
            if is_string:
                (length,) = size.unpack_from(self.data, at)
                at += 4
                if at + length > end:
                    return None
                values.append(self.data[at : at + length])
                at += length
            else:
                values.append(word.unpack_from(self.data, at)[0])
                at += 8
        return values if at == end else None


def parse_simpletrace(data: bytes, events: Sequence[EventFormat]) -> Trace:
    """A file as a trace; ValueError where it is none."""
    read = read_records(data, events)
    made: list[TraceEvent] = []
    dropped = 0
    for number, time, _, thread, *values in read.rows:
        one = read.formats[number]
        if number == _DROPPED:
            dropped += values[0]
        named = zip(one.arguments, values, strict=False)
        made.append(TraceEvent(time, thread, one.name, {name: _plain(value) for name, value in named}))
    return Trace(f"simple v{read.version}", tuple(made), (read.damage,) if read.damage else (), dropped)


def _plain(value: int | bytes) -> int | str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
