"""Slow work in threads: what it is, how far it got, whether it is still wanted, and what of it is never cut short."""

from __future__ import annotations

import contextvars
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

_GRACE = 0.2  # seconds that stopped work has to end by itself when the program is left


class Stopped(Exception):
    """The user stopped the work."""


class Job:
    """Handed to the work, which tells its progress and asks whether to go on; safe across threads.

    `lasting` work changes or sends something: it is never stopped, and waits for its turn behind others of its group.
    Some of it can be cut off between two `steps` (what they are called), and asks `enough` before each.
    """

    def __init__(
        self,
        title: str,
        group: str,
        then: Callable[[Any], object],
        heard: Callable[[Job], None],
        offered: Callable[[Job, Any], None],
        lasting: bool = False,
    ) -> None:
        self.title = title
        self.group = group
        self.then = then
        self.lasting = lasting
        self.steps = ""
        self.progress = ""
        self.ended = False
        self.early: Callable[[Any], object] | None = None
        self.failed: Callable[[str], object] | None = None  # gets the words of why, which are told
        self._heard = heard
        self._offered = offered
        self._stop = threading.Event()
        self._enough = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._stop.is_set()

    def stop(self) -> None:
        """The work ends at its next step, and what it finds is thrown away; lasting work goes on."""
        if not self.lasting:
            self._stop.set()

    def enough(self) -> bool:
        """Whether lasting work is to make no further step."""
        return self._enough.is_set()

    def cut_off(self) -> None:
        """Lasting work ends before its next step."""
        self._enough.set()

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


class Threads:
    """Where jobs run: each in a thread of its own, lasting ones of a group one after the other."""

    def __init__(self) -> None:
        self._queues: dict[str, ThreadPoolExecutor] = {}
        self._free: list[threading.Thread] = []

    def run(self, job: Job, call: Callable[[], None]) -> None:
        """Starts a job, or puts it behind those of its group."""
        context = contextvars.copy_context()
        if job.lasting:
            if job.group not in self._queues:
                self._queues[job.group] = ThreadPoolExecutor(1)
            self._queues[job.group].submit(context.run, call)
            return
        thread = threading.Thread(target=context.run, args=(call,), daemon=True)
        thread.start()
        self._free = [*(one for one in self._free if one.is_alive()), thread]

    def leave(self, code: int) -> int:
        """The end of the program: lasting work is waited for, all other ends at once, with the programs it runs.

        Returns the exit code; where some work would still compute for long, the process ends here instead.
        """
        for queue in self._queues.values():
            queue.shutdown()
        for pid in _children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + _GRACE
        for thread in self._free:
            thread.join(max(0.0, until - time.monotonic()))
        if any(thread.is_alive() for thread in self._free):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        return code


def _children() -> list[int]:
    """The processes that this one started and that run still."""
    with suppress(OSError):
        lists = [place.read_text() for place in Path("/proc/self/task").glob("*/children")]
        return [int(word) for text in lists for word in text.split()]
    return []
