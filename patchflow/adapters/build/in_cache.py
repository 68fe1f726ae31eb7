"""What tries keep in the cache: each holds a lock with others, `try clean` wants it alone; a full disk is told."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from patchflow.adapters.files import in_use
from patchflow.adapters.paths import cache_path
from patchflow.errors import OutsideError


class NoRoomError(OutsideError):
    """The disk that the cache lies on is full."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"The disk is full, so the try stopped: {said}.",
            f"Make room below {cache_path()} (`patchflow try clean` removes what tries keep), then run this again.",
        )


def trying_lock() -> Path:
    """The lock that each try holds."""
    return Path(cache_path()) / "try" / "trying.lock"


def kept_in_place() -> AbstractContextManager[None]:
    """What tries keep stays for the time of the block."""
    return in_use(trying_lock(), "removing what tries keep")


def no_room(rows: Sequence[str]) -> None:
    """NoRoomError where a program says that the disk is full."""
    for row in rows:
        if "No space left on device" in row or "Disk quota exceeded" in row:
            raise NoRoomError(row.strip()[-200:])


@contextmanager
def telling_no_room() -> Iterator[None]:
    """NoRoomError where what we write ourselves finds no room."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoRoomError(error.strerror or "no room") from error
