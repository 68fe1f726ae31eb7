"""What a library raises for what the machine, the disk or a file did, as an error a user may meet."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from patchflow.adapters.mail.schema import trouble
from patchflow.adapters.paths import cache_path
from patchflow.errors import OutsideError, PatchflowError

_OF_LIBGIT2 = ("_pygit2", "pygit2.errors")  # known by name: the library need not be loaded
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def fault(error: BaseException) -> PatchflowError | None:
    """The error in a sentence; None for what is no fault of the machine's or a file's, but a bug of ours."""
    if isinstance(error, PatchflowError):
        return error
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, sqlite3.Error):
        return _of_index(error)
    if any(kind.__module__ in _OF_LIBGIT2 for kind in type(error).__mro__):
        return OutsideError(f"The repository cannot be read: {error}.", "`git fsck` shows what is damaged.")
    if isinstance(error, UnicodeError):  # of a file or a program: our own text is text
        return OutsideError(f"Something that was read is not UTF-8: {error}.")
    if isinstance(error, MemoryError):
        return OutsideError("There is not enough memory for this.", "Close other programs, then run it again.")
    return None


def _of_system(error: OSError) -> PatchflowError:
    place = f" ({error.filename})" if error.filename else ""
    # libgit2's have no number, only the system's words.
    if error.errno in _FULL or any(os.strerror(one) in str(error) for one in _FULL):
        return OutsideError(
            f"The disk is full{place}: {error.strerror or error}.",
            "What was written is whole; make room and run this again (`patchflow send --resume` where a send was "
            "cut off).",
        )
    if error.filename:
        return OutsideError(f"{error.filename}: {error.strerror}.")
    return OutsideError(f"The system refused: {error.strerror or error}.")


def _of_index(error: sqlite3.Error) -> PatchflowError:
    """The mail index is a cache: a damaged one is removed, and the next command that reads mail makes it anew."""
    place = f"{cache_path()}/mail"
    if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
        return trouble(Path(place), error)
    shutil.rmtree(place, ignore_errors=True)
    return OutsideError(
        f"The mail index in {place} was damaged ({error}), so it was removed.", "Run this again: it is made anew."
    )
