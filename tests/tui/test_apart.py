"""Work in a process of its own: progress, result, error, stop."""

from __future__ import annotations

import threading
import time

import pytest

from patchflow.errors import UsageError
from patchflow.tui.apart import Tell, run_apart
from patchflow.tui.jobs import Job, Stopped


def count(most: int, tell: Tell) -> int:
    for number in range(most):
        tell(f"{number}")
    return most


def refuse(text: str, tell: Tell) -> None:
    raise UsageError(text, "do it otherwise")


def hang(tell: Tell) -> None:
    time.sleep(600)


def die(tell: Tell) -> None:
    import os

    os._exit(9)


def job(heard: list[str]) -> Job:
    return Job("x", "x", print, lambda one: heard.append(one.progress), lambda one, value: None)


def test_progress_and_result() -> None:
    heard: list[str] = []
    assert run_apart(job(heard), count, 50) == 50
    assert heard == [str(n) for n in range(50)]


def test_an_error_is_raised_here() -> None:
    with pytest.raises(UsageError) as found:
        run_apart(job([]), refuse, "no")
    assert found.value.paragraph() == UsageError("no", "do it otherwise").paragraph()


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(OSError, match="without an answer"):
        run_apart(job([]), die)


def test_stopped_it_ends_at_once() -> None:
    one = job([])
    threading.Timer(0.5, one.stop).start()
    before = time.monotonic()
    with pytest.raises(Stopped):
        run_apart(one, hang)
    assert time.monotonic() - before < 60
