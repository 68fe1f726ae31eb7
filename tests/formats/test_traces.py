"""QEMU's traces: log lines and binary files of versions 2 to 4, whole, cut off, damaged, and of any bytes."""

from __future__ import annotations

import lzma
import random
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchflow.domain.trace import TraceEvent
from patchflow.flow.try_.interrupts import analyse, report_lines
from patchflow.flow.try_.spread import histogram, quantile
from patchflow.formats.trace.events import MAGIC, parse_events
from patchflow.formats.trace.log import parse_log
from patchflow.formats.trace.simpletrace import parse_simpletrace, read_records

LOG = Path(__file__).parent / "traces" / "microvm-rng.log"
EVENTS = parse_events(
    '# comment\n'
    'virtio_mmio_read(uint64_t offset) "virtio_mmio_read offset 0x%" PRIx64\n'
    'disable silent(void) ""\n'
    'named(void *vdev, const char *name, int n) "vdev %p name %s n %d"\n'
    'virtio_mmio_setting_irq(int level) "virtio_mmio setting IRQ %d"\n'
)  # fmt: skip


def record(version: int, number: int, time: int, payload: bytes, order: str = "<") -> bytes:
    """One record as trace/simple.c writes it."""
    head = struct.pack(f"{order}Q", 1) if version == 4 else b""
    return head + struct.pack(f"{order}QQII", number, time, 24 + len(payload), 77 if version > 2 else 0) + payload


def header(version: int, order: str = "<") -> bytes:
    """The head of a file; version 4 names its events."""
    made = struct.pack(f"{order}QQQ", (1 << 64) - 1, MAGIC, version)
    for number, name in ((0, b"virtio_mmio_read"), (2, b"named"), (3, b"virtio_mmio_setting_irq")):
        if version == 4:
            made += struct.pack(f"{order}QQI", 0, number, len(name)) + name
    return made


def file(version: int, order: str = "<") -> bytes:
    """A file of four records, one with a string and one that says events were lost."""
    text = struct.pack(f"{order}QI3sQ", 5, 3, b"abc", 9)
    return (
        header(version, order)
        + record(version, 0, 1000, struct.pack(f"{order}Q", 0x60), order)
        + record(version, 2, 2000, text, order)
        + record(version, (1 << 64) - 2, 2500, struct.pack(f"{order}Q", 12), order)
        + record(version, 3, 3000, struct.pack(f"{order}Q", 1), order)
    )


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [2, 3, 4])
def test_versions_and_byte_orders(version: int, order: str) -> None:
    trace = parse_simpletrace(file(version, order), EVENTS)
    assert trace.kind == f"simple v{version}" and trace.damage == () and trace.dropped == 12
    found = [(e.time, e.name, dict(e.arguments)) for e in trace.events]
    assert found == [
        (1000, "virtio_mmio_read", {"offset": 0x60}),
        (2000, "named", {"vdev": 5, "name": "abc", "n": 9}),
        (2500, "dropped", {"count": 12}),
        (3000, "virtio_mmio_setting_irq", {"level": 1}),
    ]
    assert {e.thread for e in trace.events} == {77 if version > 2 else 0}


def test_other_files_are_refused() -> None:
    for data in (b"", b"virtio", struct.pack("<QQQ", (1 << 64) - 1, MAGIC, 9)):
        with pytest.raises(ValueError):
            read_records(data, EVENTS)


@pytest.mark.parametrize("version", [2, 3, 4])
def test_a_cut_off_file_is_read_up_to_the_cut(version: int) -> None:
    """At every place: what came before the cut is there, and the damage names the cut."""
    whole = file(version)
    events = list(parse_simpletrace(whole, EVENTS).events)
    for cut in range(24, len(whole)):
        found = parse_simpletrace(whole[:cut], EVENTS)
        assert list(found.events) == events[: len(found.events)]
        assert not found.damage or f"byte {cut}" in found.damage[0]
        assert found.damage or len(found.events) < len(events)


def test_a_wrong_length_names_its_place() -> None:
    whole = bytearray(file(4))
    at = len(header(4)) + len(record(4, 0, 1000, bytes(8))) + 8 + 16
    whole[at] ^= 0xFF
    found = parse_simpletrace(bytes(whole), EVENTS)
    assert len(found.events) == 1
    assert f"byte {at - 24}" in found.damage[0]


def one_by_one(data: bytes, order: str, version: int) -> tuple[list[tuple[object, ...]], int]:
    """What a plain loop over a file of these tests' events reads: time, thread, name, values; and where it ends."""
    known = {0: ("virtio_mmio_read", "Q"), 2: ("named", "QsQ"), 3: ("virtio_mmio_setting_irq", "Q")}
    known[(1 << 64) - 2] = ("dropped", "Q")
    found: list[tuple[object, ...]] = []
    at = len(header(version, order))
    try:
        while at < len(data):
            start = at + (8 if version == 4 else 0)
            number, time, length, thread = struct.unpack_from(f"{order}QQII", data, start)
            values: list[object] = []
            here = start + 24
            for what in known[number][1]:
                value = struct.unpack_from(f"{order}{'I' if what == 's' else 'Q'}", data, here)[0]
                here += 4 if what == "s" else 8
                if what == "s":
                    text = data[here : here + value]
                    here += value
                    values.append(text.decode("utf-8", "replace"))
                else:
                    values.append(value)
            if here != start + length or here > len(data):
                break
            if version == 4 and struct.unpack_from(f"{order}Q", data, at) != (1,):
                break
            found.append((time, thread, known[number][0], *values))
            at = here
    except (struct.error, KeyError):
        pass
    return found, at


def many(version: int, order: str, seed: int, strings: float) -> bytes:
    """Thousands of records; a share of them with strings, behind which records stand at odd places."""
    chosen = random.Random(seed)
    made = [header(version, order)]
    for number in range(2000):
        if chosen.random() < strings:
            text = bytes(chosen.choices(b"abc\xff\x00\x01", k=chosen.randrange(40)))
            payload = struct.pack(f"{order}QI{len(text)}sQ", chosen.randrange(4), len(text), text, 1)
            made.append(record(version, 2, number, payload, order))
        else:
            made.append(record(version, chosen.choice((0, 3)), number, struct.pack(f"{order}Q", number % 4), order))
    return b"".join(made)


def plain(events: Sequence[TraceEvent]) -> list[tuple[object, ...]]:
    """Events as the plain loop gives them."""
    return [(event.time, event.thread, event.name, *event.arguments.values()) for event in events]


@pytest.mark.parametrize("strings", [0, 0.05, 0.9])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [2, 3, 4])
def test_reads_what_a_plain_loop_reads(version: int, order: str, strings: float) -> None:
    """Whole, with a byte changed anywhere, and cut off anywhere."""
    whole = many(version, order, version, strings)
    trace = parse_simpletrace(whole, EVENTS)
    assert plain(trace.events) == one_by_one(whole, order, version)[0] and not trace.damage
    assert [trace.events[at] for at in (0, 999, -1)] == [list(trace.events)[at] for at in (0, 999, -1)]
    chosen = random.Random(version)
    for _ in range(4):
        at = chosen.randrange(len(header(version)), len(whole))
        broken = whole[:at] + bytes([whole[at] ^ chosen.choice((1, 2, 0x80))]) + whole[at + 1 :]
        for data in (broken, whole[:at]):
            trace = parse_simpletrace(data, EVENTS)
            expected, end = one_by_one(data, order, version)
            assert plain(trace.events) == expected
            assert bool(trace.damage) == (end < len(data))
            assert all(f"byte {end}" in damage for damage in trace.damage)


def test_mappings_between_records_are_read() -> None:
    data = header(4) + b"".join(header(4)[24:] + record(4, 3, time, bytes(8)) for time in range(300))
    trace = parse_simpletrace(data, EVENTS)
    assert not trace.damage and [event.time for event in trace.events] == list(range(300))
    later = b"".join(header(4)[24:] + record(4, number, 1, bytes(8)) for number in (3, 0, 3))
    early = struct.pack("<QQQQQI24s", (1 << 64) - 1, MAGIC, 4, 0, 3, 23, b"virtio_mmio_setting_irq")[:-1]
    data = early + record(4, 3, 1, bytes(8)) + later
    names = [event.name for event in parse_simpletrace(data, EVENTS).events]
    assert names == ["virtio_mmio_setting_irq"] * 2 + ["virtio_mmio_read", "virtio_mmio_setting_irq"]


@settings(max_examples=300)
@given(st.binary(max_size=300), st.sampled_from([2, 3, 4]), st.integers(0, 200))
def test_any_bytes_are_read_or_named(noise: bytes, version: int, keep: int) -> None:
    """Nothing but ValueError ever leaves the readers, and what they make can be judged and shown."""
    trace = parse_simpletrace(header(version) + file(version)[24:][:keep] + noise, EVENTS)
    report_lines(analyse(trace))
    report_lines(analyse(parse_log(noise.decode("utf-8", "replace").splitlines())))


@settings(max_examples=100)
@given(st.lists(st.integers(0, 149), max_size=40), st.randoms())
def test_any_order_of_real_lines_is_judged(drop: list[int], random: object) -> None:
    """A real log with lines taken out at will: judged without falling over."""
    lines = LOG.read_text().splitlines()
    kept = [line for number, line in enumerate(lines) if number not in drop]
    report = analyse(parse_log(kept))
    assert report.trace.damage == ()
    assert len(report.interrupts) <= 3


def test_a_real_log() -> None:
    """Recorded on microvm with a virtio rng: raise, read, acknowledge, lower, done."""
    report = analyse(parse_log(LOG.read_text().splitlines()))
    assert report.holds
    first = report.interrupts[0]
    assert first.pin == 23 and first.read and first.acknowledged and first.lowered and first.done
    assert first.raised < first.read < first.acknowledged < first.lowered < first.done
    assert report.latencies() == sorted(report.latencies()) and len(report.latencies()) == 2


def without(*words: str) -> list[str]:
    """The real log without the lines that hold one of the words, in its first interrupt only."""
    left = set(words)
    kept: list[str] = []
    for line in LOG.read_text().splitlines():
        gone = next((word for word in left if word in line), None)
        if gone:
            left.discard(gone)
        else:
            kept.append(line)
    return kept


def test_a_missing_acknowledgement_is_told() -> None:
    report = analyse(parse_log(without("virtio_mmio_write offset 0x64 value 0x1")))
    assert [p.kind for p in report.problems] == ["never-acknowledged"]
    assert report.problems[0].time == report.interrupts[0].raised


def test_an_eoi_ends_all_that_was_acknowledged_before_it() -> None:
    """To the interrupt controller they were one interrupt; the next one gets an EOI of its own."""
    whole = analyse(parse_log(LOG.read_text().splitlines()))
    report = analyse(parse_log(without("clear remote irr for pin 23")))
    assert not report.problems
    assert [one.done for one in report.interrupts[:2]] == [whole.interrupts[1].done] * 2


def test_a_second_acknowledgement_is_told() -> None:
    lines = LOG.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if "offset 0x64 value 0x1" in line)
    report = analyse(parse_log([*lines[: at + 3], *lines[at : at + 3], *lines[at + 3 :]]))
    assert [p.kind for p in report.problems] == ["acknowledged-twice"]


def test_a_queue_that_is_never_served_is_told() -> None:
    lines = [line for line in LOG.read_text().splitlines() if "virtqueue_" not in line and "virtio_notify" not in line]
    lines.insert(0, LOG.read_text().splitlines()[0])
    later = "20530@1795455330.000000:virtio_notify vdev 0x1 vq 0x2"
    report = analyse(parse_log([*lines, later]))
    assert "never-served" in {p.kind for p in report.problems}


def test_a_torn_line_is_named_and_the_rest_read() -> None:
    lines = LOG.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if "virtio_mmio_read offset 0x70" in line)
    report = analyse(parse_log([*lines[:at], lines[at][:-4], *lines[at + 1 :]]))
    assert report.trace.damage[0].startswith(f"line {at + 1} ")
    assert not report.problems and not report.holds


@settings(max_examples=300)
@given(st.from_regex(r"([0-9]+@[0-9]+\.[0-9]{6}:)?ioapic_set_irq vector: -?[0-9]+ level: (0x)?[0-9]+", fullmatch=True))
def test_numbers_of_any_length(row: str) -> None:
    """Leading zeros and endless digits are read, or named as damage."""
    assert len(parse_log([row]).events) + len(parse_log([row]).damage) == 1


def test_figures() -> None:
    values = list(range(1, 101))
    assert (quantile(values, 0.5), quantile(values, 0.99), quantile([], 0.5)) == (50, 99, 0)
    assert histogram([500, 1500, 3000, 3500]) == [(1, 1), (2, 1), (4, 2)]


def as_simpletrace_py_prints(events: Sequence[TraceEvent]) -> list[str]:
    """The events in the words of QEMU's scripts/simpletrace.py: microseconds since the last one, values in hex."""
    rows: list[str] = []
    last = events[0].time
    for time, thread, name, arguments in events:
        shown = [f"{key}={value.encode()!r}" if isinstance(value, str) else f"{key}=0x{value:x}"
                 for key, value in arguments.items()]  # fmt: skip
        rows.append(" ".join([name, f"{(time - last) / 1000:0.3f}", f"pid={thread}", *shown]))
        last = time
    return rows


def test_a_real_binary_trace_agrees_with_simpletrace_py() -> None:
    """Record for record with what QEMU's own script printed of the file."""
    folder = LOG.parent
    events = parse_events((folder / "trace-events").read_text())
    data = lzma.decompress((folder / "microvm-rng-v4.simpletrace.xz").read_bytes())
    trace = parse_simpletrace(data, events)
    assert trace.damage == () and trace.kind == "simple v4"
    assert as_simpletrace_py_prints(trace.events) == (folder / "microvm-rng-v4.txt").read_text().splitlines()
    report = analyse(trace)
    assert report.holds and len(report.interrupts) == 10 and len(report.latencies()) == 10
