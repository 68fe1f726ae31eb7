"""Whether what was sent arrived, and as it left."""

from __future__ import annotations

from enum import StrEnum

from patchflow.named_tuple import NamedTuple


class Fate(StrEnum):
    """What an archive shows of a mail."""

    ARRIVED = "arrived"
    CHANGED = "changed"
    MISSING = "not there yet"


class Arrival(NamedTuple):
    """One mail of a revision: its part and subject, what became of it, what is different, and where it was seen."""

    message_id: str
    part: int
    subject: str
    fate: Fate
    differences: tuple[str, ...] = ()
    where: str = ""


def in_short(arrivals: tuple[Arrival, ...]) -> str:
    """`2 of 3 arrived, 1 changed`; "" where nobody looked."""
    if not arrivals:
        return ""
    there = sum(one.fate is not Fate.MISSING for one in arrivals)
    changed = sum(one.fate is Fate.CHANGED for one in arrivals)
    said = "arrived" if there == len(arrivals) else f"{there} of {len(arrivals)} arrived"
    return said + (f", {changed} changed on the way" if changed else "")
