"""Decides which of several commits a series was most likely made on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from patchflow.named_tuple import NamedTuple


class Candidate(NamedTuple):
    """A commit, what it is called, how many files it has as the patches found them, and when it was committed."""

    commit: str
    name: str
    fits: int
    date: datetime | None


def best(candidates: Iterable[Candidate], when: datetime | None) -> Candidate | None:
    """The one with most of the files; of several the newest that was there when the patches were posted, else the
    oldest of those that came later. None where there is none at all."""
    found = list(candidates)
    most = max((one.fits for one in found), default=0)
    fitting = [one for one in found if one.fits == most]
    if not fitting:
        return None
    if when is None:
        return max(fitting, key=_age)
    before = [one for one in fitting if one.date and one.date <= when]
    return max(before, key=_age) if before else min(fitting, key=_age)


def _age(one: Candidate) -> float:
    return one.date.timestamp() if one.date else 0.0
