"""A commit's diff is the one git format-patch would send, however it is read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
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


def test_many_commits_are_asked_for_at_once_as_each_alone(tmp_path: Path) -> None:
    """Empty, root, merge, rename, removal, mode and odd names, in each order of the asking."""
    git(tmp_path, "init", "-q", "-b", "main")

    def write(name: str) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"/* {name} */\n")

    def instead_of_folder(name: str) -> None:
        shutil.rmtree(tmp_path / name)
        write(name)

    steps: list[Callable[[], object]] = [
        lambda: (tmp_path / "a.c").write_text("int a;\n"),
        lambda: None,
        lambda: (tmp_path / "a b\tä.c").write_text("int b;\n"),
        lambda: (tmp_path / "a.c").rename(tmp_path / "c.c"),
        lambda: None,
        lambda: (tmp_path / "c.c").chmod(0o755),
        lambda: (tmp_path / "c.c").unlink(),
        lambda: None,
        lambda: write("d/e/f.c"),
        lambda: write("d/e.c"),
        lambda: instead_of_folder("d"),
        lambda: (tmp_path / "d").unlink(),
        lambda: (tmp_path / "d").symlink_to("a b"),
        lambda: (tmp_path / "d").unlink(),
        lambda: write("d/f.c"),
    ]
    for number, step in enumerate(steps):
        step()
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", f"step {number}")
    git(tmp_path, "checkout", "-q", "-b", "side", "HEAD~9")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "side")
    git(tmp_path, "merge", "-q", "--no-ff", "-m", "merge", "main")
    commits = git(tmp_path, "rev-list", "HEAD").split()
    repository = GitRepository(tmp_path)
    alone = {commit: repository.paths_of(commit) for commit in commits}
    for order in (commits, commits[::-1], sorted(commits)):
        found = repository.paths_of_all(order)
        assert {one: set(paths) for one, paths in found.items()} == {one: set(paths) for one, paths in alone.items()}
