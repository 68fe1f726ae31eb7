"""What `thread MESSAGE-ID` prints of each thread, kept beside the index until anything it was made of changes.

Without pathlib and the domain: a thread looked at is there at once. What is printed depends on the thread's messages,
which are named by their numbers in the index, on the files that hold them, on the mails sent from the clone, the
profile that names the bots, and the program; all of them are in a stamp, and where it differs, or a mail file changed,
the thread is read anew.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from patchflow.adapters.clone_files import below, has_b4, stamp_of
from patchflow.adapters.git.state_dir import StateDir
from patchflow.adapters.mail.quick_index import in_step, joined_threads, mail_cache
from patchflow.adapters.mail.schema import open_index, writing
from patchflow.adapters.paths import config_path, share_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


# A text stands under the lowest number of its thread: in JSON, or as lines.
_TABLES = """
CREATE TABLE texts (thread INTEGER, json INTEGER, stamp TEXT NOT NULL, text BLOB NOT NULL,
  PRIMARY KEY (thread, json)) WITHOUT ROWID;
CREATE TABLE comments (key TEXT PRIMARY KEY, stamp TEXT NOT NULL, text BLOB NOT NULL);
"""
_MOST_COMMENTS = 30  # kept answers to "which comments are there": one a series that is looked at


class Shown:
    """The texts kept for one clone, whose `.git/patchflow` is `state`."""

    def __init__(self, state: str) -> None:
        self.state = state
        folder = mail_cache(state)
        self.index = os.path.join(folder, "mail.sqlite")
        self.path = os.path.join(folder, "shown.sqlite")
        self._common = ""

    def get(self, id: str, json: bool) -> str | None:
        """The text of the thread that holds this message, where it still holds; None where it has to be read."""
        if not (os.path.exists(self.index) and os.path.exists(self.path)):
            return None
        with suppress(sqlite3.Error, zlib.error, ValueError), closing(sqlite3.connect(self.index, timeout=1)) as base:
            if not in_step(base, str(StateDir(Path(self.state)).mail_sources)):
                return None
            found = base.execute("SELECT thread FROM ids WHERE mid = ?", (id,)).fetchone()
            threads = joined_threads(base, [found[0]]) if found else []
            return self.text(threads[0], json, self.stamp(base, threads)) if threads else None
        return None

    def text(self, thread: int, json: bool, stamp: str) -> str | None:
        """The text kept of this thread with this stamp."""
        if not os.path.exists(self.path):
            return None
        with suppress(sqlite3.Error, zlib.error, ValueError), closing(sqlite3.connect(self.path, timeout=1)) as texts:
            query = "SELECT text FROM texts WHERE thread = ? AND json = ? AND stamp = ?"
            row = texts.execute(query, (thread, json, stamp)).fetchone()
            return zlib.decompress(row[0]).decode() if row else None
        return None

    def stamp(self, base: sqlite3.Connection, threads: list[int]) -> str:
        """A digest of everything that is shown of a thread, given by all its numbers."""
        digest = hashlib.sha256(self._of_all_threads().encode())
        digest.update(repr(base.execute("SELECT value FROM facts WHERE name = 'made'").fetchone()).encode())
        for thread in threads:
            rows = base.execute("SELECT id, mid FROM messages WHERE thread = ? ORDER BY id", (thread,)).fetchall()
            digest.update(repr(rows).encode("utf-8", "surrogateescape"))
            copies = "SELECT mid, source FROM copies WHERE mid IN (SELECT mid FROM messages WHERE thread = ?)"
            digest.update(repr(sorted(base.execute(copies, (thread,)))).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def keep(self, thread: int, stamp: str, texts: dict[bool, str]) -> None:
        """Keeps what was made while `stamp` held, as JSON (True) or lines (False)."""
        with self._writing() as base:
            rows = [(thread, json, stamp, zlib.compress(text.encode(), 1)) for json, text in texts.items()]
            base.executemany("INSERT OR REPLACE INTO texts VALUES (?, ?, ?, ?)", rows)

    def comments(self, key: str) -> str | None:
        """The comments kept under a digest of what they were made of, while the program is the same."""
        if not os.path.exists(self.path):
            return None
        with suppress(sqlite3.Error, zlib.error, ValueError), closing(sqlite3.connect(self.path, timeout=1)) as base:
            query = "SELECT text FROM comments WHERE key = ? AND stamp = ?"
            row = base.execute(query, (key, self._of_all_threads())).fetchone()
            return zlib.decompress(row[0]).decode() if row else None
        return None

    def keep_comments(self, key: str, text: str) -> None:
        """Keeps them; the oldest that were kept go."""
        with self._writing() as base:
            row = (key, self._of_all_threads(), zlib.compress(text.encode(), 1))
            base.execute("INSERT OR REPLACE INTO comments VALUES (?, ?, ?)", row)
            newest = "SELECT rowid FROM comments ORDER BY rowid DESC LIMIT ?"
            base.execute(f"DELETE FROM comments WHERE rowid NOT IN ({newest})", (_MOST_COMMENTS,))

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        path = Path(self.path)
        with closing(open_index(path, _TABLES, lasting=False)) as base, writing(base, path):
            yield base

    def _of_all_threads(self) -> str:
        """A digest of the sizes and times of what every thread's text depends on."""
        if not self._common:
            self._common, _ = stamp_of(self._made_of())
        return self._common

    def _made_of(self) -> Iterator[str]:
        git = os.path.dirname(self.state)
        yield from (os.path.join(git, "packed-refs"), os.path.join(git, "reftable", "tables.list"))
        if has_b4(git):  # its own record of what it sent stands in tags and in each branch's cover
            yield from (os.path.join(git, "config"), *below(os.path.join(git, "refs")))
        state = StateDir(Path(self.state))
        yield from (str(state.mine), str(state.sent_mail), *below(str(state.sent_replies)))
        yield from below(os.path.join(git, "refs", "patchflow"))
        yield share_path("kernel", "bots.toml")
        for folder in (os.path.join(config_path(), "profiles"), share_path("kernel", "profiles")):
            if os.path.isdir(folder):
                yield from sorted(entry.path for entry in os.scandir(folder) if entry.name.endswith(".toml"))
