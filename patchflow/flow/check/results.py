"""Keeps what the last check of a series found, for its status."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import write_atomic
from patchflow.flow.clone import Clone

if TYPE_CHECKING:
    from patchflow.domain.series import Series


def checked_path(here: Clone, series: Series) -> Path:
    """Where the outcome of the last check of a series is kept, for `status`."""
    return here.repository.state.series(series.change_id).checked


def remember_check(here: Clone, series: Series, errors: int) -> None:
    """Keeps how many errors a check found, for just this tip and cover."""
    # Without the clone's lock: the file is written whole, holds one value, and names what it is of, so the newest wins.
    if errors_known(here, series) != errors:  # syncing a file to the disk is felt
        write_atomic(checked_path(here, series), f"{_check_key(series)} {errors}\n".encode())


def _check_key(series: Series) -> str:
    cover = series.cover
    text = f"{series.tip} {series.base} {cover.subject if cover else ''}\n{cover.body if cover else ''}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def errors_known(here: Clone, series: Series) -> int | None:
    """How many errors the last check of just this tip and cover found; None where none was made."""
    try:
        key, count = checked_path(here, series).read_text().split()
        return int(count) if key == _check_key(series) else None
    except (OSError, ValueError):
        return None
