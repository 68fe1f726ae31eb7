"""The trees of other projects that `kernel/lay-tree --project NAME` lays, and small ones that are no project's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, git


def laid(name: str) -> Path:
    """The tree of a project; skips where it is not laid."""
    folder = ROOT / "kernel" / "trees" / name
    if not (folder / "MAINTAINERS").is_file():
        pytest.skip(f"the sources of {name} are not laid: run `kernel/lay-tree --project {name}`")
    return folder


def clone_of(name: str, folder: Path) -> Path:
    """A clone of a project's tree to commit in."""
    subprocess.run(["git", "clone", "-q", "--shared", str(laid(name)), str(folder)], check=True)
    return folder


def make(folder: Path, files: dict[str, str]) -> Path:
    """A repository of these files, with the tag `base`."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "-m", "base: begin it")
    git(folder, "tag", "base")
    return folder
