"""Runs heavy work in a process of its own, so that the screen's process stays free to answer keys.

Not by multiprocessing's own processes: they want the standard error, which is the screen's while the UI runs.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from patchflow.tui.jobs import Job, Stopped

_LOOK = 0.1  # seconds between two looks at whether the job is still wanted

Tell = Callable[[str], None]


def run_apart(job: Job, work: Callable[..., Any], *arguments: Any) -> Any:
    """What `work(*arguments, tell=…)` returns, run in a new process; `work` is a module's function.

    Its progress reaches the job, its exception is raised here; a job that was stopped ends the process.
    """
    ours, theirs = os.pipe()
    argv = [sys.executable, "-m", "patchflow.tui.apart", str(theirs)]
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             pass_fds=(theirs,))  # fmt: skip
    os.close(theirs)
    try:
        with Connection(ours, writable=False) as answers:
            assert child.stdin
            with child.stdin:
                pickle.dump((work.__module__, work.__name__, arguments), child.stdin)
            return _listen(job, answers)
    except (EOFError, BrokenPipeError) as error:
        raise OSError("the process that did the work ended without an answer") from error
    finally:
        child.terminate()
        child.wait()


def _listen(job: Job, answers: Connection) -> Any:
    while True:
        if job.stopped:
            raise Stopped
        if not answers.poll(_LOOK):
            continue
        kind, value = answers.recv()
        if kind == "done":
            return value
        if kind == "failed":
            raise value
        job.tell(value)


def _carry(answers: Connection) -> None:
    """The new process: reads what to do, does it, and says what comes of it."""
    module, name, arguments = pickle.load(sys.stdin.buffer)
    try:
        value = getattr(import_module(module), name)(*arguments, tell=lambda words: answers.send(("told", words)))
        answers.send(("done", value))
    except Exception as error:  # noqa: BLE001 - it is raised again where the answer is waited for
        answers.send(("failed", error))


if __name__ == "__main__":
    _carry(Connection(int(sys.argv[1]), readable=False))
