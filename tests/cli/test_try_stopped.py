"""Guests, kernels of KUnit and bisections that are stopped or killed: no process, folder or work tree stays."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_try_boot_stand_in import programs, tree
from tests.cli.test_try_build_stand_in import branch, headers, left
from tests.cli.test_try_dtbs import BOARD, board
from tests.cli.test_try_dtbs import change as change_board
from tests.cli.test_try_on import change, long, older
from tests.cli.test_try_tests import SUITE, guests, kunit, says
from tests.conftest import ROOT, commit, git, run_patchflow
from tests.processes import command_lines

__all__ = ["board", "branch", "guests", "headers", "kunit", "long", "older", "programs", "tree"]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")
NUMBERS = [signal.SIGTERM, signal.SIGKILL]
SLEEP = f"sleep {100_000 + os.getpid()}"


def stopped(clone: Path, number: signal.Signals, until: str, *words: str, wait: float = 0.0) -> None:
    """Runs patchflow until a line of its errors holds a word, waits some seconds, and sends it a signal."""
    argv = [sys.executable, "-m", "patchflow", "-C", str(clone), "try", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(argv, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        row = " "
        while row and until not in row:
            row = child.stderr.readline()
        assert row, "it ended before it was stopped"
        time.sleep(wait)
        child.send_signal(number)
        child.wait(timeout=20)  # not until its pipes are closed: an editor may hold them
    assert child.returncode == (130 if number != signal.SIGKILL else -signal.SIGKILL)


def running(sealed: Path) -> list[bytes]:
    """What runs below our folders, and what a command of the user's started."""
    return [
        one
        for one in command_lines()
        if str(sealed).encode() in one or one == SLEEP.replace(" ", "\0").encode() + b"\0"
    ]


def gone(sealed: Path, number: signal.Signals, clone: Path) -> None:
    """Nothing runs on, soon; nothing is left, after a kill once the next try has begun; the clone knows of nothing."""
    until = time.monotonic() + 8
    while running(sealed) and time.monotonic() < until:
        time.sleep(0.1)
    assert not running(sealed)
    if number == signal.SIGKILL:
        run_patchflow("-C", str(clone), "try", "bisect", "base..HEAD", "--run", "true")
    assert left(sealed) == []
    assert git(clone, "worktree", "list").count("\n") == 0 and not (clone / ".git/BISECT_LOG").exists()


@pytest.mark.parametrize("number", NUMBERS)
def test_in_a_guest(branch: Path, tree: Path, guests: Path, sealed: Path, number: signal.Signals) -> None:
    says(guests, 1, ("demo:good.sh", "", None))
    (guests / "hangs1").touch()
    words = ["boot", "base..HEAD", "--against", str(tree), "--test", "kselftest:demo"]
    stopped(branch, number, "program demo:good.sh begins", *words)
    gone(sealed, number, branch)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="a user-mode kernel runs on x86 alone")
def test_in_a_kernel_of_kunit(kunit: Path, sealed: Path, number: signal.Signals) -> None:
    """Its O= folder is free again, too."""
    (kunit / "lib/list.c").write_text(SUITE.format("", "") + "// HANGS\n")
    git(kunit, "commit", "-q", "-am", "lib: list: hang")
    stopped(kunit, number, "HANGS", "boot", "--test")
    gone(sealed, number, kunit)
    ran = run_patchflow("-C", str(kunit), "--json", "try", "boot", "--test", "--timeout", "1")
    assert ran.code == 1 and ran.json["runs"][0]["newly"][0]["why"] == "its time was up", ran.err


@pytest.mark.parametrize("number", NUMBERS)
def test_in_a_bisection(branch: Path, sealed: Path, number: signal.Signals) -> None:
    for one in (1, 2, 3):
        commit(branch, f"number {one}", f"int n{one};\n")
    file = "net/vmw_vsock/af_vsock.c"
    script = f"grep -q n3 {file} && exit 1; grep -q n1 {file} || exit 0; echo NOW; {SLEEP}; exit 1"
    stopped(branch, number, "NOW", "bisect", "--run", script)
    gone(sealed, number, branch)


@pytest.mark.parametrize("number", NUMBERS)
def test_on_another_kernel(long: Path, older: Path, sealed: Path, number: signal.Signals) -> None:
    """While it is built there: no work tree of the carried patches, and nothing of theirs among the clone's refs."""
    change(long, "hang", "int line_20;\n", "int line_20;\n/* HANG */\n")
    before = git(long, "for-each-ref"), git(long, "status", "--porcelain")
    stopped(long, number, "CC [M]", "build", "base..HEAD", "--on", str(older), wait=0.3)
    gone(sealed, number, long)
    assert (git(long, "for-each-ref"), git(long, "status", "--porcelain")) == before
    assert not (long / ".git/rr-cache").exists()


@pytest.mark.parametrize("number", NUMBERS)
def test_at_an_open_editor(
    long: Path, older: Path, tmp_path: Path, sealed: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The editor is the user's, and stays with what they wrote; all else goes, and nothing counts as resolved."""
    change(long, "change the end", "int end_of_new;\n", "int end_of_series;\n")
    before = git(long, "for-each-ref"), git(long, "status", "--porcelain")
    script = tmp_path / "editor"
    script.write_text(f"#!/bin/sh\necho NOW >&2\necho $$ >{tmp_path}/editing\nexec sleep 300 >&- 2>&-\n")
    script.chmod(0o755)
    monkeypatch.setenv("GIT_EDITOR", str(script))
    stopped(long, number, "NOW", "build", "base..HEAD", "--on", str(older), "--edit", wait=0.2)
    os.kill(int((tmp_path / "editing").read_text()), signal.SIGTERM)
    gone(sealed, number, long)
    assert (git(long, "for-each-ref"), git(long, "status", "--porcelain")) == before
    assert list((long / ".git/patchflow/edit").glob("conflict-*"))
    ran = run_patchflow("-C", str(long), "try", "build", "base..HEAD", "--on", str(older))
    assert ran.code == 1 and "does not fit" in ran.err


@pytest.mark.parametrize("number", NUMBERS)
def test_while_device_trees_are_read(board: Path, tmp_path: Path, sealed: Path, number: signal.Signals) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("cpp", "dtc", "dt-validate", "dt-mk-schema", "dt-extract-example"):
        (folder / name).write_text(f"#!/bin/sh\nexec {SLEEP}\n")
        (folder / name).chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        change_board(board, BOARD, "old-fault", "new-fault")
        stopped(board, number, "reading 2 bindings", "dtbs", wait=0.5)
    gone(sealed, number, board)
