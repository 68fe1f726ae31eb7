"""Files written whole or not at all, readable by their owner only."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from patchflow.adapters.kept import set_aside
from patchflow.adapters.paths import private_folder
from patchflow.errors import PatchflowError, UsageError

# Seconds that a writer waits for another, and that it sleeps between two looks.
WAIT, _PAUSE = 30.0, 0.02
# Within a process a thread may take a lock again that it holds: path -> the threads' own lock and how often it is held.
_HELD: dict[str, tuple[Any, list[int]]] = {}


def exists(path: str) -> bool:
    """Whether there is such a file or folder; a name that no file can have (too long) names none."""
    try:
        return Path(path).exists()
    except OSError:
        return False


def write_atomic(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Writes a file through a synced temporary one in the same folder and a rename; a damaged one is kept beside it."""
    import tempfile  # with random and shutil behind it; a command that only reads need not wait for them

    private_folder(str(path.parent))
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        set_aside(path)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    sync_folder(path.parent)


_MOST = 512 << 20


def may_be_read(path: Path | str, handle: int) -> bool:
    """Whether an open file will come to an end: a regular one, or a pipe of the shell's, which then blocks as usual.

    Not a device, a folder, or a FIFO that nobody may ever write to.
    """
    mode = os.fstat(handle).st_mode
    pipe = stat.S_ISFIFO(mode) and str(path).startswith(("/dev/fd/", "/proc/self/fd/", "/dev/stdin"))
    os.set_blocking(handle, True)
    return stat.S_ISREG(mode) or pipe


def read_named(path: Path | str, most: int = _MOST) -> bytes:
    """The content of a file the user named: a regular one, or a pipe of the shell's (`<(command)`).

    UsageError where it is missing, anything else (a device, a FIFO nobody may ever write to), or over `most` bytes.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not may_be_read(path, handle):
                raise UsageError(f"{path} is not a regular file.", "Name a file.")
            content = file.read(most + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > most:
        raise UsageError(f"{path} has over {most >> 20} MB, which is not a patch, draft or log.")
    return content


def write_named(path: Path | str, text: str) -> None:
    """Writes a file that the user named; UsageError where it cannot be."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error


def private_file(path: Path) -> BinaryIO:
    """Opens a file anew for writing, its owner's only from the first byte."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def append_synced(path: Path, content: bytes) -> None:
    """Appends to a journal and syncs it before returning; where that fails, nothing of it stands there."""
    private_folder(str(path.parent))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    before = os.fstat(handle).st_size
    try:
        left = memoryview(content)
        while left:  # a nearly full disk takes a part first, and says ENOSPC at the next write
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, before)
        raise
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Makes a rename in this folder survive a power cut, where the file system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_folder(folder: Path, must: bool = True) -> None:
    """Removes a folder and all that is in it. OSError where it cannot; with `must` off what can be removed goes."""
    import shutil  # with bz2 and lzma behind it

    shutil.rmtree(folder, ignore_errors=not must)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder of the owner's only, gone at the end of the block."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="patchflow-") as folder:
        yield Path(folder)


@contextmanager
def exclusive(path: Path, doing: str) -> Iterator[None]:
    """Holds a lock file for the time of the block; a second process is told at once that it must wait."""
    with _flocked(path, doing, 0.0):
        yield


@contextmanager
def in_use(path: Path, doing: str) -> Iterator[None]:
    """Holds a lock file together with others who do so; one who wants it `exclusive` is refused, and waited for."""
    with _flocked(path, doing, WAIT, fcntl.LOCK_SH):
        yield


@contextmanager
def one_writer(path: Path, wait: float = WAIT) -> Iterator[bool]:
    """Holds a lock file for the time of the block, waiting `wait` seconds for who has it; a kill frees it.

    Yields whether this is the outermost hold of this thread.
    """
    mine, depth = _HELD.setdefault(str(path), (threading.RLock(), [0]))
    if not mine.acquire(timeout=wait):
        raise _taken(path, "changing something")
    try:
        depth[0] += 1
        if depth[0] > 1:
            yield False
        else:
            with _flocked(path, "changing something", wait):
                yield True
    finally:
        depth[0] -= 1
        mine.release()


@contextmanager
def _flocked(path: Path, doing: str, wait: float, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    private_folder(str(path.parent))
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(handle, how | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= until:
                    raise _taken(path, doing) from error
                time.sleep(_PAUSE)
        with suppress(OSError):  # for the sentence of who waits; the lock itself needs no text
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()} {' '.join(sys.argv[1:3])}".encode("utf-8", "replace"), 0)
        yield
    finally:
        os.close(handle)


def _taken(path: Path, doing: str) -> PatchflowError:
    """Who holds the lock, in a sentence."""
    try:
        number, _, words = path.read_text(encoding="utf-8", errors="replace").partition(" ")
    except OSError:
        number, words = "", ""
    who = f" (process {number}{f': patchflow {words}' if words else ''})" if number.isdecimal() else ""
    return PatchflowError(
        f"Another patchflow is {doing} here right now{who}.", "Wait until it has ended, then run this again."
    )


def size_on_disk(folder: Path) -> int:
    """Bytes that a folder takes on the disk; a file with several names counts once."""
    seen: set[tuple[int, int]] = set()
    size = 0
    for above, _, names in os.walk(folder):
        for name in names:
            try:
                facts = Path(above, name).lstat()
            except OSError:
                continue
            if (facts.st_dev, facts.st_ino) not in seen:
                seen.add((facts.st_dev, facts.st_ino))
                size += facts.st_blocks * 512
    return size
