"""Opens a repository through libgit2; where it refuses, git has the word, and its reason is told with what to do."""

from __future__ import annotations

import re
from pathlib import Path

from patchflow.adapters.git.libgit2 import pygit2
from patchflow.adapters.git.reftable import knows_tables, with_tables
from patchflow.adapters.process import run
from patchflow.errors import MissingError


def open_repository(directory: str) -> pygit2.Repository:
    """The repository around a folder; MissingError where there is none, or none that can be read."""
    try:
        if found := pygit2.discover_repository(directory):
            return _opened(found)
    except (pygit2.GitError, KeyError, ValueError, OSError) as error:
        refused: Exception = error
    else:
        raise MissingError(
            f"{Path(directory).resolve()} is in no git repository.",
            "Go to a kernel tree, or name one with `patchflow -C DIR`.",
        )
    if unsupported := _unsupported(str(Path(directory).resolve()), str(refused)):
        raise unsupported from refused
    done = run(["git", "-C", directory, "rev-parse", "--absolute-git-dir"], check=False, timeout=20)
    if done.code == 0 and "owned by" in str(refused):  # libgit2 does not see every safe.directory that git sees
        pygit2.settings.owner_validation = False
        return _opened(done.text.strip())
    said = next(
        (row.partition(": ")[2] for row in done.err_text.split("\n") if row.startswith("fatal: ")), str(refused)
    )
    where = Path(directory).resolve()
    if "dubious ownership" in said:
        safe = re.search(r"(?m)--add (safe\.directory .+)$", done.err_text)
        raise MissingError(
            f"{where} belongs to another user, so git does not work there.",
            f"Where you trust its files: `git config --global --add {safe[1] if safe else f'safe.directory {where}'}`.",
        )
    raise MissingError(
        f"The repository at {where} cannot be opened: {said.strip().rstrip('.')}.",
        "`git -C DIR status` there tells more.",
    ) from refused


def _opened(git_dir: str) -> pygit2.Repository:
    """The repository, also where its refs are in tables. GitError where it cannot be opened."""
    try:
        return with_tables(pygit2.Repository(git_dir))
    except pygit2.GitError as error:
        if "refstorage" not in str(error) or not knows_tables(git_dir):
            raise
        return with_tables(pygit2.Repository(git_dir))


def _unsupported(where: str, said: str) -> MissingError | None:
    """What of a repository's format libgit2 does not open, and what to do; None where it said something else."""
    match = re.search(
        r"unsupported extension name extensions\.(\S+)|unknown object format '([^']*)'|reference storage", said
    )
    if not match:
        return None
    if match[2]:
        return MissingError(
            f"The repository {where} names its objects by {'SHA-256' if match[2] == 'sha256' else match[2]}, which is "
            "not supported: patchflow reads repositories of SHA-1, as the kernel's are.",
            "`git clone` the kernel's own repository; `git format-patch` and `git am` bring your commits there.",
        )
    if not match[1] or match[1].lower() == "refstorage":
        return MissingError(
            f"The repository {where} keeps its refs as reftable, which needs git 2.45 and pygit2 1.19 or newer.",
            f"`git refs migrate --ref-format=files` (git 2.46) changes it, or `git clone --ref-format=files {where}`.",
        )
    return MissingError(
        f"The repository {where} needs extensions.{match[1]}, a format of git's that is not supported here.",
        f"Work in a clone without it: `git clone {where}` makes one.",
    )
