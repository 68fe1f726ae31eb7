"""How times are spread: quantiles, a histogram, and a time in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence


def micros(nanoseconds: float) -> str:
    """A time in words."""
    return f"{nanoseconds / 1000:.0f} µs" if nanoseconds < 10_000_000 else f"{nanoseconds / 1_000_000:.0f} ms"


def quantile(values: Sequence[int], part: float) -> int:
    """The value below which `part` of the sorted values lie (nearest rank); 0 where there are none."""
    if not values:
        return 0
    return values[min(len(values) - 1, max(0, -int(-part * len(values) // 1) - 1))]


def histogram(values: Iterable[int]) -> list[tuple[int, int]]:
    """Nanoseconds counted in buckets that double: (upper bound in microseconds, count), empty ends left out."""
    counts: dict[int, int] = defaultdict(int)
    for value in values:
        counts[max(0, (value // 1000)).bit_length()] += 1
    if not counts:
        return []
    return [(1 << bits, counts.get(bits, 0)) for bits in range(min(counts), max(counts) + 1)]
