"""A branch that the real b4 prepared is adopted with nothing lost, and handed back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import commit, git, run_patchflow


def b4(folder: Path, *words: str) -> str:
    """Runs the real b4, as its command does."""
    code = "import sys; from b4.command import cmd; sys.argv[0] = 'b4'; sys.exit(cmd())"
    done = subprocess.run(
        [sys.executable, "-c", code, "-n", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def prepared(small: Path) -> Path:
    git(small, "config", "b4.prep-cover-strategy", "commit")
    b4(small, "prep", "-n", "vsock-topic", "-f", "base")
    commit(small, "add one")
    commit(small, "add two")
    return small


def p(folder: Path, *words: str, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == 0, ran.out + ran.err
    return ran.json


def test_a_branch_of_b4s_is_adopted(prepared: Path) -> None:
    tip = git(prepared, "rev-parse", "HEAD")
    document = p(prepared, "adopt")
    assert git(prepared, "rev-parse", "HEAD") == tip, "adopting changes nothing of the branch"
    assert document["name"] == "vsock-topic"
    assert [patch["subject"] for patch in document["patches"]] == ["vsock: add one", "vsock: add two"]
    assert document["base"] == git(prepared, "rev-parse", "base")
    message = git(prepared, "log", "-1", "--format=%B", "HEAD~2")
    assert document["change_id"] in message


def test_b4_reads_what_patchflow_wrote(prepared: Path, smtp: Any) -> None:
    p(prepared, "adopt")
    p(prepared, "cover", "--set", "-", stdin="vsock: a topic\n\nIt is needed.\n")
    shown = b4(prepared, "prep", "--show-info")
    assert "vsock: a topic" in shown or "cover-subject" in shown
    p(prepared, "send", "--yes")
    tags = git(prepared, "tag", "-l", "sent/*")
    assert tags.endswith("-v1")
    assert "base-commit: " in git(prepared, "tag", "-l", "-n99", tags)
    info = b4(prepared, "prep", "--show-info")
    assert "revision: 2" in info
    assert len(smtp.messages()) == 3


def test_a_new_series_for_both(small: Path) -> None:
    document = p(small, "new", "both", "--b4", "--base", "base")
    assert document["branch"] == "b4/both"
    commit(small, "add one")
    info = b4(small, "prep", "--show-info")
    assert document["change_id"] in info
    assert "revision: 1" in info
