"""How many cases of the long tables run: `make test` takes some of each and leaves out the tests marked `long`; `make
test-cases`, and with it CI, takes them all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

ALL_CASES = bool(os.environ.get("PATCHFLOW_ALL_CASES"))  # read here: each test's environment is a sealed one
LEFT_OUT = bool(os.environ.get("PATCHFLOW_LEFT_OUT"))  # only what `make test` has not run whole
Case = TypeVar("Case")


def few(cases: Iterable[Case], count: int) -> list[Case]:
    """`count` of the cases, spread over all of them and the first among them; all where that was asked for."""
    every = list(cases)
    if ALL_CASES or len(every) <= count:
        return every
    return [every[at * len(every) // count] for at in range(count)]


def times(count: int, all: int) -> int:
    """How often something random is tried."""
    return all if ALL_CASES else count
