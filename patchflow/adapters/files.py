"""Files written whole or not at all, readable by their owner only."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from patchflow.errors import PatchflowError

# Seconds that a writer waits for another, and that it sleeps between two looks.
WAIT, _PAUSE = 30.0, 0.02
# Within a process a thread may take a lock again that it holds: path -> the threads' own lock and how often it is held.
_HELD: dict[str, tuple[Any, list[int]]] = {}


def write_atomic(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Writes a file through a synced temporary one in the same folder and a rename."""
    import tempfile  # with random and shutil behind it; a command that only reads need not wait for them

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    sync_folder(path.parent)


def append_synced(path: Path, content: bytes) -> None:
    """Appends to a journal and syncs it before returning."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        left = memoryview(content)
        while left:  # a nearly full disk takes a part first, and says ENOSPC at the next write
            left = left[os.write(handle, left) :]
        os.fsync(handle)
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


@contextmanager
def exclusive(path: Path, doing: str) -> Iterator[None]:
    """Holds a lock file for the time of the block; a second process is told at once that it must wait."""
    with _flocked(path, doing, 0.0):
        yield


@contextmanager
def one_writer(path: Path, wait: float = WAIT) -> Iterator[bool]:
    """Holds a lock file for the time of the block, waiting `wait` seconds for who has it; a kill frees it.

    Yields whether this is the outermost hold of this thread.
    """
    import threading  # light hooks do without

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
def _flocked(path: Path, doing: str, wait: float) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
