"""Files of the work tree, whole: mode and content, as an undoable change keeps them."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from patchflow.errors import PatchflowError

WorkFile = tuple[str, bytes]  # git's mode (100644, 100755, or 120000 with where the link leads), and the content

LINK, PROGRAM, PLAIN = "120000", "100755", "100644"
_MOST = 32 << 20  # bytes of a file that a change keeps


def read_work_file(folder: Path, path: str) -> WorkFile | None:
    """A file of a work tree, None where there is none.

    PatchflowError where it is neither a file nor a link, over 32 MB, or below a link, which may lead out of the tree.
    """
    place = _place(folder, path)
    try:
        found = place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISLNK(found.st_mode):
        return LINK, os.fsencode(place.readlink())
    if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST:
        what = "is not a file" if not stat.S_ISREG(found.st_mode) else "is larger than 32 MB"
        raise PatchflowError(
            f"{path} {what}, so it could not be brought back.", f"`git restore {shlex.quote(path)}` does not ask."
        )
    return PROGRAM if found.st_mode & stat.S_IXUSR else PLAIN, place.read_bytes()


def write_work_file(folder: Path, path: str, wanted: WorkFile | None) -> None:
    """Makes a file of a work tree what it is to be, in one rename; folders are made for it."""
    place = _place(folder, path)
    if wanted is None:
        place.unlink(missing_ok=True)
        return
    mode, content = wanted
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    if mode == LINK:
        beside.symlink_to(os.fsdecode(content))
    else:
        old = place.stat().st_mode if place.is_file() and not place.is_symlink() else None
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777 if mode == PROGRAM else 0o666)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if old is not None:
                os.fchmod(handle, old & 0o666 | (old >> 2 & 0o111 if mode == PROGRAM else 0))
            file.flush()
            os.fsync(handle)
    beside.replace(place)


def _place(folder: Path, path: str) -> Path:
    place = folder / path
    for above in place.relative_to(folder).parents:
        if (folder / above).is_symlink() and str(above) != ".":
            raise PatchflowError(f"{path} stands below the link {above}, so it is left alone.")
    return place
