"""Compares two traces, the base's and the tip's, by device: latencies, acknowledgements, what is newly wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from patchflow.flow.try_.interrupts import TraceReport
from patchflow.flow.try_.spread import histogram, micros, quantile
from patchflow.formats.safe import in_xml, safe, safe_line
from patchflow.values import dataclass

_COLOURS = ("#1f77b4", "#d62728")  # base, tip
_LEFT, _WIDTH, _HEIGHT, _PANEL = 70, 720, 120, 210  # points of a picture


@dataclass(frozen=True, slots=True)
class Side:
    """One device in one trace. `latencies` are sorted nanoseconds from raise to acknowledge; `wrong` counts its
    problems by kind."""

    notified: int
    interrupts: int
    latencies: tuple[int, ...]
    wrong: tuple[tuple[str, int], ...]

    @property
    def never(self) -> int:
        """Interrupts that were raised and never acknowledged."""
        return dict(self.wrong).get("never-acknowledged", 0)


@dataclass(frozen=True, slots=True)
class Compared:
    """A device in both traces; a side is None where it was not seen there."""

    device: str
    base: Side | None
    tip: Side | None

    def change(self) -> str:
        """What became of the latency, in words: within the middle half of the base's values it counts as the same."""
        if not (self.base and self.tip and self.base.latencies and self.tip.latencies):
            return "no latencies to compare"
        before, now = quantile(self.base.latencies, 0.5), quantile(self.tip.latencies, 0.5)
        low, high = quantile(self.base.latencies, 0.25), quantile(self.base.latencies, 0.75)
        if low <= now <= high:
            return "as fast as before (the median lies among the middle half of the base's)"
        return f"{'slower' if now > before else 'faster'}: the median {now / before - 1:+.0%}" if before else "slower"

    def worse(self) -> list[str]:
        """What is wrong at the tip more often than at the base."""
        old = dict(self.base.wrong) if self.base else {}
        new = self.tip.wrong if self.tip else ()
        return [f"{kind}: {old.get(kind, 0)} before, {count} now" for kind, count in new if count > old.get(kind, 0)]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two traces beside each other; `damage` is what of either could not be read."""

    devices: tuple[Compared, ...]
    damage: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong at the tip that was not at the base, and all could be read. Latencies decide
        nothing: they vary with the load."""
        return not self.damage and not any(one.worse() for one in self.devices)


def compare(base: TraceReport, tip: TraceReport) -> Comparison:
    """Devices are matched by name; those without one, whose addresses differ from run to run, by their order."""
    old, new = _keys(base), _keys(tip)
    damage = [f"{name}: {text}" for name, one in (("base", base), ("tip", tip)) for text in one.trace.damage]
    devices = tuple(
        Compared(key, _side(base, old[key]) if key in old else None, _side(tip, new[key]) if key in new else None)
        for key in dict.fromkeys([*old, *new])
    )
    return Comparison(devices, tuple(damage))


def _keys(report: TraceReport) -> dict[str, str]:
    """The name by which a device is found in another trace -> its name in this one."""
    found: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for device in report.devices():
        name = device.partition(" 0x")[0]
        name = "device" if name.startswith("0x") else name
        counts[name] += 1
        found[f"{name} {counts[name]}" if name == "device" or counts[name] > 1 else name] = device
    return found


def _side(report: TraceReport, device: str) -> Side:
    mine = [one for one in report.interrupts if one.device == device]
    wrong = Counter(problem.kind for problem in report.problems if problem.text.startswith(f"{device}: "))
    return Side(
        report.notified.get(device, 0), len(mine), tuple(report.latencies(device)), tuple(sorted(wrong.items()))
    )


def comparison_lines(found: Comparison) -> list[str]:
    """The comparison for people."""
    lines: list[str] = []
    for one in found.devices:
        lines.append(f"{one.device}: {one.change()}")
        for name, side in (("base", one.base), ("tip", one.tip)):
            lines.append(f"  {name:<5}{_words(side)}")
        lines += [f"  worse: {text}" for text in one.worse()]
    lines += [f"not read: {text}" for text in found.damage]
    return [*lines, "nothing is newly wrong" if found.holds else "it does not hold"]


def _words(side: Side | None) -> str:
    if side is None:
        return "not seen"
    values = side.latencies
    spread = (
        f"; median {micros(quantile(values, 0.5))}, p99 {micros(quantile(values, 0.99))}, longest {micros(values[-1])}"
        if values else ""
    )  # fmt: skip
    never = f", {side.never} never" if side.never else ""
    return (
        f"{side.notified} queue notifications, {side.interrupts} interrupts, {len(values)} acknowledged{never}{spread}"
    )


def comparison_document(found: Comparison) -> dict[str, Any]:
    """The comparison as JSON; latencies are nanoseconds."""

    def side(one: Side | None) -> dict[str, Any] | None:
        if one is None:
            return None
        values = one.latencies
        figures = {"median": quantile(values, 0.5), "p99": quantile(values, 0.99), "max": values[-1] if values else 0}
        return {"notified": one.notified, "interrupts": one.interrupts, "acknowledged": len(values),
                "wrong": dict(one.wrong), "latency_ns": figures}  # fmt: skip

    rows = [
        {
            "device": one.device,
            "base": side(one.base),
            "tip": side(one.tip),
            "change": one.change(),
            "worse": one.worse(),
        }
        for one in found.devices
    ]
    return {"devices": rows, "damage": list(found.damage), "holds": found.holds}


def comparison_svg(found: Comparison) -> str:
    """The comparison as a picture: for each device how its latencies are spread on a scale that doubles, base beside
    tip. SVG without scripts or links, the figures of each bar where the pointer rests."""
    height = 60 + _PANEL * max(len(found.devices), 1) + 30
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 40}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        '<text x="16" y="24" font-size="16">From raise to acknowledge</text>',
    ]
    for at, (name, colour) in enumerate(zip(("base", "tip"), _COLOURS, strict=True)):
        x = _LEFT + _WIDTH - 160 + at * 80
        out.append(f'<circle cx="{x}" cy="20" r="5" fill="{colour}"/><text x="{x + 10}" y="24">{name}</text>')
    for row, one in enumerate(found.devices):
        out += _panel(one, 60 + row * _PANEL)
    return "\n".join([*out, "</svg>", ""])


def _panel(one: Compared, top: int) -> list[str]:
    out = [f'<text x="16" y="{top + 16}" font-weight="bold">{_xml(one.device)}</text>'
           f'<text x="{_LEFT + 110}" y="{top + 16}" fill="#555">{_xml(one.change())}</text>']  # fmt: skip
    floor = top + 34 + _HEIGHT
    spreads = [dict(histogram(side.latencies)) if side else {} for side in (one.base, one.tip)]
    bounds = sorted({bound for spread in spreads for bound in spread})
    if bounds:
        bounds = [1 << bit for bit in range(bounds[0].bit_length() - 1, bounds[-1].bit_length())]
    wide = _WIDTH / max(len(bounds), 1)
    for side, (spread, colour, name) in enumerate(zip(spreads, _COLOURS, ("base", "tip"), strict=True)):
        every = sum(spread.values())
        for at, bound in enumerate(bounds):
            if not (count := spread.get(bound, 0)):
                continue
            tall = max(_HEIGHT * count / every, 1)
            x = _LEFT + at * wide + wide * (0.1 + 0.4 * side)
            out.append(f'<g><title>{name}: {count} of {every} below {_xml(micros(bound * 1000))}</title>'
                       f'<rect x="{x:.1f}" y="{floor - tall:.1f}" width="{wide * 0.4:.1f}" height="{tall:.1f}" '
                       f'fill="{colour}"/></g>')  # fmt: skip
    out.append(f'<line x1="{_LEFT}" y1="{floor}" x2="{_LEFT + _WIDTH}" y2="{floor}" stroke="#ccc"/>')
    step = max(1, -(-len(bounds) // 12))
    out += [f'<text x="{_LEFT + (at + 1) * wide:.1f}" y="{floor + 14}" text-anchor="end" fill="#555">'
            f'{_xml(micros(bound * 1000))}</text>' for at, bound in enumerate(bounds) if at % step == 0]  # fmt: skip
    for row, (name, half, colour) in enumerate(zip(("base", "tip"), (one.base, one.tip), _COLOURS, strict=True)):
        never = half.never if half else 0
        words = f"{name}: {_words(half)}"
        mark = f' fill="{colour}" font-weight="bold"' if never else ' fill="#555"'
        out.append(f'<text x="16" y="{floor + 32 + row * 15}"{mark}>{_xml(words)}</text>')
    return out


def _xml(text: str) -> str:
    return in_xml(safe(safe_line(text, 200)))


def devices_of(found: Comparison, device: str) -> Comparison:
    """The comparison of one device; of all where none is named."""
    chosen: Sequence[Compared] = [one for one in found.devices if device in ("", one.device)]
    return Comparison(tuple(chosen), found.damage)
