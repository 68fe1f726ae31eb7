"""A review that leaves from two terminals at once, or is killed at any time: each mail reaches the list once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from patchflow.demo.server import header
from tests.cli.test_review_write import TWO, p
from tests.conftest import ROOT, run_patchflow
from tests.reviewed import mbox, upstream
from tests.sampled import times

QUIET: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
KILLS = int(os.environ.get("PATCHFLOW_REVIEW_KILLS") or times(2, 10))


def written(folder: Path, number: int) -> None:
    """A review of three mails of a series of this number."""
    mail = mbox(folder, "base", upstream(folder, "base", TWO), 1, "vsock: count", with_base=True)
    mail = mail.replace("@uwe>", f"-{number}@uwe>")
    p(folder, "review", "-", stdin=mail)
    for words in (("0", "-m", "Both?"), ("1", "-m", "Why?"), ("2", "-m", "Was it used?")):
        p(folder, "review", "comment", *words)


def arrived(smtp: Any) -> Counter[str]:
    """How often each mail was answered, by what it answers."""
    return Counter(header(one, "In-Reply-To") for one in smtp.messages())


@pytest.mark.long
def test_two_terminals_at_once(small: Path, smtp: Any) -> None:
    words = ("-C", str(small), "review", "send", "--yes")
    for number in range(times(2, 6)):
        written(small, number)
        with ThreadPoolExecutor(2) as both:
            done = list(both.map(lambda _: run_patchflow(*words), range(2)))
        assert any(one.code == 0 for one in done), [one.err for one in done]
        mine = {key: count for key, count in arrived(smtp).items() if key.endswith(f"-{number}@uwe>")}
        assert sorted(mine.values()) == [1, 1, 1], ([one.err for one in done], mine)


@pytest.mark.long
def test_killed_at_any_time(small: Path, smtp: Any) -> None:
    chance = random.Random(1)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-m", "patchflow", "-C", str(small), "review", "send", "--yes"]
    for number in range(KILLS):
        written(small, number)
        child = subprocess.Popen(
            argv, env=env, start_new_session=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        time.sleep(0.2 + chance.random() * 1.2)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for _ in range(6):
            ran = run_patchflow("-C", str(small), "--json", "review", "send", "--yes")
            if "Nothing waits to be sent" in ran.err:
                break
            if ran.code:  # of unknown fate: the one who looked into the archive says what became of it
                got = {header(one, "Message-ID") for one in smtp.messages()}
                rows = [row for row in ran.json["mails"] if row["state"] == "unknown"]
                assert rows, ran.err
                how = "--arrived" if rows[0]["message_id"] in {one.strip("<>") for one in got} else "--again"
                run_patchflow("-C", str(small), "review", "send", "--yes", how, rows[0]["message_id"])
        mine = {key: count for key, count in arrived(smtp).items() if key.endswith(f"-{number}@uwe>")}
        assert sorted(mine.values()) == [1, 1, 1], mine
