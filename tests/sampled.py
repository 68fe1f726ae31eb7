"""How many cases of the long tables run: `make test` takes some of each and leaves out the tests marked `long`; `make
test-cases`, and with it CI, takes them all."""

from __future__ import annotations

import ast
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


def of_many_cases(path: Path) -> frozenset[str]:
    """The names in a file of tests that go by how many cases are asked for: what calls `few` or `times`, uses what they
    made, or takes a fixture that does."""
    tree = ast.parse(path.read_text())
    imported = (one for one in tree.body if isinstance(one, ast.ImportFrom) and one.module == "tests.sampled")
    found = {name.asname or name.name for one in imported for name in one.names}
    rows = [(_bound(one), _used(one)) for one in tree.body if not isinstance(one, ast.Import | ast.ImportFrom)]
    while more := {name for bound, used in rows if used & found for name in bound} - found:
        found |= more
    return frozenset(found)


def _bound(one: ast.stmt) -> set[str]:
    if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {one.name}
    return {name.id for name in ast.walk(one) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}


def _used(one: ast.stmt) -> set[str]:
    names = {name.id for name in ast.walk(one) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)}
    return names | {name.arg for name in ast.walk(one) if isinstance(name, ast.arg)}


def few(cases: Iterable[Case], count: int) -> list[Case]:
    """`count` of the cases, spread over all of them and the first among them; all where that was asked for."""
    every = list(cases)
    if ALL_CASES or len(every) <= count:
        return every
    return [every[at * len(every) // count] for at in range(count)]


def times(count: int, all: int) -> int:
    """How often something random is tried."""
    return all if ALL_CASES else count
