"""Whether the next look of `watch` can find anything: where all that the last one read is as it was, and nobody's turn
to be asked has come, it would find the same.

Without the domain: a timer looks every half an hour of every day. What says so can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from patchflow.adapters.clone_files import clone_files, reads_more, stamp_of
from patchflow.adapters.git.state_dir import StateDir
from patchflow.adapters.kernel.checksummed_cache import read_whole, write_whole
from patchflow.adapters.mail.quick_index import in_step, mail_cache

# What changes with each intake: the files, and the newest message.
_OF_INDEX = ("SELECT * FROM sources", "SELECT max(id) FROM messages", "SELECT value FROM facts WHERE name = 'made'")
_QUARTER = 6 * 3600  # seconds: days begin at 0:00 UTC and windows open at 12:00 or 18:00, by the calendar alone
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
    until = min(until, (now // _QUARTER + 1) * _QUARTER)
    write_whole(_kept(clone), f"{now} {until} {waits} {stamp} {_watched(clone)}".encode())


def stamp_of_look(clone: Place) -> str:
    """A stamp of the files a look reads, and of the mail taken in; "" where it cannot be told, or mail came that was
    not taken in: a look tells of it."""
    own = _state(clone)
    unread = {str(one) for one in (own.undo, own.redo, own.mail, own.lock, own.watched)}  # the index has `mail`
    parts = [stamp_of(clone_files(*clone, unread))[0]]
    index = os.path.join(mail_cache(str(own.folder)), "mail.sqlite")
    if os.path.exists(index):
        try:
            with closing(sqlite3.connect(index, timeout=1)) as base:
                if not in_step(base, str(own.mail_sources)):
                    return ""
                parts += [repr(base.execute(asked).fetchall()) for asked in _OF_INDEX]
        except sqlite3.Error:
            return ""
    found = hashlib.sha256("".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
    return "" if reads_more(*clone[1:]) else found


def _watched(clone: Place) -> str:
    """Which file holds what was told: a look writes it whole each time."""
    return stamp_of([str(_state(clone).watched)])[0]


def _state(clone: Place) -> StateDir:
    return StateDir(Path(clone[2]) / "patchflow")


def _kept(clone: Place) -> str:
    return os.path.join(mail_cache(str(_state(clone).folder)), "quiet")
