"""Reads the headers of all mails of an mbox, in blocks so that memory stays small, a large file by two processes; and
of the objects that git prints."""

from __future__ import annotations

import gc
import mmap
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import IO, BinaryIO

from patchflow.errors import OutsideError
from patchflow.formats.mail.mbox import Dialect, dialect_of, is_single, message_spans, next_message
from patchflow.formats.mail.mbox_message import unwrapped
from patchflow.formats.mail.message import synthetic_id_of
from patchflow.formats.mail.scan import Scanned, scan_mail, scan_span
from patchflow.named_tuple import NamedTuple

_BLOCK = 1 << 20  # fresh memory costs time: large blocks are slower
_LARGE = 32 << 20  # bytes; reading half of it takes longer than starting a process
_BATCH = 2000  # mails
_HALF = "from patchflow.adapters.mail.scanning import main; main()"
_OBJECTS = "from patchflow.adapters.mail.scanning import main_objects; main_objects()"
_LARGEST = 64 << 20  # bytes of one mail in git


class Found(NamedTuple):
    """A mail in a source: where it stands, and what its headers say."""

    name: str
    start: int
    size: int
    scanned: Scanned


def scan_file(file: BinaryIO, start: int, size: int) -> Iterator[Found]:
    """The mails of an mbox from `start` up to `size`."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        dialect = dialect_of(mapped)
        if dialect.lengths:  # a length may lead out of a block
            for begin, end in message_spans(mapped, start, dialect):
                yield Found("", begin, end - begin, scan_raw(unwrapped(mapped[begin:end])))
            return
        large = size - start >= _LARGE and (os.cpu_count() or 1) > 1 and not is_single(mapped)
        middle = next_message(mapped, (start + size) // 2, size, dialect) if large else size
    if middle == size:
        yield from _scan_part(file.fileno(), start, size, dialect)
        return
    # What the other process finds waits in a file without a name: neither of them holds it all in memory.
    with tempfile.TemporaryFile() as found, _other_half(file, middle, size, dialect, found) as child:
        yield from _scan_part(file.fileno(), start, middle, dialect)
        if child.wait() == 0:
            found.seek(0)
            yield from _written(found)
            return
    yield from _scan_part(file.fileno(), middle, size, dialect)


@contextmanager
def _other_half(
    file: BinaryIO, start: int, end: int, dialect: Dialect, found: BinaryIO
) -> Iterator[subprocess.Popen[bytes]]:
    """Another process reads the file from `start` to `end` and writes to `found`; it is gone when this ends."""
    argv = [sys.executable, "-P", "-c", _HALF, str(start), str(end), str(int(dialect.strict))]
    child = subprocess.Popen(argv, stdin=file, stdout=found, stderr=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def main() -> None:
    """`START END STRICT`: reads that part of the file on standard input, and writes what it found, batch by batch."""
    start, end, strict = (int(word) for word in sys.argv[1:])
    gc.disable()
    _write(_scan_part(0, start, end, Dialect(bool(strict), False)))


def objects(stream: int) -> Iterator[tuple[str, bytearray, int, int]]:
    """The mails that `git cat-file --batch` prints to this descriptor: the object, a block, and from where to where in
    it the mail stands, with the line end in front of it. Those over 64 MB are left out. A block is only good until the
    next mail is asked for: nothing is copied, which would take as long as to look through the headers."""
    block, at, have = bytearray(_BLOCK), 0, 0
    while True:
        end = block.find(b"\n", at, have)
        words = block[at:end].split() if end >= 0 else []
        size = int(words[2]) if len(words) == 3 else -1  # `OBJECT missing`
        if end >= 0 and (size < 0 or size > _LARGEST or words[1] != b"blob"):
            at = end + 1 + max(size + 1, 0)
        elif end >= 0 and end + size + 1 < have:
            yield words[0].decode(), block, end, end + 1 + size
            at = end + size + 2
        else:
            if at < have:
                block[: have - at] = block[at:have]
            at, have = max(at - have, 0), max(have - at, 0)
            if have == len(block):
                block = block + bytes(have)
            with memoryview(block) as whole, whole[have:] as free:
                have += (read := os.readv(stream, [free]))
            if not read:
                return


def scan_objects(stream: int, prefix: str) -> Iterator[Found]:
    """The same mails' headers; a mail's name is its object's behind the prefix."""
    for name, block, begin, end in objects(stream):
        scanned = scan_span(block, begin, end)
        yield Found(
            prefix + name, 0, end - begin - 1, scanned if scanned.id else scan_raw(bytes(block[begin + 1 : end]))
        )


def another_scans(stream: IO[bytes], prefix: str) -> Iterator[Found]:
    """The same, by another process; it is gone when this ends. OutsideError where it broke off."""
    argv = [sys.executable, "-P", "-c", _OBJECTS, prefix]
    child = subprocess.Popen(argv, stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    stream.close()  # what writes to it ends with its reader
    try:
        assert child.stdout is not None
        yield from _written(child.stdout)
        if child.wait():
            raise OutsideError(f"The process that reads mails' headers ended with status {child.returncode}.")
    finally:
        child.kill()
        child.wait()


def main_objects() -> None:
    """`PREFIX`: reads what `git cat-file --batch` prints on standard input, and writes what it finds, in batches."""
    gc.disable()
    _write(scan_objects(0, sys.argv[1]))


def _write(rows: Iterator[Found]) -> None:
    """As bare tuples: pickle takes three times as long for named ones."""
    while batch := [(*found[:3], tuple(found.scanned)) for found in islice(rows, _BATCH)]:
        pickle.dump(batch, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()


def _written(stream: IO[bytes]) -> Iterator[Found]:
    """What another process of ours wrote."""
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            for name, start, size, scanned in pickle.load(stream):
                yield Found(name, start, size, Scanned._make(scanned))


def _scan_part(file: int, start: int, size: int, dialect: Dialect) -> Iterator[Found]:
    """The mails from one message's beginning to the end of another, or of the file."""
    block, at = b"", start
    while at + len(block) < size:
        more = max(_BLOCK, len(block))  # of a huge mail twice as much each time
        block += os.pread(file, min(more, size - at - len(block)), at + len(block))
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
