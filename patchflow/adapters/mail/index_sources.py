"""The mail files an index knows, and where in them a message stands."""

from __future__ import annotations

import glob
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from patchflow.adapters.mail.quick_index import file_changed
from patchflow.formats.mail.mbox_message import unwrapped
from patchflow.named_tuple import NamedTuple

# What is needed to read a message: its id, name, start and size, and its source's data file and kind.
Row = tuple[str, str, int, int, str, str]


class Source(NamedTuple):
    """A row of `sources`. `data` is the plain file that is read: `path` itself, or what was unpacked from it;
    `mtime` is a stamp of its times. Of a public-inbox `head` holds how far each epoch was read, and `read_to` is 1
    where all could be.
    """

    id: int
    path: str
    data: str
    kind: str
    size: int
    mtime: int
    read_to: int
    head: bytes
    tail: bytes


def sources_of(base: sqlite3.Connection) -> list[Source]:
    """The files that were taken in."""
    rows = base.execute("SELECT id, path, data, kind, size, mtime, read_to, head, tail FROM sources")
    return [Source(*row) for row in rows]


def has_changed(source: Source) -> bool:
    """Whether a file is not as it was when it was read; True too where it is gone."""
    return file_changed(source.path, source.data, source.kind, source.size, source.mtime)


def read_place(base: sqlite3.Connection, source: int, name: str, start: int, size: int) -> bytes:
    """A mail's bytes as parse_mail takes them."""
    data, kind = base.execute("SELECT data, kind FROM sources WHERE id = ?", (source,)).fetchone()
    if kind == "inbox":
        return _of_inbox(data, name)
    if kind == "folder":
        return unwrapped(named(Path(data), name).read_bytes())
    with Path(data).open("rb") as file:
        return unwrapped(os.pread(file.fileno(), size, start))


def raw_rows(rows: Iterable[Row]) -> Iterator[tuple[Row, bytes]]:
    files: dict[str, int] = {}
    try:
        for row in rows:
            _, name, start, size, data, kind = row
            with suppress(OSError):
                if kind == "inbox":
                    yield row, _of_inbox(data, name)
                    continue
                if kind == "folder":
                    raw = named(Path(data), name).read_bytes()
                else:
                    if data not in files:
                        files[data] = os.open(data, os.O_RDONLY)
                    raw = os.pread(files[data], size, start)
                yield row, unwrapped(raw)
    finally:
        for descriptor in files.values():
            os.close(descriptor)


def _of_inbox(folder: str, name: str) -> bytes:
    from patchflow.adapters.mail.inbox_mail import read_mail  # with libgit2, which mail files do without

    return read_mail(folder, name)


def named(folder: Path, name: str) -> Path:
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
    return glob.escape(name)
