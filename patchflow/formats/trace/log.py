"""Reads the lines QEMU's log back end writes: `THREAD@SECONDS.MICROS:event arguments`."""

from __future__ import annotations

from collections.abc import Iterable

from patchflow import lazy_re
from patchflow.domain.trace import Events, Trace, TraceEvent

_LINE = lazy_re.compile(r"^(?:([0-9]{1,10})@([0-9]{1,12})\.([0-9]{6}):)?([a-z_]\w*)(?: (.*))?$")
# QEMU's and GLib's messages, with -msg timestamp=on behind a time.
_OWN = lazy_re.compile(
    r"(?:\d{4}-\d\d-\d\dT[\d:.]+Z )?(?:\S*\bqemu[\w-]*(?:\.\w+)?: |\([^()]*:\d+\): \S+-(?:WARNING|CRITICAL) \*\*)"
)
_BEFORE = lazy_re.compile(
    r"(?![a-z]\w*_)[^\x00-\x08\x0e-\x1f\ufffd@]*"
)  # in front of the first event: words, and no piece of an event
_NUMBER = r"(0x[0-9a-f]{1,16}|-?[0-9]{1,20}|\(nil\))"
# The events whose arguments are read; of all others the text is kept. Names as in trace-events.
_SHAPES = {
    name: (tuple(arguments.split()), lazy_re.compile(shape.replace("#", _NUMBER) + "$"))
    for name, arguments, shape in (
        ("virtio_mmio_read", "offset", "virtio_mmio_read offset #"),
        ("virtio_mmio_write_offset", "offset value", "virtio_mmio_write offset # value #"),
        ("virtio_mmio_setting_irq", "level", "virtio_mmio setting IRQ #"),
        ("virtio_queue_notify", "vdev n vq", "vdev # n # vq #"),
        ("virtio_notify", "vdev vq", "vdev # vq #"),
        ("virtio_notify_irqfd", "vdev vq", "vdev # vq #"),
        ("virtio_set_status", "vdev val", "vdev # val #"),
        ("virtqueue_pop", "vq elem in_num out_num", "vq # elem # in_num # out_num #"),
        ("virtqueue_fill", "vq elem len idx", "vq # elem # len # idx #"),
        ("virtqueue_flush", "vq count", "vq # count #"),
        ("ioapic_set_irq", "vector level", "vector: # level: #"),
        ("ioapic_set_remote_irr", "n", "set remote irr for pin #"),
        ("ioapic_clear_remote_irr", "n vector", "clear remote irr for pin # vector #"),
        ("ioapic_eoi_broadcast", "vector", "EOI broadcast for vector #"),
    )
}
_MOST = 20  # places of damage that are named; the rest is counted


def parse_log(lines: Iterable[str]) -> Trace:
    """Reads a log; lines that are no events are named as damage, and reading goes on behind them. QEMU's own words are
    none: what stands in front of the first event, and its messages anywhere."""
    events: list[TraceEvent] = []
    damage: list[str] = []
    said: list[str] = []
    for number, line in enumerate(lines, start=1):
        row = line.rstrip("\r\n")
        event = _event(row)
        if event is None:
            if _OWN.match(row) or (not events and not damage and _BEFORE.fullmatch(row)):
                said.append(row.strip()[:200])
            elif row.strip():
                damage.append(f"line {number} is not a trace event: {row[:60]!r}")
        else:
            events.append(event)
    rest = len(damage) - _MOST
    return Trace("log", Events(events), (*damage[:_MOST], *([f"and {rest} more lines"] if rest > 0 else [])), 0,
                 tuple(said[:_MOST]))  # fmt: skip


def _event(row: str) -> TraceEvent | None:
    match = _LINE.match(row)
    if not match:
        return None
    thread, seconds, micros, name, text = match.groups()
    if thread is None and "_" not in name:
        return None  # a word of QEMU's own, not an event
    time = int(seconds) * 1_000_000_000 + int(micros) * 1000 if seconds else 0
    shape = _SHAPES.get(name)
    if shape is None:
        return TraceEvent(time, int(thread or 0), name, {"text": text or ""})
    found = shape[1].match(text or "")
    if not found:
        return None
    values = [_value(text) for text in found.groups()]
    return TraceEvent(time, int(thread or 0), name, dict(zip(shape[0], values, strict=True)))


def _value(text: str) -> int:
    if text == "(nil)":
        return 0
    return int(text, 16) if text.startswith("0x") else int(text)
