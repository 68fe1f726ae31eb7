"""The full text of the mail index (FTS5), filled in batches after mail was taken in."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from patchflow.adapters.mail.schema import writing
from patchflow.domain.intake import Hit
from patchflow.formats.mail import body_of

_BATCH_BYTES = 8 << 20
_LONGEST = 300_000
_Place = tuple[str, str, int, int, str, str]
_Rows = list[tuple[int, str, str, str, str, int, int, str, str]]


def fill(
    base: sqlite3.Connection, path: Path, read: Callable[[Iterable[_Place]], Iterator[tuple[_Place, bytes]]]
) -> int:
    """Adds every message that has no words yet, in transactions of some megabytes; gives how many there were."""
    done = 0
    while True:
        with writing(base, path):
            row = base.execute("SELECT value FROM facts WHERE name = 'words_to'").fetchone()
            rows = _next_rows(base, int(row[0]) if row else 0)
            if not rows:
                return done
            texts = []
            numbers = {row[3:9]: row[:3] for row in rows}
            for place, raw in read(row[3:9] for row in rows):
                texts.append((*numbers[place], body_of(raw)[:_LONGEST]))
            base.executemany("INSERT INTO words (rowid, subject, who, body) VALUES (?, ?, ?, ?)", texts)
            base.execute("INSERT OR REPLACE INTO facts VALUES ('words_to', ?)", (rows[-1][0],))
        done += len(rows)


def _next_rows(base: sqlite3.Connection, after: int) -> _Rows:
    rows: _Rows = []
    total = 0
    query = (
        "SELECT m.id, m.subject, m.who, m.mid, m.name, m.start, m.size, s.data, s.kind FROM messages m"
        " JOIN sources s ON s.id = m.source"
        " WHERE m.id > ? ORDER BY m.id LIMIT 4000"
    )
    for row in base.execute(query, (after,)):
        rows.append(row)
        total += row[6]
        if total > _BATCH_BYTES:
            break
    return rows


def search(base: sqlite3.Connection, words: str, limit: int) -> list[Hit]:
    """The messages that hold all the words; each word is taken literally, whatever it is made of."""
    terms = re.findall(r"\w+", words)
    if not terms:
        return []
    query = " ".join(f'"{term}"' for term in terms)
    rows = base.execute(
        "SELECT m.mid, m.subject, m.who, m.sender, m.date, m.thread FROM words w JOIN messages m ON m.id = w.rowid"
        " WHERE words MATCH ? ORDER BY m.date DESC LIMIT ?",
        (query, limit),
    )
    return [
        Hit(mid, subject, f"{who} <{sender}>" if who else sender, date, thread)
        for mid, subject, who, sender, date, thread in rows
    ]
