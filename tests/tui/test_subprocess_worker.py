"""Work in a process of its own: progress, result, error, stop."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from patchflow.adapters.process import run
from patchflow.errors import UsageError
from patchflow.tui.jobs import Job, Stopped
from patchflow.tui.subprocess_worker import Tell, run_in_subprocess
from tests.conftest import ROOT


def count(most: int, tell: Tell) -> int:
    for number in range(most):
        tell(f"{number}")
    return most


def refuse(text: str, tell: Tell) -> None:
    raise UsageError(text, "do it otherwise")


def hang(tell: Tell) -> None:
    time.sleep(600)


def wait_for_programs(seconds: str, tell: Tell) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: run(["sleep", seconds], timeout=600, check=False), range(2)))


def die(tell: Tell) -> None:
    import os

    os._exit(9)


def job(heard: list[str]) -> Job:
    return Job("x", "x", print, lambda one: heard.append(one.progress), lambda one, value: None)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The functions of this file are found in the other process too."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_modules_of_the_tree_one_stands_in_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logging.py").write_text("open('run', 'w').close()\n")
    (tmp_path / "patchflow").mkdir()
    (tmp_path / "patchflow" / "__init__.py").write_text("open('run', 'w').close()\n")
    monkeypatch.chdir(tmp_path)
    assert run_in_subprocess(job([]), count, 1) == 1
    assert not (tmp_path / "run").exists()


def test_progress_and_result() -> None:
    heard: list[str] = []
    assert run_in_subprocess(job(heard), count, 50) == 50
    assert heard == [str(n) for n in range(50)]


def test_an_error_is_raised_here() -> None:
    with pytest.raises(UsageError) as found:
        run_in_subprocess(job([]), refuse, "no")
    assert found.value.paragraph() == UsageError("no", "do it otherwise").paragraph()


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(OSError, match="without an answer"):
        run_in_subprocess(job([]), die)


def running(words: list[str]) -> bool:
    wanted = b"".join(word.encode() + b"\0" for word in words)
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if place.read_bytes() == wanted:
                return True
    return False


@pytest.mark.long
def test_stopped_its_programs_end_with_it() -> None:
    """checkpatch.pl over a long patch went on for minutes after the check was stopped."""
    one = job([])
    seconds = f"{600 + os.getpid() / 1e7:.7f}"
    threading.Timer(4, one.stop).start()
    before = time.monotonic()
    with pytest.raises(Stopped):
        run_in_subprocess(one, wait_for_programs, seconds)
    assert time.monotonic() - before < 25, "it was killed after 30 s, and did not end by itself"
    assert not running(["sleep", seconds])


def test_stopped_it_ends_at_once() -> None:
    one = job([])
    threading.Timer(0.5, one.stop).start()
    before = time.monotonic()
    with pytest.raises(Stopped):
        run_in_subprocess(one, hang)
    assert time.monotonic() - before < 60


def cannot_be_sent(tell: Tell) -> object:
    return lambda: None


def test_an_answer_that_cannot_be_sent_says_so() -> None:
    with pytest.raises(TypeError, match="cannot_be_sent"):
        run_in_subprocess(job([]), cannot_be_sent)
