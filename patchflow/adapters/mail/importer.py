"""Taking mail files into the index: grown files are read on, rewritten ones read anew, all in one transaction."""

from __future__ import annotations

import gc
import hashlib
import mmap
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from patchflow.adapters.mail.inbox import changes, is_inbox, kept_tips, scanned, tips_of
from patchflow.adapters.mail.inbox_mail import small_windows
from patchflow.adapters.mail.index_sources import Source, has_changed, read_place, sources_of
from patchflow.adapters.mail.quick_index import file_stamp, folder_times, inbox_stamp, mail_stamp, times_stamp
from patchflow.adapters.mail.scanning import Found, scan_file, scan_raw
from patchflow.adapters.mail.sources import mail_files, unpack_to
from patchflow.adapters.mail.writer import Writer
from patchflow.errors import OutsideError, UsageError
from patchflow.formats.counted import many
from patchflow.formats.mail.mbox import is_single, message_spans, read_on
from patchflow.formats.mail.mbox_message import unwrapped

_EDGE = 65536
_TOLD = 2000  # mails, after which one is told how far it is
_TICK = 1_000_000_000  # nanoseconds, beyond what any clock of files takes to move on
_LAST = 1000  # mails of a file that grew, of which one may not have been written to its end
_CACHE = 32 << 10  # KiB of the index that are kept in memory: with less, its pages are written many times


class Taker:
    """One run of taking in; `folder` is where packed files are unpacked to. Works inside the caller's transaction."""

    def __init__(
        self, base: sqlite3.Connection, folder: Path, heard: Callable[[int, float], None] | None = None
    ) -> None:
        """`heard` is told now and then how many mails were read, and what part of all (0 to 1; -1: unknown) that is."""
        self.base = base
        self.folder = folder
        self.heard = heard or (lambda count, part: None)
        base.execute(f"PRAGMA cache_size = -{_CACHE}")

    def take(self, path: Path, skipped: list[tuple[str, str]]) -> tuple[int, set[int]]:
        """Takes a file or folder in: how many messages are new, and the threads they are in."""
        with _without_collector(), small_windows():
            if path.is_dir() and is_inbox(path):
                return self._take_inbox(path, skipped)
            if path.is_dir():
                return self._take_folder(path, skipped)
            if path.exists() and not path.is_file():  # it is read again later, which a pipe or a device cannot be
                raise UsageError(
                    f"The mail file {path} is not a regular file.", "`fetch --mbox -` reads standard input."
                )
            return self._take_file(path, skipped)

    def _read_place(self, source: int, name: str, start: int, size: int) -> bytes:
        return read_place(self.base, source, name, start, size)

    def _take_file(self, path: Path, skipped: list[tuple[str, str]]) -> tuple[int, set[int]]:
        known = next((s for s in sources_of(self.base) if s.path == str(path)), None)
        if known and not has_changed(known):
            return 0, set()
        data = self._plain(path, skipped)
        stat = path.stat()
        with data.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = self._resume(known, file.fileno(), size) if known and data == path else 0
            before = self._forget(known, start) if known else Counter[str]()
            head, tail = _edges(file.fileno(), size)
            row = (str(path), str(data), "mbox", stat.st_size, file_stamp(stat), size, head, tail)
            source = self._record(known, row)
            writer = Writer(self.base, source, self._read_place)
            writer.before = before.copy()
            if size > start:
                for number, found in enumerate(scan_file(file, start, size)):
                    writer.add(found)
                    if number % _TOLD == 0:
                        self.heard(number, (found.start - start) / (size - start))
            writer.flush()
        self._promote_copies(before)
        return writer.new, writer.touched

    def _take_folder(self, folder: Path, skipped: list[tuple[str, str]]) -> tuple[int, set[int]]:
        times = folder_times(str(folder))
        # What comes at the same time shows in no time: it is read once more.
        stamp = -1 if max(times, default=0) > time.time_ns() - _TICK else times_stamp(times)
        known = next((s for s in sources_of(self.base) if s.path == str(folder)), None)
        source = self._record(known, (str(folder), str(folder), "folder", 0, stamp, 0, b"", b""))
        query = "SELECT name, start, size FROM {} WHERE source = ?"
        have = {
            (name, start, size)
            for table in ("messages", "copies")
            for name, start, size in self.base.execute(query.format(table), (source,))
        }
        present: dict[tuple[str, int, int], Path] = {}
        for path in mail_files(folder):
            with suppress(FileNotFoundError):  # moved meanwhile: the folder has changed the next time
                stat = path.stat()
                present[_bare_name(path, folder), mail_stamp(stat, path.parent != folder), stat.st_size] = path
        gone = {name for name, _, _ in have.difference(present)}
        writer = Writer(self.base, source, self._read_place)
        writer.before = self._drop(source, gone)
        for number, ((name, start, size), path) in enumerate(present.items()):
            if number % _TOLD == 0:
                self.heard(number, number / len(present))
            if ((name, start, size) in have and name not in gone) or size == 0:
                continue
            try:
                raw = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                skipped.append((str(path), f"it cannot be read: {error.strerror}"))
                continue
            if not is_single(raw) and len(list(islice(message_spans(raw), 2))) > 1:
                skipped.append((str(path), "it holds several mails, and the first was read; `fetch --mbox` reads all"))
            writer.add(Found(name, start, size, scan_raw(unwrapped(raw))))
        writer.flush()
        return writer.new, writer.touched

    def _take_inbox(self, folder: Path, skipped: list[tuple[str, str]]) -> tuple[int, set[int]]:
        """Takes in what came to a public-inbox since, and leaves out what was taken back; an epoch that git cannot read
        is told, and read when it changes."""
        stamp = inbox_stamp(str(folder))  # before it is read: what comes meanwhile is seen the next time
        known = next((s for s in sources_of(self.base) if s.path == str(folder)), None)
        tips = tips_of(known.head) if known and known.kind == "inbox" else {}
        if known and known.read_to and known.mtime == stamp:
            return 0, set()
        source = self._record(known, (str(folder), str(folder), "inbox", 0, -1, 0, kept_tips(tips), b""))
        writer = Writer(self.base, source, self._read_place)
        failed, left_out = len(skipped), list[tuple[str, str]]()
        for change in changes(folder, tips, skipped):
            start = f"{change.epoch}:"
            have = self._names(source, start) if change.anew and known else set()
            number = -1
            try:
                fresh = (blob for blob in change if start + blob not in have)
                for number, found in enumerate(scanned(change.place, fresh, start)):
                    if number % _TOLD == 0:
                        self.heard(number, -1.0)
                    writer.add(found)
            except OutsideError as error:
                skipped.append((change.place, error.message))
                continue
            finally:
                writer.flush()
            asked = sum(start + blob not in have for blob in change.given) if have else len(change.given)
            if missing := asked - number - 1:
                left_out.append((change.place, f"{many(missing, 'mail')} left out: over 64 MB, or not in this clone"))
            writer.new -= len(change.given.intersection(change.removed))
            self._drop(source, {start + blob for blob in change.removed})
            self._drop(source, have.difference(start + blob for blob in change.added))
            tips[change.epoch] = change.tip
        row = (stamp, failed == len(skipped), kept_tips(tips), source)
        self.base.execute("UPDATE sources SET mtime = ?, read_to = ?, head = ? WHERE id = ?", row)
        skipped += left_out
        return writer.new, writer.touched

    def _names(self, source: int, start: str) -> set[str]:
        """The names of a source's mails that begin so."""
        query = "SELECT name FROM {} WHERE source = ? AND substr(name, 1, ?) = ?"
        rows = (row for table in ("messages", "copies")
                for row in self.base.execute(query.format(table), (source, len(start), start)))  # fmt: skip
        return {str(row[0]) for row in rows}

    def _drop(self, source: int, names: Collection[str]) -> Counter[str]:
        """Leaves out mails that their source has no longer, and says how many messages of each id those were."""
        gone = Counter[str]()
        for table in ("messages", "copies") if names else ():
            rows = self.base.execute(f"SELECT rowid, mid, name FROM {table} WHERE source = ?", (source,)).fetchall()
            dropped = {rowid: mid for rowid, mid, name in rows if name in names}
            self.base.executemany(f"DELETE FROM {table} WHERE rowid = ?", ((rowid,) for rowid in dropped))
            gone.update(dropped.values())
        self._promote_copies(gone)
        return gone

    def _record(self, known: Source | None, row: tuple[object, ...]) -> int:
        names = ("path", "data", "kind", "size", "mtime", "read_to", "head", "tail")
        if known is None:
            marks = ",".join("?" * len(names))
            done = self.base.execute(f"INSERT INTO sources ({','.join(names)}) VALUES ({marks})", row)
            return int(done.lastrowid or 0)
        self.base.execute(f"UPDATE sources SET {','.join(f'{n} = ?' for n in names)} WHERE id = ?", (*row, known.id))
        return known.id

    def _resume(self, known: Source, descriptor: int, size: int) -> int:
        """Where to read on in a file that grew; 0 where it was rewritten and all must be read again."""
        if size <= known.size or known.kind != "mbox":
            return 0
        head, tail = _edges(descriptor, known.size)
        if head != known.head or tail != known.tail:
            return 0
        query = (
            "SELECT start FROM messages WHERE source = ? UNION SELECT start FROM copies WHERE source = ?"
            " ORDER BY start DESC LIMIT ?"
        )
        starts = [row[0] for row in self.base.execute(query, (known.id, known.id, _LAST))]
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as mapped:
            return read_on(mapped, starts[::-1], known.read_to)

    def _forget(self, known: Source, start: int) -> Counter[str]:
        """Leaves out what stands in a source from a place on, and says how many messages of each id those were."""
        which = "WHERE source = ? AND start >= ?"
        ids = Counter(row[0] for row in self.base.execute(f"SELECT mid FROM messages {which}", (known.id, start)))
        for table in ("messages", "copies"):
            self.base.execute(f"DELETE FROM {table} {which}", (known.id, start))
        return ids

    def _promote_copies(self, gone: Iterable[str]) -> None:
        """Messages that a file lost, and that stand in another one too, are taken from there."""
        copies: dict[int, list[tuple[str, int, int]]] = {}
        for mid in gone:
            query = "SELECT source, name, start, size FROM copies WHERE mid = ?"
            if rows := self.base.execute(query, (mid,)).fetchall():
                self.base.execute("DELETE FROM copies WHERE mid = ?", (mid,))
            for source, name, start, size in rows:
                copies.setdefault(source, []).append((name, start, size))
        for source, places in copies.items():
            writer = Writer(self.base, source, self._read_place)
            for place in places:
                with suppress(OSError):
                    writer.add(Found(*place, scan_raw(self._read_place(source, *place))))
            writer.flush()

    def _plain(self, path: Path, skipped: list[tuple[str, str]]) -> Path:
        """The file itself, or a copy unpacked beside the index where it is .gz or .xz."""
        with path.open("rb") as file:
            magic = file.read(6)
        if not magic.startswith(b"\x1f\x8b") and magic != b"\xfd7zXZ\x00":
            return path
        target = self.folder / "unpacked" / f"{hashlib.sha256(str(path).encode()).hexdigest()[:24]}.mbox"
        unpack_to(path, target, skipped)
        return target


@contextmanager
def _without_collector() -> Iterator[None]:
    """Taking in makes many small values and no cycles: the collector would walk them all for nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _edges(descriptor: int, size: int) -> tuple[bytes, bytes]:
    """What a file of this size begins and ends with, as digests: tells a grown file from a rewritten one."""
    head = os.pread(descriptor, min(_EDGE, size), 0)
    start = max(size - _EDGE, 0)
    tail = os.pread(descriptor, size - start, start)
    return hashlib.sha256(head).digest(), hashlib.sha256(tail).digest()


def _bare_name(path: Path, folder: Path) -> str:
    """A Maildir file's name without its flags, which change when mail is read."""
    return path.name.partition(":2,")[0] if path.parent != folder else path.name
