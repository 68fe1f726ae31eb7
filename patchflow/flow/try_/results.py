"""What was tried of a series and how it went, kept beside its cover letter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_kept
from patchflow.flow.clone import Clone

if TYPE_CHECKING:
    from patchflow.domain.series import Series


def _kept(here: Clone, series: Series) -> Path:
    return here.repository.state.series(series.change_id).tried


def keep(
    here: Clone, series: Series, kind: str, holds: bool, says: str, words: Sequence[list[Any]] = (),
    not_run: Sequence[str] = (),
) -> None:  # fmt: skip
    """Keeps what was tried (`build`, `boot`) and how it went, for just this tip; `not_run` is what was left out."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    row = {"kind": kind, "tip": series.tip, "base": series.base, "date": now,
           "holds": holds, "says": says, "words": list(words), "not_run": list(not_run)}  # fmt: skip
    with here.store.ledger.lock():
        rows = [*(one for one in _rows(here, series) if one["kind"] != kind), row]
        write_atomic(_kept(here, series), (json.dumps(rows, indent=1) + "\n").encode())


def evidence(here: Clone, series: Series) -> list[dict[str, Any]]:
    """What was tried of the series as it stands now: kind, date, holds, says, words."""
    return [row for row in _rows(here, series) if row["tip"] == series.tip and row["base"] == series.base]


def tried_lines(here: Clone, series: Series) -> list[str]:
    """What was tried of the series as it stands now, in words."""
    rows = evidence(here, series)
    return [f"{row['says']}: {'it holds' if row['holds'] else 'it does not hold'}" for row in rows]


def tested_line(here: Clone, series: Series) -> str:
    """The line offered for the cover letter, "" where nothing held."""
    held = [row["says"] for row in evidence(here, series) if row["holds"]]
    return f"Tested: {'; '.join(held)}." if held else ""


def _rows(here: Clone, series: Series) -> list[dict[str, Any]]:
    return read_kept(_kept(here, series), _parsed) or []


def _parsed(content: bytes) -> list[dict[str, Any]]:
    rows = json.loads(content)
    for row in rows:
        if not (isinstance(row["words"], list) and all(isinstance(row[key], str) for key in ("kind", "tip", "says"))):
            raise TypeError("a row of another kind")
    return [row for row in rows if {"base", "date", "holds"} <= row.keys()]
