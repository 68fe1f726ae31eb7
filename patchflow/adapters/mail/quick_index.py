"""What is asked of the mail index at once, without pathlib: where it lies, whether it is in step with the mail files,
and which threads are one."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from itertools import islice

from patchflow.adapters.paths import cache_path

_LINKS = 8  # files that say where an epoch stands
_BY_HAND = 1000  # files of a folder; to ask for the times of so many takes 3 ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


def mail_cache(state: str) -> str:
    """The folder of a clone's mail index, in the cache; `state` is the clone's `.git/patchflow`."""
    name = hashlib.sha256(state.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return os.path.join(cache_path(), "mail", name)


def file_changed(path: str, data: str, kind: str, size: int, mtime: int) -> bool:
    """Whether a mail file (or a Maildir, kind `folder`, or a public-inbox, kind `inbox`) is not as it was when it was
    read; True too where it is gone.

    `data` is the plain file that is read: `path` itself, or what was unpacked from it; `mtime` is its `file_stamp`, of
    a Maildir its `times_stamp`, of a public-inbox its `inbox_stamp`.
    """
    if kind == "inbox":
        stamp = inbox_stamp(path)
        return stamp < 0 or stamp != mtime
    if kind == "folder":
        times = folder_times(path)
        return not times or times_stamp(times) != mtime
    try:
        stat = os.stat(path)
    except OSError:
        return True
    return (stat.st_size, file_stamp(stat)) != (size, mtime) or not os.path.exists(data)


def file_stamp(stat: os.stat_result) -> int:
    """A number that changes when a file does, or another takes its place, even one of the same time of writing: no
    program can set back when it was changed."""
    return times_stamp((stat.st_mtime_ns, stat.st_ctime_ns))


def folder_times(path: str) -> list[int]:
    """When a file last came to each folder of a folder of mails or went from it, in nanoseconds; none where it is
    gone. All of them: a clock that was set back, or another folder in its place, makes none the newest.

    Of a plain folder also when each of its files changed, because a person may edit one in its place; not of one with
    so many that asking would be felt, nor of a Maildir, where a mail that came is never written to again.
    """
    places = [path, os.path.join(path, "cur"), os.path.join(path, "new")]
    times = [os.stat(place).st_mtime_ns for place in places if os.path.isdir(place)]
    if len(times) == 1:
        with os.scandir(path) as found:
            files = list(islice(found, _BY_HAND + 1))
        times += sorted(file.stat().st_ctime_ns for file in files if file.is_file()) if len(files) <= _BY_HAND else ()
    return times


def mail_stamp(stat: os.stat_result, maildir: bool) -> int:
    """When a mail's file in a folder was written; of a plain folder when it changed, which no program can set back.

    A Maildir's files change when they are renamed for a flag, and none is read anew for that.
    """
    return stat.st_mtime_ns if maildir else stat.st_ctime_ns


def times_stamp(times: Iterable[int]) -> int:
    """A number that changes when any of these times does."""
    return int.from_bytes(hashlib.sha256(repr([*times]).encode()).digest()[:7])


def epochs_in(folder: str) -> dict[str, str]:
    """The git repositories of a public-inbox (or of lei's store) by their names, the oldest first; the folder itself,
    under "", where it is a bare repository; none where it is neither."""
    for below in ("git", "local"):
        with suppress(OSError):
            numbers = [name[:-4] for name in os.listdir(os.path.join(folder, below)) if name.endswith(".git")]
            if epochs := sorted((one for one in numbers if one.isdecimal() and one.isascii()), key=int):
                return {one: os.path.join(folder, below, f"{one}.git") for one in epochs}
    bare = all(os.path.exists(os.path.join(folder, name)) for name in ("HEAD", "objects", "refs"))
    return {"": folder} if bare else {}


def inbox_stamp(folder: str) -> int:
    """A number that changes when a public-inbox gets mail or an epoch, made of the files in which git keeps HEAD and
    what it names (loose, packed or in tables); -1 where it is gone."""
    stamp = hashlib.sha256()
    found = False
    for epoch, path in epochs_in(folder).items():
        names = ["HEAD", "packed-refs", "reftable/tables.list"]
        for name in names:
            with suppress(OSError):
                identity, said = _told(os.path.join(path, name))
                stamp.update(f"{epoch} {name} {identity}\n".encode())
                stamp.update(said)
                found = True
                if said.startswith(b"ref: refs/") and b".." not in said and len(names) < _LINKS:
                    names.append(os.fsdecode(said[5:].strip()))
    return int.from_bytes(stamp.digest()[:7]) if found else -1


def _told(path: str) -> tuple[str, bytes]:
    """Which file stands there, and what it begins with: as git does, a large one is known by its number, time and
    size."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        stat = os.fstat(handle)
        return f"{stat.st_ino} {stat.st_mtime_ns} {stat.st_size}", os.read(handle, 4096)
    finally:
        os.close(handle)


def in_step(base: sqlite3.Connection, listed: str) -> bool:
    """Whether the index holds just what the mail files hold; `listed` is the clone's list of them."""
    known = base.execute("SELECT path, data, kind, size, mtime FROM sources").fetchall()
    if any(file_changed(*row) for row in known):
        return False
    paths = {row[0] for row in known}
    try:
        with open(listed, encoding="utf-8", errors="surrogateescape") as file:
            return all(name in paths or not os.path.exists(name) for name in file.read().split("\n") if name)
    except FileNotFoundError:
        return True


def joined_threads(base: sqlite3.Connection, threads: Iterable[int]) -> list[int]:
    """The numbers under which messages of these threads are filed: each thread and those joined into it."""
    out: set[int] = set()
    for thread in threads:
        while row := base.execute("SELECT into_thread FROM joined WHERE thread = ?", (thread,)).fetchone():
            thread = row[0]
        todo = [thread]
        while todo:
            one = todo.pop()
            if one not in out:
                out.add(one)
                todo += [r[0] for r in base.execute("SELECT thread FROM joined WHERE into_thread = ?", (one,))]
    return sorted(out)
