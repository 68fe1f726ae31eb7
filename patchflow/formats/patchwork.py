"""The documents of Patchwork's REST API, version 1.2: patches and their checks; and how their states are kept here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from patchflow.domain.patchwork import PatchState, TestResult


def parse_patches(text: str) -> list[tuple[int, PatchState]]:
    """`GET /patches/`: each patch with its number there; ValueError where it is no such document."""
    found: list[tuple[int, PatchState]] = []
    for row in _rows(text):
        number = row.get("id")
        if isinstance(number, int):
            message_id = str(row.get("msgid") or "").strip("<> ")
            state = str(row.get("state") or "unknown")
            found.append(
                (
                    number,
                    PatchState(message_id, _text(row, "name"), state, _text(row, "web_url"), (), _text(row, "check")),
                )
            )
    return found


def parse_checks(text: str) -> tuple[TestResult, ...]:
    """`GET /patches/N/checks/` in any order: each test's last result; ValueError where it is no such document."""
    latest: dict[str, TestResult] = {}
    for row in sorted(_rows(text), key=_when):
        context, state = _text(row, "context") or "default", _text(row, "state") or "pending"
        latest[context] = TestResult(context, state, _text(row, "description"), _text(row, "target_url"))
    return tuple(result for _, result in sorted(latest.items()))


def _when(row: dict[str, Any]) -> tuple[str, int]:
    """Orders checks: by date, those of one instant by number."""
    number = row.get("id")
    return _text(row, "date"), number if isinstance(number, int) else 0


def _text(row: dict[str, Any], key: str) -> str:
    """A field as text, "" where it is null or missing."""
    return str(row.get(key) or "")


def _rows(text: str) -> list[dict[str, Any]]:
    try:
        rows = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested without end") from error
    if not isinstance(rows, list):
        raise ValueError("not a list")
    return [row for row in rows if isinstance(row, dict)]


def dump_states(revision: int, patches: Sequence[PatchState]) -> str:
    """What was learnt of a revision, as it is kept."""
    return json.dumps({"revision": revision, "patches": [asdict(patch) for patch in patches]}, indent=1)


def read_states(text: bytes, revision: int) -> tuple[PatchState, ...]:
    """What is kept of this revision; nothing where another one was asked for last.

    ValueError, KeyError or TypeError where the file is damaged.
    """
    document = json.loads(text)
    if document["revision"] != revision:
        return ()
    states = tuple(
        PatchState(**{**row, "tests": tuple(TestResult(**test) for test in row["tests"])})
        for row in document["patches"]
    )
    rows = [asdict(state) for state in states]
    if any(
        not isinstance(value, str | tuple) for row in rows for one in (row, *row["tests"]) for value in one.values()
    ):
        raise TypeError("a state of another kind")
    return states
