"""Writes messages into the index: duplicates told apart, threads joined by union-find over the ids."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from patchflow.adapters.mail.scanning import Found
from patchflow.adapters.mail.schema import NAMES_NOBODY
from patchflow.formats.mail.headers import read_headers, split_head
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.threads import Groups, fingerprint

_ROW = (
    "INSERT INTO messages (mid, thread, source, name, start, size, date, sender, who, subject, parent, title,"
    " revision, part, parts, reply, patch, change_id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
# Where a mail stands: source, name, start, size.
_Place = tuple[int, str, int, int]
# A title in lower case, its revision and part.
_Title = tuple[str, int, int]
_FALLBACK_SECONDS = 60 * 24 * 3600
_BATCH = 2000
_KEPT_IN_MIND = 100_000  # ids; some 60 MB
_SHOWN = ("from", "sender", "subject", "content-type", "content-transfer-encoding")


class Writer:
    """One intake into one source; `read` gives a mail's bytes by (source, name, start, size)."""

    def __init__(self, base: sqlite3.Connection, source: int, read: Callable[[int, str, int, int], bytes]) -> None:
        self.base = base
        self.source = source
        self.read = read
        self.new = 0  # messages that were not there before
        self.before = Counter[str]()  # how many of each id were there, and are read again
        self.touched: set[int] = set()
        self._waiting: list[Found] = []
        row = base.execute("SELECT value FROM facts WHERE name = 'threads'").fetchone()
        self._last_thread = int(row[0]) if row else 0
        self._joined: dict[int, int] = dict(base.execute("SELECT thread, into_thread FROM joined"))
        # Into an empty index nothing has to be looked up: what was written is kept in mind, as long as it is not much.
        self._first = self._last_thread == 0
        self._places: dict[str, list[_Place]] = {}
        self._ids: dict[str, int] = {}

    def add(self, found: Found) -> None:
        """Takes one mail; it is written with the next batch."""
        self._waiting.append(found)
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Writes what is waiting."""
        batch, self._waiting = self._waiting, []
        fresh = self._without_known(batch)
        if not fresh:
            return
        if len(self._ids) > _KEPT_IN_MIND:
            self._first, self._places, self._ids = False, {}, {}
        groups = Groups()
        for found in fresh:
            scanned = found.scanned
            groups.find(scanned.id)
            for one in (*scanned.references, *scanned.in_reply_to):
                groups.join(scanned.id, one)
        self._join_by_subject(fresh, groups)
        threads = self._threads(fresh, groups)
        self.base.executemany(_ROW, (self._row(found, threads[found.scanned.id]) for found in fresh))
        self.base.executemany("INSERT OR IGNORE INTO ids VALUES (?, ?)", threads.items())
        self.base.execute("INSERT OR REPLACE INTO facts VALUES ('threads', ?)", (self._last_thread,))
        if self.before:
            ids = Counter(found.scanned.id for found in fresh)
            self.new += (ids - self.before).total()
            self.before -= ids
        else:
            self.new += len(fresh)
        self.touched.update(threads.values())

    def _row(self, found: Found, thread: int) -> tuple[object, ...]:
        s = found.scanned
        return (
            s.id, thread, self.source, found.name, found.start, found.size, s.when, s.sender, s.name, s.subject,
            s.parent, s.title, s.revision, s.part, s.parts, s.is_reply, s.is_patch, s.change_id,
        )  # fmt: skip

    def _without_known(self, batch: Sequence[Found]) -> list[Found]:
        """The batch without messages that are there already; one that differs under the same id stays."""
        known = self._places if self._first else self._known_places(batch)
        fresh: list[Found] = []
        for found in batch:
            places = known.setdefault(found.scanned.id, [])
            here = (self.source, found.name, found.start, found.size)
            if places and self._is_known(here, places):
                self._keep_copy(found.scanned.id, here, places)
                continue
            places.append(here)
            fresh.append(found)
        return fresh

    def _keep_copy(self, mid: str, here: _Place, places: Iterable[_Place]) -> None:
        """Remembers another place of a message, once."""
        where = "mid = ? AND source = ? AND name = ? AND start = ? AND size = ?"
        if here not in places and not self.base.execute(f"SELECT 1 FROM copies WHERE {where}", (mid, *here)).fetchone():
            self.base.execute("INSERT INTO copies VALUES (?, ?, ?, ?, ?)", (mid, *here))

    def _is_known(self, here: _Place, places: Iterable[_Place]) -> bool:
        mine = self.read(*here)
        for place in places:
            try:
                if place == here or _is_same(mine, self.read(*place)):
                    return True
            except OSError:
                continue  # that file is gone: the next refresh finds out
        return False

    def _known_places(self, batch: Sequence[Found]) -> dict[str, list[_Place]]:
        known: dict[str, list[_Place]] = {}
        ids = [found.scanned.id for found in batch]
        for at in range(0, len(ids), 500):
            some = ids[at : at + 500]
            query = f"SELECT mid, source, name, start, size FROM messages WHERE mid IN ({','.join('?' * len(some))})"
            for mid, *place in self.base.execute(query, some):
                known.setdefault(mid, []).append((place[0], place[1], place[2], place[3]))
        return known

    def _join_by_subject(self, fresh: Sequence[Found], groups: Groups) -> None:
        """Replies that name nobody join the thread of the newest older message of their title, whichever came first."""
        begun: dict[_Title, list[tuple[int, str]]] = {}
        lost: list[tuple[_Title, int, str]] = []
        for _, _, _, s in fresh:
            if not s.is_reply:
                begun.setdefault((s.title, s.revision, s.part), []).append((s.when, s.id))
            elif not s.references and not s.in_reply_to and s.title:
                lost.append(((s.title, s.revision, s.part), s.when, s.id))
        lost += self._lost({title for title, _, _ in begun if title})
        for same, when, mid in lost:
            older: list[tuple[int, str]] = self.base.execute(
                "SELECT date, mid FROM messages WHERE reply = 0 AND title = ? AND revision = ? AND part = ?", same
            ).fetchall()
            older += begun.get(same, [])
            near = [pair for pair in older if 0 <= when - pair[0] <= _FALLBACK_SECONDS and when and pair[0]]
            if near:
                groups.join(max(near)[1], mid)

    def _lost(self, titles: Iterable[str]) -> Iterator[tuple[_Title, int, str]]:
        """The replies with these titles that came before and name nobody: title, date and id."""
        left = iter(titles)
        while some := list(islice(left, 500)):
            query = (
                f"SELECT title, revision, part, date, mid FROM messages WHERE {NAMES_NOBODY}"
                f" AND title IN ({','.join('?' * len(some))})"
            )
            for title, revision, part, when, mid in self.base.execute(query, some):
                yield (title, revision, part), when, mid

    def _threads(self, fresh: Sequence[Found], groups: Groups) -> dict[str, int]:
        """The thread of every id of this batch, joined with the threads that were known."""
        ids = list(groups.all())
        known = self._known_threads(ids)
        of_group: dict[str, int] = {}
        for mid, thread in known.items():
            group = groups.find(mid)
            now = of_group.setdefault(group, thread)
            thread, now = self._resolve(thread), self._resolve(now)
            if thread != now:
                self.base.execute("INSERT INTO joined VALUES (?, ?)", (thread, now))
                self._joined[thread] = now
        out: dict[str, int] = {}
        for mid in ids:
            group = groups.find(mid)
            if group not in of_group:
                self._last_thread += 1
                of_group[group] = self._last_thread
            out[mid] = of_group[group]
        if self._first:
            self._ids.update(out)
        return out

    def _known_threads(self, ids: Sequence[str]) -> dict[str, int]:
        if self._first:
            return {mid: self._resolve(self._ids[mid]) for mid in ids if mid in self._ids}
        known: dict[str, int] = {}
        for at in range(0, len(ids), 500):
            some = ids[at : at + 500]
            query = f"SELECT mid, thread FROM ids WHERE mid IN ({','.join('?' * len(some))})"
            known.update((mid, self._resolve(thread)) for mid, thread in self.base.execute(query, some))
        return known

    def _resolve(self, thread: int) -> int:
        while (above := self._joined.get(thread)) is not None:
            thread = above
        return thread


def _is_same(one: bytes, other: bytes) -> bool:
    """Whether two mails of one id are the same, as `fingerprint` has it; most copies differ in other headers alone."""
    return _shown(one) == _shown(other) or fingerprint(parse_mail(one)) == fingerprint(parse_mail(other))


def _shown(raw: bytes) -> tuple[bytes, list[bytes | None]]:
    head, body = split_head(raw)
    first = dict(reversed(read_headers(head)))
    return body, [first.get(name) for name in _SHOWN]
