"""Files written whole or not at all, readable by their owner only."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from patchflow.adapters.places import private_folder
from patchflow.errors import PatchflowError, UsageError


def write_atomic(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Writes a file through a synced temporary one in the same folder and a rename."""
    import tempfile  # with random and shutil behind it; a command that only reads need not wait for them

    private_folder(str(path.parent))
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
                raise UsageError(f"{path} is no regular file.", "Name a file.")
            content = file.read(most + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > most:
        raise UsageError(f"{path} has over {most >> 20} MB, which is no patch, draft or log.")
    return content


def private_file(path: Path) -> BinaryIO:
    """Opens a file anew for writing, its owner's only from the first byte."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def append_synced(path: Path, content: bytes) -> None:
    """Appends to a journal and syncs it before returning."""
    private_folder(str(path.parent))
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
    private_folder(str(path.parent))
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PatchflowError(
                f"Another patchflow is {doing} here right now.", "Wait until it has ended, then run this again."
            ) from error
        yield
    finally:
        os.close(handle)
