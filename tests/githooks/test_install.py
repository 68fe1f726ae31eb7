"""`patchflow hook install` and `uninstall`: what stands there is chained, and comes back byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.githooks.clones import Clone

OLD = b"#!/bin/sh\n# another's hook\necho before \xff >> ran\nexit ${OLD_FAILS:-0}\n"
NAMES = ("commit-msg", "pre-commit", "pre-push", "prepare-commit-msg", "sendemail-validate")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def picture(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {p.name: (p.read_bytes(), p.stat().st_mode) for p in folder.iterdir()} if folder.is_dir() else {}


def test_install_twice_is_once_and_uninstall_restores(clone: Clone) -> None:
    hooks = clone.tree / ".git" / "hooks"
    (hooks / "commit-msg").write_bytes(OLD)
    (hooks / "commit-msg").chmod(0o755)
    before = picture(hooks)
    clone.install()
    once = picture(hooks)
    assert set(NAMES) <= set(once)
    assert once["commit-msg.before-patchflow"][0] == OLD
    clone.install()
    assert picture(hooks) == once
    assert clone.patchflow("hook", "uninstall").returncode == 0
    assert picture(hooks) == before
    assert "was not installed" in clone.patchflow("hook", "uninstall").stdout


def test_a_hook_that_is_no_program_and_one_that_is_a_link_come_back(clone: Clone) -> None:
    hooks = clone.tree / ".git" / "hooks"
    (hooks / "commit-msg").write_bytes(b"not executable")
    (hooks / "pre-push").symlink_to("../../elsewhere")
    clone.install()
    clone.patchflow("hook", "uninstall")
    assert (hooks / "commit-msg").read_bytes() == b"not executable"
    assert os.readlink(hooks / "pre-push") == "../../elsewhere"  # noqa: PTH115


def test_the_old_hook_runs_first_and_may_stop_the_commit(clone: Clone) -> None:
    hooks = clone.tree / ".git" / "hooks"
    (hooks / "pre-commit").write_bytes(OLD)
    (hooks / "pre-commit").chmod(0o755)
    clone.install()
    clone.write("README", "more\n")
    assert clone.git("commit", "-q", "-m", "x", check=False, OLD_FAILS="7").returncode != 0
    assert (clone.tree / "ran").read_bytes().startswith(b"before")


def test_core_hookspath_is_honoured_and_its_folder_goes_again(clone: Clone) -> None:
    elsewhere = clone.home / "a" / "hooks"
    clone.git("config", "core.hooksPath", str(elsewhere))
    done = clone.patchflow("hook", "install")
    assert done.returncode == 0, done.stderr
    assert "core.hooksPath" in done.stderr
    assert set(NAMES) == {p.name for p in elsewhere.iterdir()}
    assert not (clone.tree / ".git" / "hooks" / "commit-msg").exists()
    clone.patchflow("hook", "uninstall")
    assert not (clone.home / "a").exists()


def test_a_worktree_shares_the_hooks(clone: Clone) -> None:
    other = clone.home / "other"
    clone.git("worktree", "add", "-q", str(other))
    assert clone.patchflow("hook", "install", cwd=other).returncode == 0
    assert (clone.tree / ".git" / "hooks" / "commit-msg").is_file()
    (other / "README").write_text("more\n")
    stopped = clone.git("commit", "-am", "no prefix and nothing else", cwd=other, check=False)
    assert stopped.returncode == 1
    assert "patchflow commit-msg: " in stopped.stderr


def test_the_interpreter_is_recorded_and_a_lost_one_stops(clone: Clone) -> None:
    clone.install("commit-msg")
    stub = clone.tree / ".git" / "hooks" / "commit-msg"
    text = stub.read_text()
    assert "python=/" in text
    assert len(text.splitlines()) <= 15
    stub.write_text(text.replace("python=/", "python=/nowhere/"))
    clone.write("README", "more\n")
    stopped = clone.commit("x")
    assert stopped.returncode == 1
    assert "hook install" in stopped.stderr
    assert '"state": "stale"' in clone.patchflow("hook", "list", "--json").stdout


def test_a_hook_put_over_ours_is_never_lost(clone: Clone) -> None:
    hooks = clone.tree / ".git" / "hooks"
    (hooks / "commit-msg").write_bytes(OLD)
    clone.install("commit-msg")
    (hooks / "commit-msg").write_bytes(b"#!/bin/sh\n# a third\n")
    done = clone.patchflow("hook", "install", "commit-msg")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert (hooks / "commit-msg").read_bytes() == b"#!/bin/sh\n# a third\n"
    assert (hooks / "commit-msg.before-patchflow").read_bytes() == OLD


def test_an_unknown_hook_is_a_usage_error(clone: Clone) -> None:
    done = clone.patchflow("hook", "install", "post-commit")
    assert done.returncode == 2
    assert "commit-msg" in done.stderr
