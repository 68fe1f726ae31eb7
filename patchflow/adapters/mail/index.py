"""The mail index: which messages the mail files hold, in which threads; the files stay the truth and are only read."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_cached
from patchflow.adapters.mail.fulltext import Words
from patchflow.adapters.mail.index_sources import Row, Source, has_changed, raw_rows, sources_of
from patchflow.adapters.mail.quick_index import joined_threads
from patchflow.adapters.mail.schema import OF_TREES, OF_WINDOWS, open_index, trouble, writing
from patchflow.domain.intake import Hit, Intake, WasRead, nobody_read
from patchflow.domain.message import Message
from patchflow.errors import UsageError
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.query import Query

if TYPE_CHECKING:
    from patchflow.adapters.mail.importer import Taker


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

    def take_in(self, where: str, heard: Callable[[int, float], None] | None = None) -> Intake:
        """Takes in a mail file, a Maildir, or standard input (`-`, which is kept beside the index). `heard` gets now
        and then how many mails were read, and what part of all (0 to 1, -1 where nobody knows) that is."""
        skipped: list[tuple[str, str]] = []
        path = self._kept_input() if where == "-" else Path(where).resolve()
        self._last = str(path)
        if not path.exists():
            raise UsageError(f"The mail file {where} is not there.")
        try:
            with writing(self.base, self.path):
                new, touched = self._taker(heard).take(path, skipped)
        except OSError as error:
            raise UsageError(f"{where} cannot be read: {error.strerror}.") from error
        return Intake(new, len(touched), tuple(skipped))

    def refresh(self) -> Intake:
        """Reads what was added to the files that are known; a file that is gone keeps its messages listed as such."""
        new, touched, skipped = 0, set[int](), list[tuple[str, str]]()
        for source in self._sources():
            if not has_changed(source):
                continue
            if not Path(source.path).exists():
                skipped.append((source.path, "the file is gone"))
                continue
            with writing(self.base, self.path):
                count, threads = self._taker().take(Path(source.path), skipped)
            new, touched = new + count, touched | threads
        return Intake(new, len(touched), tuple(skipped))

    def rebuild(self) -> Intake:
        """Forgets everything and reads all known files again."""
        paths = [source.path for source in self._sources()]
        with writing(self.base, self.path):
            for table in ("sources", "messages", "ids", "joined", "copies", "facts"):
                self.base.execute(f"DELETE FROM {table}")
            self.base.execute("INSERT INTO facts VALUES ('made', abs(random()))")
        found = [self.take_in(path) for path in paths if Path(path).exists()]
        skipped = [(path, "the file is gone") for path in paths if not Path(path).exists()]
        return Intake(sum(i.new for i in found), sum(i.threads for i in found), tuple(skipped))

    def _kept_input(self) -> Path:
        blob = sys.stdin.buffer.read()
        return self.keep(blob, hashlib.sha256(blob).hexdigest()[:24])

    def keep(self, blob: bytes, name: str) -> Path:
        """Keeps mail that stands in no file of the user's: from standard input, or from the network. A file that holds
        just that stays as it is, so that it is not read again."""
        target = self.kept / f"{name}.mbox"
        if read_cached(target, bytes) != blob:
            write_atomic(target, blob)
        return target

    def _taker(self, heard: Callable[[int, float], None] | None = None) -> Taker:
        # Imported here: to show a thread, nothing of taking in is needed.
        from patchflow.adapters.mail.importer import Taker

        return Taker(self.base, self.folder, heard)

    # --- what is there

    def paths(self) -> list[str]:
        """The mail files that were taken in."""
        return [source.path for source in self._sources()]

    def count_of(self, path: str) -> int:
        """How many mails of a file are known, those that stand in another one too among them."""
        query = "SELECT count(*) FROM {} WHERE source IN (SELECT id FROM sources WHERE path = ?)"
        return sum(self.base.execute(query.format(table), (path,)).fetchone()[0] for table in ("messages", "copies"))

    def holds(self, where: str) -> bool:
        """Whether this file, or what was read from standard input last, has any message here."""
        path = self._last if where == "-" else str(Path(where).resolve())
        query = "SELECT 1 FROM {} WHERE source IN (SELECT id FROM sources WHERE path = ?) LIMIT 1"
        return any(self.base.execute(query.format(table), (path,)).fetchone() for table in ("messages", "copies"))

    def _sources(self) -> list[Source]:
        try:
            return sources_of(self.base)
        except sqlite3.Error as error:
            raise trouble(self.path, error) from error

    def newest_numbers(self, limit: int) -> list[list[int]]:
        """All numbers of each thread, the newest thread first."""
        query = "SELECT thread FROM messages WHERE date < ? GROUP BY thread ORDER BY max(date) DESC LIMIT ?"
        rows = self.base.execute(query, (_soon(), limit)).fetchall()
        return list({numbers[0]: numbers for row in rows if (numbers := joined_threads(self.base, [row[0]]))}.values())

    def messages_of(self, threads: Sequence[int]) -> list[Message]:
        """All messages filed under these numbers of threads, read from their files."""
        found: list[Message] = []
        for at in range(0, len(threads), 500):
            found.extend(self._read_rows(self._rows_of(threads[at : at + 500])))
        return found

    def copies_of(self, message_ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Every copy of these messages in the mail files: the file, and the mail's bytes as they stand there."""
        for at in range(0, len(message_ids), 200):
            some = message_ids[at : at + 200]
            marks = ",".join("?" * len(some))
            rows = self.base.execute(
                "SELECT m.mid, m.name, m.start, m.size, s.data, s.kind FROM"
                f" (SELECT mid, name, start, size, source FROM messages WHERE mid IN ({marks}) UNION"
                f"  SELECT mid, name, start, size, source FROM copies WHERE mid IN ({marks})) m"
                " JOIN sources s ON s.id = m.source ORDER BY s.id, m.start",
                (*some, *some),
            )
            for row, raw in raw_rows(rows.fetchall()):
                yield row[4], raw

    def of_files(self, paths: Sequence[str], message_ids: Iterable[str]) -> set[str]:
        """Those of these messages that stand in one of these files. A Message-ID that two different mails bear is none:
        nobody knows which of them is meant."""
        ids, found = list(message_ids), set[str]()
        query = "SELECT id FROM sources WHERE path = ?"
        sources = [row[0] for path in paths for row in self.base.execute(query, (path,))]
        for at in range(0, len(ids) if sources else 0, 200):
            some = ids[at : at + 200]
            marks, within = ",".join("?" * len(some)), ",".join("?" * len(sources))
            query = (
                f"SELECT mid FROM messages WHERE mid IN ({marks}) GROUP BY mid HAVING count(*) = 1 INTERSECT"
                f" SELECT mid FROM (SELECT mid FROM messages WHERE mid IN ({marks}) AND source IN ({within}) UNION"
                f"  SELECT mid FROM copies WHERE mid IN ({marks}) AND source IN ({within}))"
            )
            found |= {row[0] for row in self.base.execute(query, (*some, *some, *sources, *some, *sources))}
        return found

    def raw_threads_of(self, message_ids: Iterable[str]) -> list[bytes]:
        """The mails of all threads that hold or name one of these ids, byte for byte."""
        ids = list(message_ids)
        marks = ",".join("?" * len(ids))
        threads = [row[0] for row in self.base.execute(f"SELECT thread FROM ids WHERE mid IN ({marks})", ids)]
        return self._raw_of(joined_threads(self.base, threads))

    def raw_titled(self, titles: Iterable[str]) -> list[bytes]:
        """The mails of all threads that hold a patch with one of these titles, byte for byte."""
        query = "SELECT thread FROM messages WHERE reply = 0 AND title = ?"
        threads = [row[0] for title in titles for row in self.base.execute(query, (title.lower(),))]
        return self._raw_of(joined_threads(self.base, threads))

    def _raw_of(self, threads: Sequence[int]) -> list[bytes]:
        rows = [row for at in range(0, len(threads), 500) for row in self._rows_of(threads[at : at + 500])]
        return [raw for _, raw in raw_rows(rows)]

    def _rows_of(self, threads: Sequence[int]) -> list[Row]:
        return self.base.execute(
            "SELECT m.mid, m.name, m.start, m.size, s.data, s.kind FROM messages m"
            f" JOIN sources s ON s.id = m.source WHERE m.thread IN ({','.join('?' * len(threads))})"
            " ORDER BY s.id, m.start",
            threads,
        ).fetchall()

    def _read_rows(self, rows: Iterable[Row]) -> Iterator[Message]:
        """The messages in these places; a file that is gone gives none."""
        for row, raw in raw_rows(rows):
            message = parse_mail(raw, row[4], row[2])
            yield message if message.id == row[0] else message._replace(id=row[0])

    def thread_of(self, message_id: str) -> list[Message]:
        """The messages of the thread that holds or names this id; none where it is unknown."""
        return self.threads_of([message_id])

    def threads_of(self, message_ids: Iterable[str]) -> list[Message]:
        """The messages of all threads that hold or name one of these ids."""
        threads: list[int] = []
        for mid in message_ids:
            threads += [row[0] for row in self.base.execute("SELECT thread FROM ids WHERE mid = ?", (mid,))]
        return self.messages_of(joined_threads(self.base, threads))

    def threads_by(self, senders: Sequence[str], limit: int = 50) -> list[Message]:
        """The messages of the newest threads in which one of these addresses sent a patch."""
        marks = ",".join("?" * len(senders))
        rows = self.base.execute(
            f"SELECT thread FROM messages WHERE sender IN ({marks}) AND patch = 1 AND reply = 0"
            " GROUP BY thread ORDER BY max(date) DESC LIMIT ?",
            (*(sender.lower() for sender in senders), limit),
        )
        return self.messages_of(joined_threads(self.base, [row[0] for row in rows]))

    def threads_titled(self, titles: Iterable[str]) -> list[Message]:
        """The messages of all threads that hold a patch with one of these titles."""
        threads: list[int] = []
        for title in titles:
            query = "SELECT thread FROM messages WHERE reply = 0 AND title = ?"
            threads += [row[0] for row in self.base.execute(query, (title.lower(),))]
        return self.messages_of(joined_threads(self.base, threads))

    def subjects_of_windows(self, tree: str, limit: int = 200) -> list[tuple[int, str]]:
        """(seconds since 1970, subject) of the newest mails whose subject names a tree and may say whether it is open,
        newest first; answers left out."""
        rows = self.base.execute(
            f"SELECT date, subject FROM messages WHERE {OF_WINDOWS} AND instr(lower(subject), ?) AND date < ?"
            " ORDER BY date DESC LIMIT ?",
            (tree.lower(), _soon(), limit),
        )
        return [(int(date), str(subject)) for date, subject in rows]

    def notes_of_trees(self, limit: int = 200) -> list[Message]:
        """The newest mails whose subject is a note on one patch and a tree: Andrew Morton's, Greg's, stable's."""
        rows = self.base.execute(
            f"SELECT thread FROM messages WHERE {OF_TREES} AND date < ? ORDER BY date DESC LIMIT ?", (_soon(), limit)
        )
        return self.messages_of(joined_threads(self.base, [row[0] for row in rows]))

    def newest_threads(self, limit: int = 10, where: str = "") -> list[Message]:
        """The messages of the newest threads, of those alone that a mail in this file or folder is in."""
        path = str(Path(where).resolve()) if where else ""
        only = "AND source = (SELECT id FROM sources WHERE path = ?)" if where else "AND ? = ''"
        rows = self.base.execute(
            f"SELECT thread FROM messages WHERE date < ? {only} GROUP BY thread ORDER BY max(date) DESC LIMIT ?",
            (_soon(), path, limit),
        )
        return self.messages_of(joined_threads(self.base, [row[0] for row in rows]))

    def count(self) -> tuple[int, int]:
        """How many messages and threads are here."""
        messages = self.base.execute("SELECT count(*) FROM messages").fetchone()[0]
        joined = self.base.execute("SELECT count(*) FROM joined").fetchone()[0]
        threads = self.base.execute("SELECT count(DISTINCT thread) FROM messages").fetchone()[0]
        return int(messages), max(int(threads) - int(joined), 0)

    # --- full text

    def fill_words(self) -> int:
        """Brings the full text up to date and gives how many messages were added; safe to be killed at any time."""
        with Words(self.base, self.path) as words:
            return words.fill()

    def search(self, query: Query, limit: int = 100, was_read: WasRead = nobody_read) -> list[Hit]:
        """The messages that hold all that is asked for, the newest first."""
        with Words(self.base, self.path) as words:
            words.fill()
            return words.search(query, limit, was_read)

    def wordless(self) -> int:
        """How many bytes of mail are not in the full text yet."""
        with Words(self.base, self.path) as words:
            return words.missing()


def _soon() -> int:
    """A week from now: mail dated later than that lies about its date."""
    return int(time.time()) + 7 * 24 * 3600
