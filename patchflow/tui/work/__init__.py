"""The slow work behind the screens: plain functions that a worker thread calls, each with a clone of its own.

A clone is opened anew for each piece of work: git's settings may have changed since, and a repository is not to be
shared between threads. A module here is imported by the job that first names it, with all that it needs, so neither
the start nor the screen's loop waits for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from patchflow.tui.work import changing, mail, reading, replying, reviewing, running, sending, trying, writing

__all__ = ["changing", "mail", "reading", "replying", "reviewing", "running", "sending", "trying", "writing"]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")
