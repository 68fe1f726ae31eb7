"""Whether the next look of `watch` can find anything: where all that the last one read is as it was, and nobody's turn
to be asked has come, it would find the same.

Without the domain: a timer looks every half an hour of every day. What says so can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing, suppress

from patchflow.adapters.clone_files import clone_files, reads_more, stamp_of
from patchflow.adapters.git.state_names import LOCK, MAIL, MAIL_SOURCES, REDO, UNDO, WATCHED
from patchflow.adapters.kernel.checksummed_cache import read_whole, write_whole
from patchflow.adapters.mail.quick_index import in_step, mail_cache
from patchflow.adapters.paths import pages_folder

# What changes with each intake: the files, and the newest message.
_OF_INDEX = ("SELECT * FROM sources", "SELECT max(id) FROM messages", "SELECT value FROM facts WHERE name = 'made'")
_DAY = 86_400  # seconds
_TURNS = (64_800, _DAY)  # of a day in UTC: by the calendar alone windows open at 18:00, and close where days begin
Place = tuple[str, str, str]  # where a clone lies, as `git_paths` has it


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
    """A stamp of the files a look reads (the `pages` that were fetched, too), of the settings that the environment
    gives, and of the mail taken in; "" where it cannot be told, or mail came that was not taken in: a look tells of it.
    """
    own = _state(clone)
    unread = {os.path.join(own, name) for name in (UNDO, REDO, MAIL, LOCK, WATCHED)}  # the index has the mail
    if not pages:
        unread.add(pages_folder())
    settings = sorted(item for item in os.environ.items() if item[0].startswith("GIT_CONFIG_"))
    parts = [stamp_of(clone_files(*clone, unread))[0], repr(settings)]
    index = os.path.join(mail_cache(own), "mail.sqlite")
    if os.path.exists(index):
        try:
            with closing(sqlite3.connect(index, timeout=1)) as base:
                if not in_step(base, os.path.join(own, MAIL_SOURCES)):
                    return ""
                parts += [repr(base.execute(asked).fetchall()) for asked in _OF_INDEX]
        except sqlite3.Error:
            return ""
    found = hashlib.sha256("".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
    return "" if reads_more(*clone[1:]) else found


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
