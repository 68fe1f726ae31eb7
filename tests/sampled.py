"""How many cases of the long tables run: `make test` takes some of each and leaves out the tests marked `long`; `make
test-cases`, and with it CI, takes them all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

ALL_CASES = bool(os.environ.get("PATCHFLOW_ALL_CASES"))  # read here: each test's environment is a sealed one
SAMPLE = bool(os.environ.get("PATCHFLOW_SAMPLE"))  # as `make test`
LEFT_OUT = bool(os.environ.get("PATCHFLOW_LEFT_OUT"))  # only what `make test` has not run whole
_COUNTS = {"e2e": 1, "cli": 2, "tui": 2, "githooks": 2, "adapters": 2}
Case = TypeVar("Case")


def sampled(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """The tests that `make test` takes: of one that starts programs, and has many cases, the first and one from the
    middle; of whole journeys the first."""
    cases: dict[tuple[Path, str], list[pytest.Item]] = {}
    for item in items:
        cases.setdefault((item.path, getattr(item, "originalname", item.name)), []).append(item)
    for (path, _), found in cases.items():
        count = _COUNTS.get(path.parent.name, len(found))
        count = min(count, len(found))
        yield from (found[at * len(found) // count] for at in range(count))


def few(cases: Iterable[Case], count: int) -> list[Case]:
    """`count` of the cases, spread over all of them and the first among them; all where that was asked for."""
    every = list(cases)
    if ALL_CASES or len(every) <= count:
        return every
    return [every[at * len(every) // count] for at in range(count)]


def times(count: int, all: int) -> int:
    """How often something random is tried."""
    return all if ALL_CASES else count
