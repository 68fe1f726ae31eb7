"""Runs heavy work in a process of its own, so that the screen's process stays free to answer keys.

Not by multiprocessing's own processes: they want the standard error, which is the screen's while the UI runs.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

from patchflow.adapters.process import RUNS
from patchflow.tui.jobs import Job, Stopped

_LOOK = 0.1  # seconds between two looks at whether the job is still wanted
_PAUSE = 0.05  # seconds in which what is told is gathered, so that a talkative program does not flood the screen
_WAVES = (0.2, 0.5, 2.0)  # seconds before each further word to stop
_LEAVE = 30.0  # seconds a stopped process has to clear away
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Tell = Callable[[Any], None]


def run_in_subprocess(
    job: Job, work: Callable[..., Any], *arguments: Any, heard: Callable[[list[Any]], None] | None = None
) -> Any:
    """What `work(*arguments, tell=…)` returns, run in a new process; `work` is a module's function.

    What it tells goes to `heard`, some at a time; else it is the job's progress. Its exception is raised here. Where
    the job is stopped, or this process dies, a KeyboardInterrupt ends the work, and it is waited for until it has
    cleared away.
    """
    ours, theirs = os.pipe()
    argv = [sys.executable, "-P", "-m", "patchflow.tui.subprocess_worker", str(theirs)]
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             pass_fds=(theirs,), process_group=0)  # fmt: skip
    os.close(theirs)
    assert child.stdin
    try:
        with Connection(ours, writable=False) as answers:
            pickle.dump((work.__module__, work.__name__, arguments), child.stdin)
            child.stdin.flush()
            return _listen(job, answers, heard or _progress(job))
    except (EOFError, BrokenPipeError) as error:
        raise OSError("the process that did the work ended without an answer") from error
    finally:
        _end(child)


def _progress(job: Job) -> Callable[[list[Any]], None]:
    def heard(told: list[Any]) -> None:
        for one in told:
            job.tell(one)

    return heard


def _end(child: subprocess.Popen[bytes]) -> None:
    """The end of its input is the word to stop."""
    assert child.stdin
    with suppress(BrokenPipeError):
        child.stdin.close()
    try:
        child.wait(_LEAVE)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)  # what it runs included
        child.wait()


def _listen(job: Job, answers: Connection, heard: Callable[[list[Any]], None]) -> Any:
    while True:
        if job.stopped:
            raise Stopped
        if not answers.poll(_LOOK):
            continue
        told: list[Any] = []
        last: tuple[str, Any] | None = None
        while last is None and len(told) < 1000 and answers.poll():
            kind, value = answers.recv()
            if kind == "told":
                told.append(value)
            elif kind == "ran":
                RUNS.extend(value)
            else:
                last = (kind, value)
        if told:
            heard(told)
        if last and last[0] == "failed":
            raise last[1]
        if last:
            return last[1]
        time.sleep(_PAUSE)


def _stop_once(number: int, frame: FrameType | None) -> None:
    """Stops as Ctrl-C does, the programs that run included; what then clears away is not disturbed again."""
    for one in _SIGNALS:
        signal.signal(one, _nothing)  # not SIG_IGN, which a program that is started would inherit
    os.killpg(0, signal.SIGTERM)
    threading.Thread(target=_stop_late_ones, daemon=True).start()
    raise KeyboardInterrupt


def _nothing(number: int, frame: FrameType | None) -> None:
    """A second word to stop changes nothing."""


def _stop_late_ones() -> None:
    """A thread may start its next program before it hears that all is over."""
    for seconds in _WAVES:
        time.sleep(seconds)
        os.killpg(0, signal.SIGTERM)


def _stop_with_input() -> None:
    """Stops this process when its standard input ends: it was stopped, or the one that waits for it died."""
    watched = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # no program that is run from here gets hold of it
    os.close(nothing)
    main = threading.main_thread().ident or 0

    def watch() -> None:
        os.read(watched, 1)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=watch, daemon=True).start()


def _carry(answers: Connection) -> None:
    """The new process: reads what to do, does it, and says what comes of it."""
    for one in _SIGNALS:
        signal.signal(one, _stop_once)
    os.nice(10)  # on busy cores the screen and its keys go first
    module, name, arguments = pickle.load(sys.stdin.buffer)
    _stop_with_input()
    try:
        value = getattr(import_module(module), name)(*arguments, tell=lambda words: answers.send(("told", words)))
        answer = ("done", value)
    except Exception as error:  # noqa: BLE001 - it is raised again where the answer is waited for
        answer = ("failed", error)
    answers.send(("ran", list(RUNS)))
    try:
        answers.send(answer)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        answers.send(("failed", TypeError(f"the answer of {module}.{name} cannot be sent: {error}")))


if __name__ == "__main__":
    _carry(Connection(int(sys.argv[1]), readable=False))
