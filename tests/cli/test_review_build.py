"""A series out of mail is built, in its work tree or without one; a kill in the middle leaves nothing in the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_review import p, stands
from tests.cli.test_try_build_stand_in import branch, headers
from tests.conftest import ROOT, git
from tests.reviewed import BASE, FILE, TWO, mbox, upstream

__all__ = ["branch", "headers"]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")
def test_built_with_results_by_message_id(branch: Path, headers: Path, tmp_path: Path) -> None:
    changes = [
        ("vsock: warn", {FILE: BASE + "int d; // WARN\n"}),
        ("vsock: more", {FILE: BASE + "int d; // WARN\nint e;\n"}),
    ]
    (tmp_path / "t.mbox").write_text(mbox(branch, "base", upstream(branch, "base", changes)))
    before = stands(branch)
    found = p(branch, "try", "build", str(tmp_path / "t.mbox"), "--per-patch", "--against", str(headers), code=1)
    assert [len(one["new"]) for one in found["patches"]] == [1, 0] and stands(branch) == before
    p(branch, "review", "apply", str(tmp_path / "t.mbox"))
    left = [text for text in p(branch, "review", "check")["not_run"] if text.startswith("build")]
    assert "`patchflow review build`" in left[0]
    found = p(branch, "review", "build", "--per-patch", "--against", str(headers), code=1)
    assert [one["subject"] for one in found["patches"]] == ["vsock: warn", "vsock: more"]
    assert not [text for text in p(branch, "review", "check")["not_run"] if "was not run" in text]
    kept = json.loads((branch / ".git/patchflow/reviews/vsock-warn-v1/results.json").read_text())
    assert len(kept["v1-1@uwe"]["build"]["new"]) == 1 and kept["v1-2@uwe"]["build"]["builds"] is True
    assert stands(branch) == before


def test_a_kill_while_it_is_applied(small: Path, tmp_path: Path) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    real = shutil.which("git")
    (bin_ / "git").write_text(f'#!/bin/sh\ncase "$*" in *" am "*) exec sleep 60;; esac\nexec {real} "$@"\n')
    (bin_ / "git").chmod(0o755)
    (tmp_path / "t.mbox").write_text(mbox(small, "base", upstream(small, "base", TWO)))
    before = stands(small)
    words = [sys.executable, "-m", "patchflow", "-C", str(small), "review", "apply", str(tmp_path / "t.mbox")]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{bin_}:{os.environ['PATH']}"}
    child = subprocess.Popen(words, env=env, start_new_session=True, stdout=subprocess.DEVNULL)
    place = small.parent / "linux-review-vsock-count-a-v1"
    base = small / ".git/worktrees" / place.name / "patchflow-base"
    until = time.monotonic() + 60
    while not base.is_file() and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert base.is_file() and git(place, "rev-list", "--count", "base..") == "0"
    made = p(small, "review", "apply")
    assert made["state"] == "applied" and len(made["applied"]) == 2 and Path(made["worktree"]) == place
    assert stands(small) == before
