"""The slow work behind the screens: plain functions that a worker thread calls, each with a clone of its own.

A clone is opened anew for each piece of work: git's settings may have changed since, and a repository is not to be
shared between threads. A module here is imported by the job that first names it, with all that it needs, so neither
the start nor the screen's loop waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.tui.late import late

if TYPE_CHECKING:
    from patchflow.tui.work import (
        board,
        changing,
        mail,
        reading,
        replying,
        reviewing,
        running,
        sending,
        trying,
        writing,
    )

__all__ = ["board", "changing", "mail", "reading", "replying", "reviewing", "running", "sending", "trying", "writing"]
__getattr__ = late(__name__, __all__)
