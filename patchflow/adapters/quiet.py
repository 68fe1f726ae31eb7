"""Whether the next look of `watch` can find anything: where all that the last one read is as it was, and nobody's turn
to be asked has come, it would find the same.

Without the domain: a timer looks every half an hour of every day. What says so can be deleted at any time.
"""

from __future__ import annotations

import os
from contextlib import suppress

from patchflow.adapters.clone_files import Place, look_at, stamp_of
from patchflow.adapters.git.state_names import REDO, UNDO, WATCHED
from patchflow.adapters.kernel.checksummed_cache import read_whole, write_whole
from patchflow.adapters.mail.quick_index import mail_cache
from patchflow.adapters.paths import pages_folder

_DAY = 86_400  # seconds
_TURNS = (64_800, _DAY)  # of a day in UTC: by the calendar alone windows open at 18:00, and close where days begin


def still_quiet(clone: Place, now: float) -> int | None:
    """How many things wait, as the last look found; None where one has to look. `now` is in seconds since 1970."""
    with suppress(ValueError):
        made, until, waits, stamp, watched = bytes(read_whole(_kept(clone)) or b"").decode().split()
        if float(made) <= now < float(until) and watched == _watched(clone) and stamp == stamp_of_look(clone) != "":
            return int(waits)
    return None


def keep_quiet(clone: Place, stamp: str, now: float, until: float, waits: int) -> None:
    """Keeps that nothing was new at a look whose stamp, taken before and after, was this one."""
    until = min(until, _next_turn(now))
    write_whole(_kept(clone), f"{now} {until} {waits} {stamp} {_watched(clone)}".encode())


def stamp_of_look(clone: Place, pages: bool = True) -> str:
    """A stamp of what a look reads (the `pages` that were fetched, too); "" where it cannot be told, or mail came that
    was not taken in: a look tells of it.
    """
    unread = {os.path.join(_state(clone), name) for name in (UNDO, REDO, WATCHED)}
    stamp, whole = look_at(clone, unread if pages else {*unread, pages_folder()})
    return stamp if whole else ""


def _next_turn(now: float) -> float:
    day = now // _DAY * _DAY
    return next(day + turn for turn in _TURNS if day + turn > now)


def _watched(clone: Place) -> str:
    """Which file holds what was told: a look writes it whole each time."""
    return stamp_of([os.path.join(_state(clone), WATCHED)])[0]


def _state(clone: Place) -> str:
    return os.path.join(clone[2], "patchflow")


def _kept(clone: Place) -> str:
    return os.path.join(mail_cache(_state(clone)), "quiet")
