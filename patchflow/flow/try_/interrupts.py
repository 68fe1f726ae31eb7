"""Follows virtio interrupts through a trace: raised, acknowledged, done; which were not, and how long each took."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field
from fnmatch import fnmatchcase
from typing import Any

from patchflow.domain.trace import Trace, TraceEvent
from patchflow.flow.try_.spread import histogram, micros, quantile
from patchflow.flow.try_.trace_names import STARTS, named_devices, started_name
from patchflow.values import dataclass

# Registers of a virtio-mmio device (the VIRTIO standard, "MMIO Device Register Layout").
_STATUS, _ACK = 0x60, 0x64
_NO_PIN = -1
_SAID = 5  # QEMU's own words that are shown


@dataclass
class Interrupt:
    """One interrupt of a device. Times are nanoseconds of the trace's own epoch, None where it never came."""

    pin: int
    device: str
    raised: int
    read: int | None = None
    acknowledged: int | None = None
    lowered: int | None = None
    done: int | None = None
    again: int = 0

    @property
    def latency(self) -> int | None:
        """Nanoseconds from raise to acknowledge."""
        return None if self.acknowledged is None else self.acknowledged - self.raised


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong; `kind` is never-acknowledged, acknowledged-twice, never-raised or never-served."""

    time: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a timeline."""

    time: int
    device: str
    what: str


@dataclass
class TraceReport:
    """What a trace shows. `begin` is the first event's time in nanoseconds."""

    trace: Trace
    begin: int
    interrupts: list[Interrupt]
    problems: list[Problem]
    rows: list[Row]
    notified: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it and all of it could be read."""
        return not self.problems and not self.trace.damage

    def latencies(self, device: str = "") -> list[int]:
        """Sorted nanoseconds from raise to acknowledge, of one device or of all."""
        return sorted(i.latency for i in self.interrupts if i.latency is not None and device in ("", i.device))

    def devices(self) -> list[str]:
        """The devices that were seen, in the order of their names."""
        return sorted({i.device for i in self.interrupts} | set(self.notified))


def analyse(trace: Trace) -> TraceReport:
    """Follows every interrupt and every queue notification."""
    follower = _Follower(trace.events.names(), named_devices(trace))
    for event in trace.events.chosen(_HANDLERS):
        _HANDLERS[event.name](follower, event)
    follower.finish(trace.events[-1].time if trace.events else 0)
    begin = trace.events[0].time if trace.events else 0
    problems = sorted(follower.problems, key=lambda problem: problem.time)
    return TraceReport(trace, begin, follower.interrupts, problems, follower.rows, dict(follower.notified))


def _number(event: TraceEvent, name: str) -> int:
    value = event.arguments.get(name, 0)
    return value if isinstance(value, int) else 0


def _signed(event: TraceEvent, name: str) -> int:
    """A C int, which the simple back end keeps as 64 bits."""
    value = _number(event, name)
    return value - (1 << 64) if value >= 1 << 63 else value


@dataclass
class _Thread:
    """What a thread is in the middle of: the steps of one interrupt follow each other within a thread."""

    notifying: str = ""
    level: int | None = None
    acknowledging: int | None = None  # the time of the write that a change of the line has yet to follow
    read: int | None = None


@dataclass
class _Follower:
    """Walks through the events and keeps what is open."""

    seen: set[str]
    names: dict[int, str]
    interrupts: list[Interrupt] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    notified: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    threads: defaultdict[int, _Thread] = field(default_factory=lambda: defaultdict(_Thread))
    open: defaultdict[int, list[Interrupt]] = field(default_factory=lambda: defaultdict(list))
    pins: dict[int, str] = field(default_factory=dict)  # virtio-mmio's pins and the device on each
    waiting: dict[int, tuple[int, str, int]] = field(default_factory=dict)  # vq -> time, device, queue

    # The device's side

    def notify_queue(self, event: TraceEvent) -> None:
        device, queue = self._name(event), _number(event, "n")
        self.notified[device] += 1
        self.rows.append(Row(event.time, device, f"queue {queue} notified"))
        self.waiting.setdefault(_number(event, "vq"), (event.time, device, queue))

    def _name(self, event: TraceEvent) -> str:
        vdev = _number(event, "vdev")
        return self.names.get(vdev) or f"{vdev:#x}"

    def start(self, event: TraceEvent) -> None:
        """A vhost device, whose queues QEMU does not serve, and mostly does not see."""
        if name := started_name(event):
            what = "started" if event.name == STARTS[0] else "stopped"
            self.rows.append(Row(event.time, name, f"{what}; the host serves its queues (vhost)"))
            self.notified[name] += 0

    def serve_queue(self, event: TraceEvent) -> None:
        self.waiting.pop(_number(event, "vq"), None)

    def notify_guest(self, event: TraceEvent) -> None:
        self.serve_queue(event)
        self.threads[event.thread].notifying = self._name(event)

    def set_level(self, event: TraceEvent) -> None:
        thread = self.threads[event.thread]
        thread.level = _signed(event, "level")
        if "ioapic_set_irq" not in self.seen:
            self._line(event, _NO_PIN, thread.level)

    def set_line(self, event: TraceEvent) -> None:
        thread = self.threads[event.thread]
        level = _signed(event, "level")
        if thread.level is not None and bool(thread.level) == bool(level):
            self._line(event, _signed(event, "vector"), level)

    def _line(self, event: TraceEvent, pin: int, level: int) -> None:
        """The device's line at the interrupt controller changes, or is set to what it was."""
        thread = self.threads[event.thread]
        thread.level = None
        if thread.notifying:
            self.pins[pin] = thread.notifying
        if thread.acknowledging is not None:
            self._acknowledge(event, pin)
        if level:
            self._raise(event, pin)
        else:
            self._lower(event, pin)
        thread.notifying = ""

    def _device(self, pin: int) -> str:
        return self.pins.get(pin) or (f"pin {pin}" if pin != _NO_PIN else "virtio-mmio")

    def _raise(self, event: TraceEvent, pin: int) -> None:
        row = self.open[pin]
        if row and row[-1].acknowledged is None and row[-1].lowered is None:
            row[-1].again += 1
            return
        interrupt = Interrupt(pin, self._device(pin), event.time)
        row.append(interrupt)
        self.interrupts.append(interrupt)
        self._tell(event.time, pin, "raised")

    def _lower(self, event: TraceEvent, pin: int) -> None:
        row = [one for one in self.open[pin] if one.lowered is None]
        if row:
            row[0].lowered = event.time
            self._tell(event.time, pin, "lowered")
            eois = {"ioapic_eoi_broadcast", "ioapic_clear_remote_irr"} & self.seen
            if not eois or pin == _NO_PIN:  # no EOI that can be told to be this line's will come
                self._close(pin, row[0])

    # The guest's side

    def read_register(self, event: TraceEvent) -> None:
        if _number(event, "offset") == _STATUS:
            self.threads[event.thread].read = event.time

    def write_register(self, event: TraceEvent) -> None:
        if _number(event, "offset") == _ACK and _number(event, "value") & 1:
            thread = self.threads[event.thread]
            if thread.acknowledging is not None:  # the first one changed no line that could be seen
                self._acknowledge(event, self._likely_pin())
            thread.acknowledging = event.time
            if "virtio_mmio_setting_irq" not in self.seen:
                self._acknowledge(event, self._likely_pin())

    def _likely_pin(self) -> int:
        waiting = [(row[0].raised, pin) for pin, row in self.open.items() if row and row[0].acknowledged is None]
        return min(waiting)[1] if waiting else next(iter(self.pins), _NO_PIN)

    def _acknowledge(self, event: TraceEvent, pin: int) -> None:
        thread = self.threads[event.thread]
        time = event.time if thread.acknowledging is None else thread.acknowledging
        thread.acknowledging = None
        waiting = [one for one in self.open[pin] if one.acknowledged is None]
        if waiting:
            waiting[0].read, waiting[0].acknowledged, thread.read = thread.read, time, None
            self._tell(time, pin, "acknowledged")
            return
        mine = any(one.pin == pin for one in self.interrupts)
        kind = "acknowledged-twice" if mine else "never-raised"
        words = "acknowledged twice" if mine else "acknowledged without being raised"
        self.problems.append(Problem(time, kind, f"{self._device(pin)}: interrupt {words}"))
        self._tell(time, pin, words)

    # The interrupt controller's side

    def clear(self, event: TraceEvent) -> None:
        """An EOI broadcast reaches a pin."""
        self._done(event, _signed(event, "n"))

    def broadcast(self, event: TraceEvent) -> None:
        if "ioapic_clear_remote_irr" not in self.seen:
            candidates = [(row[0].raised, pin) for pin, row in self.open.items() if row]
            if candidates:
                self._done(event, min(candidates)[1])

    def _done(self, event: TraceEvent, pin: int) -> None:
        """An EOI ends every interrupt of the pin that is acknowledged: they were one to the interrupt controller."""
        row = self.open.get(pin)
        if row:
            self._tell(event.time, pin, "done")
            for one in [one for one in row if one.acknowledged is not None] or row[:1]:
                one.done = event.time
                self._close(pin, one)

    def _close(self, pin: int, interrupt: Interrupt) -> None:
        self.open[pin].remove(interrupt)
        if interrupt.acknowledged is None:
            self._never(interrupt)

    def _never(self, one: Interrupt) -> None:
        self.problems.append(
            Problem(one.raised, "never-acknowledged", f"{one.device}: interrupt raised and never acknowledged")
        )

    def finish(self, end: int) -> None:
        """What is still open at the end of the trace."""
        for row in self.open.values():
            for one in row:
                if one.acknowledged is None:
                    self._never(one)
        served = {"virtqueue_pop", "virtqueue_fill", "virtqueue_flush", "virtio_notify"} & self.seen
        for time, device, queue in self.waiting.values() if served else ():
            text = f"{device}: queue {queue} notified and never served in the {micros(end - time)} that follow"
            self.problems.append(Problem(time, "never-served", text))

    def _tell(self, time: int, pin: int, what: str) -> None:
        place = f" (pin {pin})" if pin != _NO_PIN else ""
        self.rows.append(Row(time, self._device(pin), f"interrupt {what}{place}"))


_HANDLERS = {
    "virtio_queue_notify": _Follower.notify_queue,
    "virtqueue_pop": _Follower.serve_queue,
    "virtqueue_fill": _Follower.serve_queue,
    "virtqueue_flush": _Follower.serve_queue,
    "virtio_notify": _Follower.notify_guest,
    "virtio_mmio_setting_irq": _Follower.set_level,
    "ioapic_set_irq": _Follower.set_line,
    "virtio_mmio_read": _Follower.read_register,
    "virtio_mmio_write_offset": _Follower.write_register,
    "ioapic_clear_remote_irr": _Follower.clear,
    "ioapic_eoi_broadcast": _Follower.broadcast,
    **dict.fromkeys(STARTS, _Follower.start),
}


def report_lines(report: TraceReport, device: str = "", event: str = "", most: int = 60) -> list[str]:
    """The trace for people: a timeline (of one device, of events that match), figures, and what is wrong."""
    trace = report.trace
    lines = [f"{trace.kind}: {len(trace.events)} events" + (f", {trace.dropped} dropped" if trace.dropped else "")]
    rows = _chosen_rows(report, device, event)
    for row in rows[:most]:
        lines.append(f"{(row.time - report.begin) / 1e9:12.6f}  {row.device:<18}  {row.what}")
    if len(rows) > most:
        lines.append(f"and {len(rows) - most} more rows")
    for name in report.devices():
        if device in ("", name):
            lines += figures(report, name)
    lines += [f"{(p.time - report.begin) / 1e9:12.6f}  wrong: {p.text}" for p in report.problems[:most]]
    if len(report.problems) > most:
        lines.append(f"and {len(report.problems) - most} more of them")
    lines += [f"QEMU said: {text}" for text in trace.said[:_SAID]]
    lines += [f"not read: {text}" for text in trace.damage]
    lines.append("nothing is wrong with it" if report.holds else "it does not hold")
    return lines


def _chosen_rows(report: TraceReport, device: str, event: str) -> list[Row]:
    if event:
        names = {name for name in report.trace.events.names() if fnmatchcase(name, event)}
        found = report.trace.events.chosen(names)
        return [Row(e.time, e.name, " ".join(f"{k}={_shown(v)}" for k, v in e.arguments.items())) for e in found]
    return [row for row in report.rows if device in ("", row.device)]


def _shown(value: int | str) -> str:
    return f"{value:#x}" if isinstance(value, int) and value > 9 else str(value)


def figures(report: TraceReport, device: str) -> list[str]:
    """One device's counts, latencies and histogram, in lines."""
    mine = [one for one in report.interrupts if one.device == device]
    values = report.latencies(device)
    done = sum(1 for one in mine if one.done is not None)
    lines = [f"{device}: {report.notified.get(device, 0)} queue notifications, {len(mine)} interrupts, "
             f"{len(values)} acknowledged, {done} ended"]  # fmt: skip
    if values:
        lines.append(f"  raise to acknowledge: median {micros(quantile(values, 0.5))}, "
                     f"p99 {micros(quantile(values, 0.99))}, longest {micros(values[-1])}")  # fmt: skip
        top = max(count for _, count in histogram(values))
        lines += [f"  < {micros(bound * 1000):>8}  {'#' * round(40 * count / top):<40} {count}"
                  for bound, count in histogram(values)]  # fmt: skip
    return lines


def report_document(report: TraceReport, device: str = "", event: str = "") -> dict[str, Any]:
    """The trace as JSON; times are nanoseconds from its first event."""
    begin = report.begin

    def since(time: int | None) -> int | None:
        return None if time is None else time - begin

    devices = []
    for name in report.devices():
        if device not in ("", name):
            continue
        values = report.latencies(name)
        figures = {"median": quantile(values, 0.5), "p99": quantile(values, 0.99), "max": values[-1] if values else 0}
        mine = [one for one in report.interrupts if one.device == name]
        devices.append({
            "device": name,
            "notified": report.notified.get(name, 0),
            "latency_ns": figures,
            "histogram": [{"below_us": bound, "count": count} for bound, count in histogram(values)],
            "interrupts": [
                {"pin": i.pin, "raised": since(i.raised), "read": since(i.read), "acknowledged": since(i.acknowledged),
                 "lowered": since(i.lowered), "done": since(i.done), "again": i.again} for i in mine
            ],
        })  # fmt: skip
    return {
        "kind": report.trace.kind,
        "events": len(report.trace.events),
        "dropped": report.trace.dropped,
        "said": list(report.trace.said),
        "damage": list(report.trace.damage),
        "devices": devices,
        "timeline": [{"time": r.time - begin, "device": r.device, "what": r.what}
                     for r in _chosen_rows(report, device, event)],
        "problems": [{"time": p.time - begin, "kind": p.kind, "text": p.text} for p in report.problems],
        "holds": report.holds,
    }  # fmt: skip
