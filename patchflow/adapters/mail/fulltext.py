"""The full text of the mail index (FTS5), filled in batches after mail was taken in."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from patchflow.adapters.mail.index_sources import raw_rows
from patchflow.adapters.mail.schema import WORD_TABLES, open_index, writing
from patchflow.domain.intake import Hit, WasRead, nobody_read
from patchflow.formats.mail.message import body_of, parse_mail
from patchflow.formats.mail.query import Query

_BATCH_BYTES = 8 << 20
_LONGEST = 300_000
_Rows = list[tuple[int, str, str, str, str, int, int, str, str]]


class Words:
    """The full text beside an index: `base` is the index opened, `index` its path."""

    def __init__(self, base: sqlite3.Connection, index: Path) -> None:
        self.base = base
        self.index = index
        self.path = index.with_name("words.sqlite")
        self.words = open_index(self.path, WORD_TABLES)

    def __enter__(self) -> Words:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the file."""
        self.words.close()

    def fill(self) -> int:
        """Adds every message that has no words yet, in transactions of some megabytes; gives how many there were."""
        done = 0
        while True:
            with writing(self.words, self.path):
                made, after = self._made(), self._filled_to()
                if after == 0:
                    self.words.execute("INSERT INTO words(words) VALUES ('delete-all')")
                rows = self._next_rows(after)
                if not rows:
                    return done
                texts = []
                numbers = {row[3:9]: row[:3] for row in rows}
                for place, raw in raw_rows(row[3:9] for row in rows):
                    texts.append((*numbers[place], body_of(raw)[:_LONGEST]))
                self.words.executemany("INSERT INTO words (rowid, subject, who, body) VALUES (?, ?, ?, ?)", texts)
                facts = [("made", made), ("words_to", rows[-1][0])]
                self.words.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts)
            done += len(rows)

    def missing(self) -> int:
        """How many bytes of mail have no words yet."""
        row = self.base.execute("SELECT sum(size) FROM messages WHERE id > ?", (self._filled_to(),)).fetchone()
        return int(row[0] or 0)

    def _made(self) -> int:
        return int(self.base.execute("SELECT value FROM facts WHERE name = 'made'").fetchone()[0])

    def _filled_to(self) -> int:
        """The number of the last message whose words are here; 0 where these are the words of another index."""
        facts = dict(self.words.execute("SELECT name, value FROM facts").fetchall())
        return int(facts["words_to"]) if facts.get("made") == self._made() else 0

    def _next_rows(self, after: int) -> _Rows:
        rows: _Rows = []
        total = 0
        query = (
            "SELECT m.id, m.subject, m.who, m.mid, m.name, m.start, m.size, s.data, s.kind FROM messages m"
            " JOIN sources s ON s.id = m.source"
            " WHERE m.id > ? ORDER BY m.id LIMIT 4000"
        )
        for row in self.base.execute(query, (after,)):
            rows.append(row)
            total += row[6]
            if total > _BATCH_BYTES:
                break
        return rows

    def search(self, query: Query, limit: int, was_read: WasRead = nobody_read) -> list[Hit]:
        """The messages that hold all that is asked for, the newest first."""
        self.words.execute("ATTACH DATABASE ? AS mail", (str(self.index),))
        wanted, values = self._conditions(query)
        rows = self.words.execute(
            "SELECT m.mid, m.subject, m.who, m.sender, m.date, m.thread, m.name, m.start, m.size, s.data, s.kind"
            f" FROM mail.messages m JOIN mail.sources s ON s.id = m.source WHERE {' AND '.join(wanted)}"
            " ORDER BY m.date DESC",
            values,
        )
        found: list[Hit] = []
        for mid, subject, who, sender, date, thread, *place in rows:
            unread = not was_read(mid, sender)
            if query.unread and not unread:
                continue
            if query.reads_mail:
                raw = next((raw for _, raw in raw_rows([(mid, *place)])), b"")
                if not query.holds(parse_mail(raw)):
                    continue
            found.append(Hit(mid, subject, f"{who} <{sender}>" if who else sender, date, thread, unread))
            if len(found) >= limit:
                break
        return found

    def _conditions(self, query: Query) -> tuple[list[str], list[str | int]]:
        """What the index and the full text can tell, as SQL."""
        wanted, values = ["1"], list[str | int]()
        if query.pieces:
            wanted.append("m.id IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append(" ".join(f'"{piece}"' for piece in query.pieces))
        for word in query.subjects:
            wanted.append("instr(lower(m.subject), ?)")
            values.append(word.lower())
        for word in query.senders:
            wanted.append("(instr(lower(m.who), ?) OR instr(m.sender, ?))")
            values += [word.lower()] * 2
        for condition, when in (("m.date >= ?", query.since), ("m.date < ?", query.until)):
            if when:
                wanted.append(condition)
                values.append(when)
        return wanted, values
