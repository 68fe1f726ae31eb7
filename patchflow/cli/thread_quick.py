"""The short way of `thread MESSAGE-ID`, for a thread that was shown before and of which nothing has changed.

Whatever is not plain is left to the whole command; so is whatever goes wrong.
"""

from __future__ import annotations

import sys

from patchflow.adapters.mail.shown import Shown
from patchflow.adapters.places import state_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def quick(words: Sequence[str]) -> int | None:
    """Prints the thread and returns the exit code; None where the whole command has to be loaded."""
    left, start = list(words), "."
    json = "--json" in left
    left = [word for word in left if word != "--json"]
    if left[:1] == ["-C"] and len(left) > 1:
        start, left = left[1], left[2:]
    if len(left) != 2 or left[0] != "thread" or left[1].startswith("-"):
        return None
    state = state_path(start)
    text = Shown(state).get(key_of(left[1], json)) if state else None
    if text is None:
        return None
    sys.stdout.write(text)
    sys.stdout.flush()
    return 0


def key_of(id: str, json: bool) -> str:
    """What a printed thread is kept under."""
    return f"{'json' if json else 'lines'} {id.strip('<>')}"
