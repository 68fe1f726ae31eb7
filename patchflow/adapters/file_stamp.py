"""A stamp of files: one line that differs once any of them was changed, moved, made or removed."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress

from patchflow import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def stamp_of(paths: Iterable[str]) -> tuple[str, int]:
    """A digest of this program's version and of the files' sizes and times of change; and the newest of these, in
    nanoseconds.

    A file that is not there counts as such. No program can set this time back, as it can the time of writing.
    """
    digest, newest = hashlib.sha256(__version__.encode()), 0
    for path in paths:
        line = f"{path}\0"
        with suppress(OSError):
            stat = os.stat(path)
            line += f"{stat.st_ino}\0{stat.st_size}\0{stat.st_ctime_ns}\0"
            newest = max(newest, stat.st_ctime_ns)
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest(), newest
