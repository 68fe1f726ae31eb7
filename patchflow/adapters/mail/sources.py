"""Mail of every sort, read and never modified: mbox, .gz, .xz, Maildir, public-inbox, a single mail, standard input."""

from __future__ import annotations

import gzip
import lzma
import mmap
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from patchflow.adapters.files import may_be_read, private_file
from patchflow.adapters.mail.inbox import changes, is_inbox, mails
from patchflow.adapters.paths import private_folder
from patchflow.errors import OutsideError, UsageError
from patchflow.formats.mail.mbox import split_mbox
from patchflow.values import dataclass

_CHUNK = 1 << 20
# More than this unpacked is refused: a few kilobytes of xz can become terabytes.
_LARGEST_UNPACKED = 4 << 30


@dataclass(frozen=True, slots=True)
class RawMail:
    """One mail's bytes, and where they stand."""

    source: str
    offset: int
    raw: bytes


def read_source(where: str, skipped: list[tuple[str, str]] | None = None) -> Iterator[RawMail]:
    """The mails of a file, a Maildir folder, a folder of mails, or standard input (`-`).

    What could not be read is added to `skipped` as (where, why); a source that is not there at all raises
    UsageError.
    """
    trouble = skipped if skipped is not None else []
    if where == "-":
        for offset, raw in split_mbox(sys.stdin.buffer.read()):
            yield RawMail("-", offset, raw)
        return
    path = Path(where)
    if path.is_dir():
        yield from _read_inbox(path, trouble) if is_inbox(path) else _read_folder(path, trouble)
        return
    with open_bytes(path, trouble) as blob:
        for offset, raw in split_mbox(blob):
            yield RawMail(str(path), offset, raw)


@contextmanager
def open_bytes(path: Path, skipped: list[tuple[str, str]]) -> Iterator[bytes | mmap.mmap]:
    """The bytes of a mail file, mapped where it is plain, unpacked where it is .gz or .xz."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise UsageError(f"The mail file {path} cannot be read: {error.strerror}.") from error
    with file:
        if not may_be_read(path, file.fileno()):
            raise UsageError(f"The mail file {path} is not a regular file.", "`-` reads standard input.")
        magic = file.read(6)
        file.seek(0)
        if magic.startswith(b"\x1f\x8b") or magic == b"\xfd7zXZ\x00":
            yield _unpack(path, file, magic.startswith(b"\x1f\x8b"), skipped)
            return
        try:
            size = os.fstat(file.fileno()).st_size
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else None
        except (OSError, ValueError):
            yield file.read()  # a pipe or a device: not to be mapped
            return
        if mapped is None:
            yield file.read()
            return
        with mapped:
            yield mapped


def _unpack(path: Path, file: BinaryIO, gzipped: bool, skipped: list[tuple[str, str]]) -> bytes:
    """All that can be unpacked; a file cut off in the middle gives what came before, and says so."""
    out = bytearray()
    try:
        with gzip.GzipFile(fileobj=file) if gzipped else lzma.LZMAFile(file) as stream:
            while chunk := stream.read(_CHUNK):
                out += chunk
                if len(out) > _LARGEST_UNPACKED:
                    skipped.append((str(path), "it unpacks to more than 4 GB, the rest was not read"))
                    break
    except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        skipped.append((str(path), f"it is cut off or damaged, what could be unpacked was read ({error})"))
    return bytes(out)


def unpack_to(path: Path, target: Path, skipped: list[tuple[str, str]]) -> None:
    """Unpacks a .gz or .xz file beside the index, piece by piece; what is cut off is kept as far as it goes."""
    private_folder(str(target.parent))
    part = target.with_suffix(f".{os.getpid()}.part")
    total = 0
    with path.open("rb") as file, private_file(part) as out:
        gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            with gzip.GzipFile(fileobj=file) if gzipped else lzma.LZMAFile(file) as stream:
                while chunk := stream.read(_CHUNK):
                    out.write(chunk)
                    total += len(chunk)
                    if total > _LARGEST_UNPACKED:
                        skipped.append((str(path), "it unpacks to more than 4 GB, the rest was not read"))
                        break
        except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
            skipped.append((str(path), f"it is cut off or damaged, what could be unpacked was read ({error})"))
    part.replace(target)


def mail_files(folder: Path) -> list[Path]:
    """The mails of a Maildir (cur and new), or the plain files of a folder, by name."""
    cur, new = folder / "cur", folder / "new"
    places = [place for place in (cur, new) if place.is_dir()] or [folder]
    return sorted(
        path for place in places for path in place.iterdir() if path.is_file() and not path.name.startswith(".")
    )


def _read_inbox(folder: Path, skipped: list[tuple[str, str]]) -> Iterator[RawMail]:
    """All mails of a public-inbox, the oldest first."""
    for change in changes(folder, {}, skipped):
        try:
            for blob, raw in mails(change.place, change.whole()):
                yield RawMail(f"{folder}:{blob}", 0, raw)
        except OutsideError as error:
            skipped.append((change.place, error.message))


def _read_folder(folder: Path, skipped: list[tuple[str, str]]) -> Iterator[RawMail]:
    for path in mail_files(folder):
        try:
            blob = path.read_bytes()
        except OSError as error:
            skipped.append((str(path), f"it cannot be read: {error.strerror}"))
            continue
        for offset, raw in split_mbox(blob):
            yield RawMail(str(path), offset, raw)
