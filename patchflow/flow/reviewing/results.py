"""Keeps what was checked, built, booted and tested of a reviewed series, by the Message-IDs of its patches."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_kept
from patchflow.domain.finding import Severity
from patchflow.flow.clone import Clone
from patchflow.flow.reviewing.reviews import Review

_WORDS = ("id", "message_id", "file", "rule", "text", "remark")


def results(here: Clone, review: Review) -> dict[str, dict[str, Any]]:
    """What was tried of a review as it is applied: Message-ID -> kind (check, build, boot, test) -> outcome."""
    found = read_kept(_path(here, review), _parsed) or {}
    return {
        id: {kind: row for kind, row in kinds.items() if row.get("tip") == review.tip} for id, kinds in found.items()
    }


def built_whole(here: Clone, review: Review) -> bool:
    """Whether the last patch was built as it is applied now, and with it the whole series."""
    last = review.own[-1].message_id if review.own else ""
    return "build" in results(here, review).get(last, {})


def _path(here: Clone, review: Review) -> Path:
    return here.repository.state.reviews / review.name / "results.json"


def keep_results(here: Clone, review: Review, kind: str, rows: dict[str, dict[str, Any]]) -> None:
    """Keeps what was tried of each patch (`kind`: check, build, boot, test), by its Message-ID."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with here.store.ledger.lock():
        known = read_kept(_path(here, review), _parsed) or {}
        for id, row in rows.items():
            known.setdefault(id, {})[kind] = {**row, "tip": review.tip, "date": now}
        write_atomic(_path(here, review), (json.dumps(known, indent=1) + "\n").encode())


def _parsed(content: bytes) -> dict[str, dict[str, Any]]:
    rows = json.loads(content)
    if not all(
        isinstance(kinds, dict) and all(isinstance(row, dict) for row in kinds.values()) for kinds in rows.values()
    ):
        raise TypeError("results of another kind")
    for kinds in rows.values():
        for row in kinds.get("check", {}).get("findings", []):
            if row.get("id"):  # such a one can be taken as a remark
                _need_finding(row)
    return dict(rows)


def _need_finding(row: dict[str, Any]) -> None:
    """LookupError, TypeError or ValueError where that is no finding."""
    Severity(row["severity"])
    if not all(isinstance(row[key], str) for key in _WORDS) or not isinstance(row["line"], int):
        raise TypeError("a finding of another kind")
