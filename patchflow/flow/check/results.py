"""Keeps what the last check of a series found, for its status."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow import __version__
from patchflow.adapters.files import write_atomic
from patchflow.flow.clone import Clone

if TYPE_CHECKING:
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series


def checked_path(here: Clone, series: Series) -> Path:
    """Where the outcome of the last check of a series is kept, for `status`."""
    return here.repository.state.series(series.change_id).checked


def judged_by(here: Clone, facts: Profile) -> str:
    """What names all a series is judged by besides the tree: its profile, the user's own checks, this patchflow."""
    own = sorted(item for item in here.repository.settings().items() if item[0].startswith("patchflow.check."))
    return hashlib.sha256(repr((__version__, replace(facts, bots=()), own)).encode()).hexdigest()


def remember_check(here: Clone, series: Series, facts: Profile, errors: int) -> None:
    """Keeps how many errors a check by this profile found, for just this tip and cover."""
    # Without the clone's lock: the file is written whole, holds one value, and names what it is of, so the newest wins.
    if last_check(here, series, facts) != (errors, True):  # syncing a file to the disk is felt
        text = f"{_check_key(series)} {errors} {judged_by(here, facts)}\n"
        write_atomic(checked_path(here, series), text.encode())


def _check_key(series: Series) -> str:
    cover = series.cover
    text = f"{series.tip} {series.base} {cover.subject if cover else ''}\n{cover.body if cover else ''}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def last_check(here: Clone, series: Series, facts: Profile) -> tuple[int, bool] | None:
    """How many errors the last check of just this tip and cover found, and whether it was judged then by what it would
    be judged by now; None where none was made."""
    try:
        key, count, *by = checked_path(here, series).read_text().split()
        return (int(count), by == [judged_by(here, facts)]) if key == _check_key(series) else None
    except (OSError, ValueError):
        return None
