"""What git is in the middle of: a rebase, am, cherry-pick, revert, merge or bisect, in any work tree of the clone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from patchflow.adapters.process import run
from patchflow.values import dataclass

# What stands in a work tree's git folder, what it means, and how each ends; the first that is there counts.
_SIGNS = (
    ("rebase-merge", "rebase", "`git rebase --continue` or `git rebase --abort`"),
    ("rebase-apply/applying", "am", "`git am --continue` or `git am --abort`"),
    ("rebase-apply", "rebase", "`git rebase --continue` or `git rebase --abort`"),
    ("CHERRY_PICK_HEAD", "cherry-pick", "`git cherry-pick --continue` or `git cherry-pick --abort`"),
    ("REVERT_HEAD", "revert", "`git revert --continue` or `git revert --abort`"),
    ("sequencer/todo", "cherry-pick", "`git cherry-pick --continue` or `git cherry-pick --abort`"),
    ("MERGE_HEAD", "merge", "`git merge --continue` or `git merge --abort`"),
    ("BISECT_LOG", "bisect", "`git bisect reset`"),
)
_REFS = ("CHERRY_PICK_HEAD", "REVERT_HEAD")
# Where the branch is named that such an operation has taken HEAD from.
_BRANCH = ("rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START")
_HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Underway:
    """An operation of git's that was begun and not ended: on which branch ("" where that is not told), and where."""

    what: str
    branch: str
    git_dir: Path
    ends: str

    def step(self) -> str:
        """The one thing to do next."""
        return f"a {self.what} is going on: {self.ends} comes first"


def underway(git_dir: Path) -> Underway | None:
    """What git is in the middle of in the work tree of this git folder."""
    tables = (git_dir / "reftable").is_dir()  # which hold two of the signs, that are refs
    for sign, what, ends in _SIGNS:
        if (git_dir / sign).exists() or (tables and sign in _REFS and _git(git_dir, "rev-parse", "--verify", sign)):
            return Underway(what, _branch(git_dir), git_dir, ends)
    return None


def work_trees(common: Path) -> Iterator[tuple[Path, str]]:
    """The git folder of each work tree of a clone, with the branch it stands on or works on ("" for none)."""
    yield common, _branch(common)
    for folder in sorted((common / "worktrees").glob("*")):
        if (folder / "HEAD").is_file():
            yield folder, _branch(folder)


def _branch(git_dir: Path) -> str:
    for name in _BRANCH:
        if text := _line(git_dir / name):
            return text.removeprefix(_HEADS)
    head = _line(git_dir / "HEAD")
    if head == f"ref: {_HEADS}.invalid":  # what a clone with refs in tables keeps there
        head = f"ref: {_git(git_dir, 'symbolic-ref', 'HEAD')}"
    return head.removeprefix(f"ref: {_HEADS}") if head.startswith(f"ref: {_HEADS}") else ""


def _git(git_dir: Path, command: str, *words: str) -> str:
    return run(["git", f"--git-dir={git_dir}", command, "--quiet", *words], check=False, timeout=20).text.strip()


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").strip()
    except OSError:
        return ""


def folder_of(git_dir: Path) -> Path:
    """The work tree that a git folder belongs to."""
    link = _line(git_dir / "gitdir")
    return Path(git_dir, link).parent if link else git_dir.parent
