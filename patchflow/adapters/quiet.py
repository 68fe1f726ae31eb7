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

from patchflow import __version__
from patchflow.adapters.git.state_dir import StateDir
from patchflow.adapters.mail.quick_index import in_step, mail_cache
from patchflow.adapters.paths import cache_path, config_path, private_folder, share_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# What changes with each intake: the files, and the newest message.
_OF_INDEX = ("SELECT * FROM sources", "SELECT max(id) FROM messages", "SELECT value FROM facts WHERE name = 'made'")
_QUARTER = 6 * 3600  # seconds: days begin at 0:00 UTC and windows open at 12:00 or 18:00, by the calendar alone


def still_quiet(state: str, now: float) -> int | None:
    """How many things wait, as the last look found; None where one has to look. `state` is the clone's
    `.git/patchflow`, `now` seconds since 1970."""
    with suppress(OSError, ValueError):
        with open(_place(state), encoding="utf-8") as file:
            made, until, waits, stamp, watched = file.read(500).split()
        if float(made) <= now < float(until) and watched == _watched(state) and stamp == stamp_of(state) != "":
            return int(waits)
    return None


def keep_quiet(state: str, stamp: str, now: float, until: float, waits: int) -> None:
    """Keeps that nothing was new at a look whose stamp, taken before and after, was this one."""
    place = _place(state)
    with suppress(OSError):  # a cache that cannot be written is no reason to fail
        private_folder(os.path.dirname(place))
        part = f"{place}.{os.getpid()}"
        with open(part, "w", encoding="utf-8") as file:
            file.write(f"{now} {min(until, (now // _QUARTER + 1) * _QUARTER)} {waits} {stamp} {_watched(state)}\n")
        os.replace(part, place)


def stamp_of(state: str) -> str:
    """A digest of which files a look reads, with their sizes and times, and of the mail taken in; "" where mail
    came that was not, or the index cannot be read: a look tells of it."""
    digest = hashlib.sha256(__version__.encode())
    for path in _read_by_a_look(state):
        digest.update(_identity(path).encode("utf-8", "surrogateescape"))
    index, listed = os.path.join(mail_cache(state), "mail.sqlite"), str(StateDir(Path(state)).mail_sources)
    if os.path.exists(index):
        try:
            with closing(sqlite3.connect(index, timeout=1)) as base:
                if not in_step(base, listed):
                    return ""
                for asked in _OF_INDEX:
                    digest.update(repr(base.execute(asked).fetchall()).encode("utf-8", "surrogateescape"))
        except sqlite3.Error:
            return ""
    return digest.hexdigest()


def _read_by_a_look(state: str) -> Iterator[str]:
    git, own = os.path.dirname(state), StateDir(Path(state))
    for name in ("config", "config.worktree", "packed-refs", "reftable/tables.list"):
        yield os.path.join(git, name)
    yield os.environ.get("GIT_CONFIG_GLOBAL") or os.path.expanduser("~/.gitconfig")
    yield os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), "git", "config")
    yield os.environ.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig"
    yield share_path("kernel", "bots.toml")
    profiles, pages = share_path("kernel", "profiles"), os.path.join(cache_path(), "pages")
    unread = {str(one) for one in (own.undo, own.redo, own.mail, own.lock, own.watched)}  # the index has `mail`
    for place in (os.path.join(git, "refs"), state, config_path(), profiles, pages):
        for folder, folders, names in os.walk(place):
            folders[:] = sorted(name for name in folders if os.path.join(folder, name) not in unread)
            paths = (os.path.join(folder, name) for name in sorted(names))
            yield from (path for path in paths if path not in unread and not path.endswith(".lock"))


def _identity(path: str) -> str:
    with suppress(OSError):
        stat = os.stat(path)
        return f"{path}\0{stat.st_ino}\0{stat.st_size}\0{stat.st_mtime_ns}\0"
    return f"{path}\0"


def _watched(state: str) -> str:
    """Which file holds what was told: a look writes it whole each time."""
    said = _identity(str(StateDir(Path(state)).watched))
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()


def _place(state: str) -> str:
    return os.path.join(mail_cache(state), "quiet")
