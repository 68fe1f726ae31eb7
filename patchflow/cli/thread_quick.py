"""The short way of `thread MESSAGE-ID`: without a parser, and at once where nothing has changed since it was shown.

Whatever is not plain is left to the whole command line; so is whatever goes wrong.
"""

from __future__ import annotations

import sys

from patchflow.adapters.mail.thread_cache import Shown
from patchflow.adapters.paths import state_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def quick(words: Sequence[str]) -> int | None:
    """Prints the thread and returns the exit code; None where the whole command has to be loaded."""
    asked = plain(words)
    state = state_path(asked.directory) if asked else None
    text = Shown(state).get(asked.which.strip("<>"), asked.json) if asked and state else None
    if text is None:
        return None
    sys.stdout.write(text)
    sys.stdout.flush()
    return 0


def plain(words: Sequence[str]) -> Any:
    """What the parser would make of `thread ID`; None where there is more on the line."""
    left, start = list(words), "."
    json = "--json" in left
    left = [word for word in left if word != "--json"]
    if left[:1] == ["-C"] and len(left) > 1:
        start, left = left[1], left[2:]
    if len(left) != 2 or left[0] != "thread" or left[1].startswith("-"):
        return None
    from types import SimpleNamespace

    return SimpleNamespace(command="thread", directory=start, json=json, no_color=False, which=left[1], mbox=None)
