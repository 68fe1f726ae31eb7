"""One piece of slow work in a thread: what it is, how far it got, and whether it is still wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Stopped(Exception):
    """The user stopped the work."""


class Job:
    """Handed to the work, which tells its progress and asks whether to go on; safe across threads."""

    def __init__(
        self,
        title: str,
        group: str,
        then: Callable[[Any], object],
        heard: Callable[[Job], None],
        offered: Callable[[Job, Any], None],
    ) -> None:
        self.title = title
        self.group = group
        self.then = then
        self.progress = ""
        self.ended = False
        self.early: Callable[[Any], object] | None = None
        self._heard = heard
        self._offered = offered
        self._stop = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._stop.is_set()

    def stop(self) -> None:
        """The work ends at its next step, and what it finds is thrown away."""
        self._stop.set()

    def offer(self, value: Any) -> None:
        """A first, quick answer, to be shown until the whole one is there; raises Stopped where nobody waits."""
        if self.stopped:
            raise Stopped
        self._offered(self, value)

    def tell(self, progress: str) -> None:
        """How far it got; raises Stopped where nobody waits any more."""
        if self.stopped:
            raise Stopped
        self.progress = progress
        self._heard(self)
