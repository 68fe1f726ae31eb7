"""A clone that keeps its refs in tables, as git 3.0 makes them by itself: the whole way works there, too."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pygit2
import pytest

from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.board import BoardScreen
from tests.cli.test_review import p
from tests.conftest import commit, git, run_patchflow
from tests.mails import mail, mbox
from tests.tui.test_app import settled


@pytest.fixture
def tables(series: Path) -> Path:
    migrated = subprocess.run(["git", "-C", str(series), "refs", "migrate", "--ref-format=reftable"], check=False,
                              capture_output=True)  # fmt: skip
    if migrated.returncode or not hasattr(pygit2.settings, "set_extensions"):
        pytest.skip("git before 2.46 keeps no refs in tables, or pygit2 before 1.19 cannot be told of them")
    assert (series / ".git/HEAD").read_text() == "ref: refs/heads/.invalid\n"
    return series


def test_the_whole_way(tables: Path, smtp: Any, tmp_path: Path) -> None:
    assert [one["branch"] for one in p(tables, "status")["series"]] == ["demo"]
    p(tables, "check", "--json")
    p(tables, "send", "--yes")
    (one,) = p(tables, "status")["series"]
    ids = one["sent"][0]["message_ids"]
    assert one["state"] == "sent" and len(ids) == 3
    asked = mail("> +int two;\n\nWhy an int?\n", subject="Re: [PATCH net-next 2/2] vsock: add two", id="q@in.example",
                 sender="Rik <rik@example.net>", to=f"<{ids[2]}>")  # fmt: skip
    (tmp_path / "in.mbox").write_bytes(mbox(asked))
    p(tables, "fetch", "--mbox", str(tmp_path / "in.mbox"))
    assert [row["patch"] for row in p(tables, "todo", code=1)["comments"]] == [ids[2]]
    assert "(1 comment)" in run_patchflow("-C", str(tables), "thread", "q@in.example").out
    commit(tables, "vsock: add three", "int three;\n", "net/vmw_vsock/three.c")
    assert len(p(tables, "status")["series"][0]["patches"]) == 3, "what is kept of an answer is not taken for today's"
    p(tables, "respin")
    p(tables, "undo")
    p(tables, "redo")
    assert p(tables, "status")["series"][0]["revision"] == 2
    p(tables, "new", "other", "--base", "base")
    assert git(tables, "branch", "--show-current") == "other"
    git(tables, "switch", "-q", "--detach", "demo")
    assert {row["branch"] for row in p(tables, "status", "--all")["series"]} == {"demo", "other"}
    assert p(tables, "check", "HEAD@{1}..demo")["patches"], "git's own logs are asked"


async def test_the_board(tables: Path) -> None:
    """Also in a work tree of its own, in the middle of a rebase."""
    git(tables, "worktree", "add", "-q", str(tables.parent / "beside"), "-b", "side", "base")
    beside = tables.parent / "beside"
    assert run_patchflow("-C", str(beside), "new", "aside", "--base", "base").code == 0
    commit(beside, "vsock: add one aside", "int aside;\n", "net/vmw_vsock/aside.c")
    assert [len(one["patches"]) for one in p(beside, "status")["series"]] == [1]
    subprocess.run(
        ["git", "-C", str(beside), "rebase", "-q", "-x", "false", "HEAD~1"], check=False, capture_output=True
    )
    assert "a rebase is going on" in str(p(beside, "status"))
    git(beside, "rebase", "--abort")
    one = commit(beside, "vsock: change it", "int aside;\nint two;\n", "net/vmw_vsock/af_vsock.c")
    git(beside, "reset", "-q", "--hard", "HEAD~1")
    commit(beside, "vsock: change it otherwise", "int three;\n", "net/vmw_vsock/af_vsock.c")
    subprocess.run(["git", "-C", str(beside), "cherry-pick", one], check=False, capture_output=True)
    assert "a cherry-pick is going on" in str(p(beside, "status"))
    app = PatchflowApp(str(tables), poll=False)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        assert "demo" in board.table.text() and "aside" in board.table.text()


def test_a_tree_that_was_rebased(tables: Path, tmp_path: Path) -> None:
    """What it was once is told by git's log, which stands in tables too."""
    up = tmp_path / "up"
    git(tmp_path, "clone", "-q", str(tables), str(up))
    git(up, "switch", "-q", "-c", "main", "origin/demo~2")
    theirs = ["-c", "user.name=Uwe Upstream", "-c", "user.email=uwe@example.net"]
    git(up, *theirs, "commit", "-q", "--allow-empty", "-m", "net: theirs\n\nSigned-off-by: Uwe <uwe@example.net>")
    git(tables, "remote", "add", "up", str(up))
    git(tables, "fetch", "-q", "up")
    p(tables, "new", "mine", "--base", "up/main")
    commit(tables, "mine", "int mine;\n", "net/vmw_vsock/mine.c")
    git(up, *theirs, "commit", "-q", "--amend", "--allow-empty", "-m", "net: theirs, made anew")
    git(tables, "fetch", "-q", "up")
    (one,) = p(tables, "status")["series"]
    assert [row["subject"] for row in one["patches"]] == ["vsock: mine"]
