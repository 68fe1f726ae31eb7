"""A commit's diff is the one git format-patch would send, however it is read."""

from __future__ import annotations

from pathlib import Path

from patchflow.adapters.git.repository import GitRepository
from tests.conftest import commit, git

OLD = "/*\n * a\n */\nint a;\n\n/*\n * c\n */\nint c;\n"
NEW = OLD.replace("/*\n * c", "/*\n * b\n */\nint b;\n\n/*\n * c")


def test_added_blocks_begin_where_git_has_them_begin(small: Path) -> None:
    commit(small, "begin it", OLD, "net/a.c")
    (small / "net/a.c").unlink()
    newest = commit(small, "go on", NEW, "net/a.c")
    expected = git(small, "format-patch", "-1", "--stdout", "--no-stat")
    read = GitRepository(small).patch(newest).diff
    assert [line for line in read.split("\n") if line[:1] == "+"] == [
        line for line in expected.split("\n") if line[:1] == "+"
    ]
    both = GitRepository(small)
    both.preload([newest, git(small, "rev-parse", "HEAD~")])
    assert both.patch(newest).files == GitRepository(small).patch(newest).files
