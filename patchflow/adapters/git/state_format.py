"""The format of a state folder, asked before anything there is read or written; loaded at each start, so kept small."""

from __future__ import annotations

import os

from patchflow import __version__
from patchflow.adapters.paths import read_regular
from patchflow.errors import PatchflowError

# The format of all that stands in a state folder and below refs/patchflow. 0.1.0 wrote no file that names it.
# docs/maintaining.md says what to do where it is to be raised.
FORMAT = 1


def need_known_format(folder: str) -> None:
    """PatchflowError where the state in this folder (a clone's, or the user's own) has a format that is not known."""
    try:
        found = read_regular(os.path.join(folder, "format"), 100).decode("ascii", "replace").strip()
    except OSError:
        return
    if found not in map(str, range(1, FORMAT + 1)):
        raise newer_format(f"The state in {folder}", found)


def newer_format(what: str, found: str) -> PatchflowError:
    """The error about a state whose format only a newer patchflow knows."""
    return PatchflowError(
        f"{what} has the format {found!r}, which a newer patchflow wrote; this is {__version__}, which knows "
        f"{FORMAT} and would lose some of it, so nothing was read and nothing was written.",
        "Install that newer patchflow, or a newer one still.",
    )
