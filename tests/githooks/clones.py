"""A small clone with real git and just enough of a kernel tree for the hooks, and how they are run in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.small_tree import kernel_tree

ROOT = Path(__file__).resolve().parents[2]
TOP = ("COPYING", "CREDITS", "Kbuild", "MAINTAINERS", "Makefile", "README")
FOLDERS = (
    "Documentation",
    "arch",
    "include",
    "drivers",
    "fs",
    "init",
    "ipc",
    "kernel",
    "lib",
    "scripts",
    "net/vmw_vsock",
)
SECTION = "MAINTAINERS\n\nNETWORKING [GENERAL]\nM:\tBob <bob@example.org>\nS:\tMaintained\nF:\tnet/\n"
SCRIPTS = ("checkpatch.pl", "spelling.txt", "const_structs.checkpatch", "get_maintainer.pl")
GOOD = (
    "vsock: say why in the body\n\nThe reader of git log wants to know why.\n\n"
    "Signed-off-by: Ada Example <ada@example.org>\n"
)


class Clone:
    """One clone below a folder, with a sealed home."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.tree = folder / "linux"
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(self.home / "gitconfig"),
            "PATCHFLOW_CACHE_DIR": str(self.home / "cache"), "PATCHFLOW_CONFIG_DIR": str(self.home / "config"),
        }  # fmt: skip
        for key, value in (
            ("user.name", "Ada Example"),
            ("user.email", "ada@example.org"),
            ("init.defaultBranch", "main"),
        ):
            self.git("config", "--file", str(self.home / "gitconfig"), key, value, cwd=folder)
        lay_small_kernel(self.tree)
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "the tree")

    def git(
        self, *words: str, cwd: Path | None = None, check: bool = True, **env: Any
    ) -> subprocess.CompletedProcess[str]:
        """Runs git; stdout and stderr as text."""
        done = subprocess.run(
            ["git", *words], cwd=cwd or self.tree, env={**self.env, **env}, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr
        return done

    def patchflow(self, *words: str, cwd: Path | None = None, **env: Any) -> subprocess.CompletedProcess[str]:
        """Runs the command."""
        return subprocess.run(
            [sys.executable, "-m", "patchflow", *words], cwd=cwd or self.tree, env={**self.env, **env},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def install(self, *names: str) -> None:
        """Installs hooks."""
        done = self.patchflow("hook", "install", *names)
        assert done.returncode == 0, done.stderr

    def commit(self, message: str, *words: str, **env: Any) -> subprocess.CompletedProcess[str]:
        """git commit, which may be stopped."""
        return self.git("commit", "-m", message, *words, check=False, **env)

    def write(self, name: str, text: str | bytes, stage: bool = True) -> Path:
        """Writes a file of the tree, and stages it."""
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        if stage:
            self.git("add", name)
        return path

    def subjects(self) -> list[str]:
        """The subjects of the history, newest first."""
        return self.git("log", "--format=%s").stdout.splitlines()


def lay_small_kernel(tree: Path) -> None:
    """Just what checkpatch.pl and get_maintainer.pl ask a tree for, with the real scripts."""
    real = kernel_tree()
    for name in FOLDERS:
        (tree / name).mkdir(parents=True)
        (tree / name / ".gitkeep").touch()
    for name in TOP:
        (tree / name).write_text(SECTION if name == "MAINTAINERS" else "words\n")
    for name in SCRIPTS:
        shutil.copy2(real / "scripts" / name, tree / "scripts" / name)
    (tree / "net" / "vmw_vsock" / "af_vsock.c").write_text("// SPDX-License-Identifier: GPL-2.0-only\nint vsock;\n")
