"""The mail index: which messages the mail files hold, in which threads; the files stay the truth and are only read."""

from __future__ import annotations

import hashlib
import mmap
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from patchflow.adapters.mail.schema import open_index, trouble, writing
from patchflow.adapters.mail.sources import mail_files
from patchflow.adapters.mail.writer import Found, Writer
from patchflow.domain.intake import Hit, Intake
from patchflow.domain.message import Message
from patchflow.errors import UsageError
from patchflow.formats.mail import parse_mail, synthetic_id_of
from patchflow.formats.mbox import dialect_of, message_spans, unwrapped
from patchflow.formats.scan import Scanned, scan_mail, scan_span

_EDGE = 65536
_BLOCK = 8 << 20
# What is needed to read a message: its id, name, start and size, and its source's data file and kind.
_Row = tuple[str, str, int, int, str, str]


@dataclass(frozen=True, slots=True)
class _Source:
    """A row of `sources`. `data` is the plain file that is read: `path` itself, or what was unpacked from it."""

    id: int
    path: str
    data: str
    kind: str
    size: int
    mtime: int
    read_to: int
    head: bytes
    tail: bytes


class MailIndex:
    """The index in a folder of its own, which may be deleted at any time."""

    def __init__(self, folder: Path, kept: Path | None = None) -> None:
        self.folder = folder
        self.kept = kept or folder / "kept"
        self.path = folder / "mail.sqlite"
        self._base: sqlite3.Connection | None = None
        self._last = ""

    @property
    def exists(self) -> bool:
        """Whether anything was taken in here."""
        return self.path.exists()

    @property
    def base(self) -> sqlite3.Connection:
        """The open database."""
        if self._base is None:
            self._base = open_index(self.path)
        return self._base

    def close(self) -> None:
        """Closes the database."""
        if self._base is not None:
            self._base.close()
            self._base = None

    # --- taking in

    def take_in(self, where: str) -> Intake:
        """Takes in a mail file, a Maildir, or standard input (`-`, which is kept beside the index)."""
        skipped: list[tuple[str, str]] = []
        path = self._kept_input() if where == "-" else Path(where).resolve()
        self._last = str(path)
        if not path.exists():
            raise UsageError(f"The mail file {where} is not there.")
        try:
            with writing(self.base, self.path), _without_collector():
                new, touched = self._take(path, skipped)
        except OSError as error:
            raise UsageError(f"{where} cannot be read: {error.strerror}.") from error
        return Intake(new, len(touched), tuple(skipped))

    def refresh(self) -> Intake:
        """Reads what was added to the files that are known; a file that is gone keeps its messages listed as such."""
        new, touched, skipped = 0, set[int](), list[tuple[str, str]]()
        for source in self._sources():
            if not self._has_changed(source):
                continue
            if not Path(source.path).exists():
                skipped.append((source.path, "the file is gone"))
                continue
            with writing(self.base, self.path), _without_collector():
                count, threads = self._take(Path(source.path), skipped)
            new, touched = new + count, touched | threads
        return Intake(new, len(touched), tuple(skipped))

    def rebuild(self) -> Intake:
        """Forgets everything and reads all known files again."""
        paths = [source.path for source in self._sources()]
        with writing(self.base, self.path):
            for table in ("sources", "messages", "ids", "joined", "copies", "facts"):
                self.base.execute(f"DELETE FROM {table}")
            self.base.execute("INSERT INTO words(words) VALUES ('delete-all')")
        found = [self.take_in(path) for path in paths if Path(path).exists()]
        skipped = [(path, "the file is gone") for path in paths if not Path(path).exists()]
        return Intake(sum(i.new for i in found), sum(i.threads for i in found), tuple(skipped))

    def _take(self, path: Path, skipped: list[tuple[str, str]]) -> tuple[int, set[int]]:
        if path.is_dir():
            return self._take_folder(path)
        known = next((s for s in self._sources() if s.path == str(path)), None)
        if known and not self._has_changed(known):
            return 0, set()
        data = self._plain(path, skipped)
        stat = path.stat()
        with data.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = self._resume(known, file.fileno(), size) if known and data == path else 0
            before: set[str] = set()
            if known and start == 0:
                query = "SELECT mid FROM messages WHERE source = ? UNION SELECT mid FROM copies WHERE source = ?"
                before = {row[0] for row in self.base.execute(query, (known.id, known.id))}
                self._forget(known)
            head, tail = _edges(file.fileno(), size)
            row = (str(path), str(data), "mbox", stat.st_size, stat.st_mtime_ns, size, head, tail)
            source = self._record(known, row)
            writer = Writer(self.base, source, self._read_place)
            if size > start:
                for found in _scan_file(file, start, size):
                    writer.add(found)
            writer.flush()
        if known and start == 0:
            self._promote_copies()
        return sum(mid not in before for mid in writer.ids), writer.touched

    def _take_folder(self, folder: Path) -> tuple[int, set[int]]:
        stat = folder.stat()
        known = next((s for s in self._sources() if s.path == str(folder)), None)
        source = self._record(known, (str(folder), str(folder), "folder", 0, stat.st_mtime_ns, 0, b"", b""))
        query = "SELECT name, size FROM {} WHERE source = ?"
        have = {
            (name, size)
            for table in ("messages", "copies")
            for name, size in self.base.execute(query.format(table), (source,))
        }
        writer = Writer(self.base, source, self._read_place)
        present: set[str] = set()
        for path in mail_files(folder):
            name = _bare_name(path, folder)
            present.add(name)
            size = path.stat().st_size
            if (name, size) in have or size == 0:
                continue
            raw = unwrapped(path.read_bytes())
            writer.add(Found(name, 0, size, scan_raw(raw)))
        writer.flush()
        gone = {name for name, _ in have} - present
        for table in ("messages", "copies"):
            self.base.executemany(f"DELETE FROM {table} WHERE source = ? AND name = ?", ((source, n) for n in gone))
        if gone:
            self._promote_copies()
        return len(writer.ids), writer.touched

    def _record(self, known: _Source | None, row: tuple[object, ...]) -> int:
        names = ("path", "data", "kind", "size", "mtime", "read_to", "head", "tail")
        if known is None:
            marks = ",".join("?" * len(names))
            done = self.base.execute(f"INSERT INTO sources ({','.join(names)}) VALUES ({marks})", row)
            return int(done.lastrowid or 0)
        self.base.execute(f"UPDATE sources SET {','.join(f'{n} = ?' for n in names)} WHERE id = ?", (*row, known.id))
        return known.id

    def _resume(self, known: _Source, descriptor: int, size: int) -> int:
        """Where to read on in a file that grew; 0 where it was rewritten and all must be read again."""
        if size <= known.size or known.kind != "mbox":
            return 0
        head, tail = _edges(descriptor, known.size)
        if head != known.head or tail != known.tail:
            return 0
        before = os.pread(descriptor, 2, max(known.read_to - 2, 0))
        after = os.pread(descriptor, 5, known.read_to)
        if after == b"From " and before == b"\n\n":
            return known.read_to
        # The last message was not written to its end when it was read: it is read once more.
        row = self.base.execute("SELECT max(start) FROM messages WHERE source = ?", (known.id,)).fetchone()
        start = int(row[0] or 0)
        if start:
            self.base.execute("DELETE FROM messages WHERE source = ? AND start >= ?", (known.id, start))
            self.base.execute("DELETE FROM copies WHERE source = ? AND start >= ?", (known.id, start))
        return start

    def _forget(self, known: _Source) -> None:
        self.base.execute("DELETE FROM messages WHERE source = ?", (known.id,))
        self.base.execute("DELETE FROM copies WHERE source = ?", (known.id,))

    def _promote_copies(self) -> None:
        """Messages whose own file lost them, and that stand in another one too, are taken from there."""
        rows = self.base.execute(
            "SELECT rowid, source, name, start, size FROM copies WHERE mid NOT IN (SELECT mid FROM messages)"
        ).fetchall()
        for rowid, source, name, start, size in rows:
            self.base.execute("DELETE FROM copies WHERE rowid = ?", (rowid,))
            with suppress(OSError):
                writer = Writer(self.base, source, self._read_place)
                writer.add(Found(name, start, size, scan_raw(self._read_place(source, name, start, size))))
                writer.flush()

    def _plain(self, path: Path, skipped: list[tuple[str, str]]) -> Path:
        """The file itself, or a copy unpacked beside the index where it is .gz or .xz."""
        with path.open("rb") as file:
            magic = file.read(6)
        if not magic.startswith(b"\x1f\x8b") and magic != b"\xfd7zXZ\x00":
            return path
        from patchflow.adapters.mail.sources import unpack_to

        target = self.folder / "unpacked" / f"{hashlib.sha256(str(path).encode()).hexdigest()[:24]}.mbox"
        unpack_to(path, target, skipped)
        return target

    def _kept_input(self) -> Path:
        import sys

        blob = sys.stdin.buffer.read()
        return self.keep(blob, hashlib.sha256(blob).hexdigest()[:24])

    def keep(self, blob: bytes, name: str) -> Path:
        """Keeps mail that stands in no file of the user's: from standard input, or from the network."""
        target = self.kept / f"{name}.mbox"
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(blob)
        part.replace(target)
        return target

    # --- what is there

    def paths(self) -> list[str]:
        """The mail files that were taken in."""
        return [source.path for source in self._sources()]

    def holds(self, where: str) -> bool:
        """Whether this file, or what was read from standard input last, has any message here."""
        path = self._last if where == "-" else str(Path(where).resolve())
        query = "SELECT 1 FROM {} WHERE source IN (SELECT id FROM sources WHERE path = ?) LIMIT 1"
        return any(self.base.execute(query.format(table), (path,)).fetchone() for table in ("messages", "copies"))

    def _sources(self) -> list[_Source]:
        try:
            rows = self.base.execute("SELECT id, path, data, kind, size, mtime, read_to, head, tail FROM sources")
            return [_Source(*row) for row in rows]
        except sqlite3.Error as error:
            raise trouble(self.path, error) from error

    @staticmethod
    def _has_changed(source: _Source) -> bool:
        path = Path(source.path)
        if source.kind == "folder":
            places = [path, path / "cur", path / "new"]
            newest = max((p.stat().st_mtime_ns for p in places if p.is_dir()), default=-1)
            return newest < 0 or newest > source.mtime
        try:
            stat = path.stat()
        except OSError:
            return True
        return (stat.st_size, stat.st_mtime_ns) != (source.size, source.mtime) or not Path(source.data).exists()

    def _read_place(self, source: int, name: str, start: int, size: int) -> bytes:
        """A mail's bytes as parse_mail takes them."""
        data, kind = self.base.execute("SELECT data, kind FROM sources WHERE id = ?", (source,)).fetchone()
        if kind == "folder":
            return unwrapped(_named(Path(data), name).read_bytes())
        with Path(data).open("rb") as file:
            return unwrapped(os.pread(file.fileno(), size, start))

    def _threads(self, threads: Iterable[int]) -> list[int]:
        """The numbers under which messages of these threads are filed: each thread and those joined into it."""
        out: set[int] = set()
        for thread in threads:
            while row := self.base.execute("SELECT into_thread FROM joined WHERE thread = ?", (thread,)).fetchone():
                thread = row[0]
            todo = [thread]
            while todo:
                one = todo.pop()
                if one not in out:
                    out.add(one)
                    todo += [r[0] for r in self.base.execute("SELECT thread FROM joined WHERE into_thread = ?", (one,))]
        return sorted(out)

    def _messages(self, threads: Sequence[int]) -> list[Message]:
        """All messages of these threads, read from their files."""
        found: list[Message] = []
        for at in range(0, len(threads), 500):
            some = threads[at : at + 500]
            rows = self.base.execute(
                "SELECT m.mid, m.name, m.start, m.size, s.data, s.kind FROM messages m"
                f" JOIN sources s ON s.id = m.source WHERE m.thread IN ({','.join('?' * len(some))})"
                " ORDER BY s.id, m.start",
                some,
            )
            found.extend(self._read_rows(rows.fetchall()))
        return found

    def _read_rows(self, rows: Iterable[_Row]) -> Iterator[Message]:
        """The messages in these places; a file that is gone gives none."""
        for row, raw in self._raw_rows(rows):
            message = parse_mail(raw, row[4], row[2])
            yield message if message.id == row[0] else replace(message, id=row[0])

    def _raw_rows(self, rows: Iterable[_Row]) -> Iterator[tuple[_Row, bytes]]:
        files: dict[str, int] = {}
        try:
            for row in rows:
                _, name, start, size, data, kind = row
                with suppress(OSError):
                    if kind == "folder":
                        raw = _named(Path(data), name).read_bytes()
                    else:
                        if data not in files:
                            files[data] = os.open(data, os.O_RDONLY)
                        raw = os.pread(files[data], size, start)
                    yield row, unwrapped(raw)
        finally:
            for descriptor in files.values():
                os.close(descriptor)

    def thread_of(self, message_id: str) -> list[Message]:
        """The messages of the thread that holds or names this id; none where it is unknown."""
        return self.threads_of([message_id])

    def threads_of(self, message_ids: Iterable[str]) -> list[Message]:
        """The messages of all threads that hold or name one of these ids."""
        threads: list[int] = []
        for mid in message_ids:
            threads += [row[0] for row in self.base.execute("SELECT thread FROM ids WHERE mid = ?", (mid,))]
        return self._messages(self._threads(threads))

    def threads_by(self, senders: Sequence[str], limit: int = 50) -> list[Message]:
        """The messages of the newest threads in which one of these addresses sent a patch."""
        marks = ",".join("?" * len(senders))
        rows = self.base.execute(
            f"SELECT thread FROM messages WHERE sender IN ({marks}) AND patch = 1 AND reply = 0"
            " GROUP BY thread ORDER BY max(date) DESC LIMIT ?",
            (*(sender.lower() for sender in senders), limit),
        )
        return self._messages(self._threads([row[0] for row in rows]))

    def threads_titled(self, titles: Iterable[str]) -> list[Message]:
        """The messages of all threads that hold a patch with one of these titles."""
        threads: list[int] = []
        for title in titles:
            query = "SELECT thread FROM messages WHERE reply = 0 AND title = ?"
            threads += [row[0] for row in self.base.execute(query, (title.lower(),))]
        return self._messages(self._threads(threads))

    def subjects_with(self, word: str, limit: int = 200) -> list[tuple[int, str]]:
        """(seconds since 1970, subject) of the newest messages whose subject holds this word, newest first."""
        rows = self.base.execute(
            "SELECT date, subject FROM messages WHERE instr(lower(subject), ?) AND date < ? ORDER BY date DESC LIMIT ?",
            (word.lower(), _soon(), limit),
        )
        return [(int(date), str(subject)) for date, subject in rows]

    def newest_threads(self, limit: int = 10) -> list[Message]:
        """The messages of the threads that were taken in last."""
        rows = self.base.execute(
            "SELECT thread FROM messages WHERE date < ? GROUP BY thread ORDER BY max(date) DESC LIMIT ?",
            (_soon(), limit),
        )
        return self._messages(self._threads([row[0] for row in rows]))

    def count(self) -> tuple[int, int]:
        """How many messages and threads are here."""
        messages = self.base.execute("SELECT count(*) FROM messages").fetchone()[0]
        joined = self.base.execute("SELECT count(*) FROM joined").fetchone()[0]
        threads = self.base.execute("SELECT count(DISTINCT thread) FROM messages").fetchone()[0]
        return int(messages), max(int(threads) - int(joined), 0)

    # --- full text

    def fill_words(self) -> int:
        """Brings the full text up to date and gives how many messages were added; safe to be killed at any time."""
        from patchflow.adapters.mail.words import fill

        return fill(self.base, self.path, self._raw_rows)

    def search(self, words: str, limit: int = 100) -> list[Hit]:
        """The messages that hold all these words, the newest first."""
        from patchflow.adapters.mail.words import search

        self.fill_words()
        return search(self.base, words, limit)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Taking in makes many small values and no cycles: the collector would walk them all for nothing."""
    import gc

    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _soon() -> int:
    """A week from now: mail dated later than that lies about its date."""
    import time

    return int(time.time()) + 7 * 24 * 3600


def _edges(descriptor: int, size: int) -> tuple[bytes, bytes]:
    """What a file of this size begins and ends with, as digests: tells a grown file from a rewritten one."""
    head = os.pread(descriptor, min(_EDGE, size), 0)
    start = max(size - _EDGE, 0)
    tail = os.pread(descriptor, size - start, start)
    return hashlib.sha256(head).digest(), hashlib.sha256(tail).digest()


def _scan_file(file: BinaryIO, start: int, size: int) -> Iterator[Found]:
    """The mails of an mbox from `start` up to `size`, read block by block, so that memory stays small."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        dialect = dialect_of(mapped)
        if dialect.lengths:  # a length may lead out of a block
            for begin, end in message_spans(mapped, start, dialect):
                yield Found("", begin, end - begin, scan_raw(unwrapped(mapped[begin:end])))
            return
    block, at = b"", start
    while at + len(block) < size:
        block += os.pread(file.fileno(), min(_BLOCK, size - at - len(block)), at + len(block))
        whole = at + len(block) >= size
        spans = list(message_spans(block, 0, dialect, first=at == 0))
        done = len(block) if whole else 0
        for begin, end in spans if whole else spans[:-1]:
            yield Found("", at + begin, end - begin, _scan_span(block, begin, end))
            done = end
        at, block = at + done, block[done:]


def _scan_span(block: bytes, begin: int, end: int) -> Scanned:
    """The headers of one mail in a block, without copying it."""
    first = block.find(b"\n", begin, end) if block.startswith(b"From ", begin) else -1
    if first < 0 or block.startswith(b">From ", first + 1):
        return scan_raw(unwrapped(block[begin:end]))
    scanned = scan_span(block, first, end)
    return scanned if scanned.id else scan_raw(unwrapped(block[begin:end]))


def scan_raw(raw: bytes) -> Scanned:
    """The headers of one mail's bytes; a mail without Message-ID gets the id formats.mail gives it."""
    scanned = scan_mail(raw)
    return scanned if scanned.id else scanned._replace(id=synthetic_id_of(raw))


def _bare_name(path: Path, folder: Path) -> str:
    """A Maildir file's name without its flags, which change when mail is read."""
    return path.name.partition(":2,")[0] if path.parent != folder else path.name


def _named(folder: Path, name: str) -> Path:
    """The file of that name, whatever its flags and wherever in the Maildir it was moved."""
    if (folder / name).is_file():
        return folder / name
    for place in ("cur", "new"):
        exact = folder / place / name
        if exact.is_file():
            return exact
        for path in (folder / place).glob(f"{_escaped(name)}:2,*"):
            return path
    raise FileNotFoundError(2, "No such file or directory", str(folder / name))


def _escaped(name: str) -> str:
    import glob

    return glob.escape(name)
