"""The tables of the mail index and of its full text, opened safely: write-ahead log, waiting for other processes, made
anew when damaged."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from patchflow.adapters.paths import private_folder
from patchflow.errors import OutsideError

VERSION = 11
WAIT_SECONDS = 60.0

# Mails that `status` looks for each time, so that they have an index: subjects that may say whether a tree is open, and
# notes on one patch and a tree (Andrew Morton's, Greg's, stable's).
OF_WINDOWS = "reply = 0 AND (subject LIKE '%open%' OR subject LIKE '%closed%')"
OF_TREES = "reply = 0 AND ({})".format(" OR ".join(f"title GLOB '{form}'" for form in (
    "*.patch added to *", "*.patch removed from *", *(f'patch "*" {verb} *' for verb in (
        "added to", "removed from", "has been added to", "has been removed from")))))  # fmt: skip
NAMES_NOBODY = "reply = 1 AND parent = ''"  # their title alone says what they answer
# `ids` knows every Message-ID that was seen, ghosts included, and the thread it is in. Threads that turn out to be
# one are joined in `joined`, so that no long table is rewritten. `copies` remembers a message's other places, the fact
# `threads` the highest number of a thread. `start` is where in its file a mail stands; of one in a folder, which has a
# file of its own, when that was written (`mail_stamp`).
_TABLES = f"""
CREATE TABLE sources (
  id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, data TEXT NOT NULL, kind TEXT NOT NULL,
  size INTEGER NOT NULL, mtime INTEGER NOT NULL, read_to INTEGER NOT NULL, head BLOB NOT NULL, tail BLOB NOT NULL);
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, mid TEXT NOT NULL, thread INTEGER NOT NULL, source INTEGER NOT NULL,
  name TEXT NOT NULL, start INTEGER NOT NULL, size INTEGER NOT NULL, date INTEGER NOT NULL, sender TEXT NOT NULL,
  who TEXT NOT NULL, subject TEXT NOT NULL, parent TEXT NOT NULL, title TEXT NOT NULL,
  revision INTEGER NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL, reply INTEGER NOT NULL,
  patch INTEGER NOT NULL, change_id TEXT NOT NULL);
CREATE TABLE ids (mid TEXT PRIMARY KEY, thread INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE joined (thread INTEGER PRIMARY KEY, into_thread INTEGER NOT NULL);
CREATE TABLE copies (mid TEXT NOT NULL, source INTEGER NOT NULL, name TEXT NOT NULL, start INTEGER NOT NULL,
  size INTEGER NOT NULL);
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO facts VALUES ('made', abs(random()));
CREATE INDEX messages_mid ON messages (mid);
CREATE INDEX messages_thread ON messages (thread);
CREATE INDEX messages_source ON messages (source);
CREATE INDEX messages_sender ON messages (sender, date) WHERE patch = 1 AND reply = 0;
CREATE INDEX messages_windows ON messages (date) WHERE {OF_WINDOWS};
CREATE INDEX messages_trees ON messages (date) WHERE {OF_TREES};
CREATE INDEX messages_title ON messages (title) WHERE reply = 0;
CREATE INDEX messages_lost ON messages (title) WHERE {NAMES_NOBODY};
CREATE INDEX joined_into ON joined (into_thread);
CREATE INDEX copies_mid ON copies (mid);
"""
# The full text has a file of its own: it is filled in the background, and nobody who writes or stamps the index may
# notice. Its fact `made` is the index's: the words of an index that is no more are not taken for this one's.
WORD_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(subject, who, body, content='', detail=none, columnsize=0);
"""


def open_index(path: Path, tables: str = _TABLES, lasting: bool = True) -> sqlite3.Connection:
    """The index at this path, made where there is none; a damaged one is set aside and begun anew,
    an older one begun anew, and a newer one is an OutsideError.

    One that need not last through a power cut is written without waiting for the disk, and read without a log.
    """
    private_folder(str(path.parent))
    with suppress(OSError):  # its owner's only; what SQLite writes beside it takes the same permissions
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        return _open(path, tables, lasting)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
            raise trouble(path, error) from error
        _set_aside(path)
        return _open(path, tables, lasting)


def _open(path: Path, tables: str, lasting: bool) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
    try:
        version = base.execute("PRAGMA user_version").fetchone()[0]
        base.execute(f"PRAGMA synchronous = {'NORMAL' if lasting else 'OFF'}")
        if version > VERSION:
            raise OutsideError(
                f"A newer patchflow made the mail index {path}: its version is {version}, and this patchflow knows "
                f"{VERSION}, so nothing was read and nothing was written.",
                "Use the newer one, or delete that file: the index is made again from the mail files.",
            )
        if version != VERSION:
            base.execute(f"PRAGMA journal_mode = {'WAL' if lasting else 'DELETE'}")
            base.execute("BEGIN IMMEDIATE")
            # Another process may have made the tables while this one waited.
            if base.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                _drop_all(base)
                for statement in tables.split(";\n"):
                    if statement.strip():
                        base.execute(statement)
                base.execute(f"PRAGMA user_version = {VERSION}")
            base.execute("COMMIT")
    except BaseException:
        base.close()
        raise
    return base


def _drop_all(base: sqlite3.Connection) -> None:
    for name, kind in base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        if name.startswith("sqlite_") or (name.startswith("words_") and "VIRTUAL" not in (kind or "")):
            continue
        base.execute(f'DROP TABLE "{name}"')


def _set_aside(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with suppress(OSError):
        path.replace(path.with_name(path.name + ".damaged"))


def trouble(path: Path, error: sqlite3.Error) -> OutsideError:
    """What went wrong with the index, in a sentence."""
    text = str(error)
    if "disk is full" in text:
        return OutsideError(
            f"The disk is full: the mail index {path} keeps what it held before.", "Make room and retry."
        )
    if "locked" in text:
        return OutsideError(
            f"Another patchflow has been writing the mail index {path} for over a minute.", "Retry later."
        )
    return OutsideError(
        f"The mail index {path} cannot be used: {text}.", "It can be deleted; mail files stay as they are."
    )


@contextmanager
def writing(base: sqlite3.Connection, path: Path) -> Iterator[None]:
    """One transaction that only one process has at a time; rolled back whole where anything fails."""
    try:
        base.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        raise trouble(path, error) from error
    try:
        yield
        base.execute("COMMIT")
    except sqlite3.Error as error:
        with suppress(sqlite3.Error):
            base.execute("ROLLBACK")
        raise trouble(path, error) from error
    except BaseException:
        with suppress(sqlite3.Error):
            base.execute("ROLLBACK")
        raise
