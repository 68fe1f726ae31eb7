"""Joins what is at hand about where a series stands."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchflow.domain.series import Series
    from patchflow.services.status import Standing

from patchflow.wiring import Clone
from patchflow.wiring.window import window_of


def checked_path(here: Clone, series: Series) -> Path:
    """Where the outcome of the last check of a series is kept, for `status`."""
    return here.repository.state_dir / "series" / series.change_id / "checked"


def remember_check(here: Clone, series: Series, errors: int) -> None:
    """Keeps how many errors a check found, for just this tip and cover."""
    from patchflow.adapters.files import write_atomic

    write_atomic(checked_path(here, series), f"{_check_key(series)} {errors}\n".encode())


def _check_key(series: Series) -> str:
    cover = series.cover
    text = f"{series.tip} {series.base} {cover.subject if cover else ''}\n{cover.body if cover else ''}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def standing_of(here: Clone, series: Series) -> Standing:
    """Where a series stands, from what is at hand: no check, no network."""
    from patchflow.adapters.mail.outbox import Outbox
    from patchflow.services.status import standing

    errors: int | None = None
    try:
        key, count = checked_path(here, series).read_text().split()
        errors = int(count) if key == _check_key(series) else None
    except (OSError, ValueError):
        errors = None
    facts = here.profile_of(series)
    window, _, _ = window_of(here, facts.name, offline=True)
    return standing(
        series,
        facts,
        errors=errors,
        window=window,
        half_sent=Outbox.find(here.outbox, series.change_id) is not None,
    )
