"""The kernel tree as `try` tests use it: a clone to commit in, one cache for all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Ran, git, kernel_tree, run_patchflow

VSOCK = "net/vmw_vsock/vsock_addr.c"
FUNCTION = "\nint vsock_addr_{name}(void);\nint vsock_addr_{name}(void)\n{{\n\treturn {value};\n}}\n"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One cache for all of them: headers are fetched once. PATCHFLOW_BOOT_CACHE keeps it between runs."""
    return os.environ.get("PATCHFLOW_BOOT_CACHE") or str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the kernel tree, laid once: that and their removal take longer than many a test."""
    if shutil.which("gcc-12") is None or shutil.which("apt-get") is None:
        pytest.skip("needs gcc-12 and apt-get: `scripts/setup --boot`")
    folder = tmp_path_factory.mktemp("vsock") / "linux"
    if tree := kernel_tree():
        subprocess.run(["git", "clone", "-q", "--shared", str(tree), str(folder)], check=True)
    return folder


@pytest.fixture
def vsock(tree: Path, standing: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of the kernel tree on a branch of its own, without a trace of the test before."""
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", cache)
    shutil.rmtree(standing / ".git/patchflow", ignore_errors=True)
    git(standing, "checkout", "-q", "-f", "-B", "try", "base")
    git(standing, "clean", "-ffdxq")
    assert git(standing, "for-each-ref", "refs/patchflow") == "" and git(standing, "worktree", "list").count("\n") == 0
    return standing


def commit(folder: Path, title: str, text: str, path: str = VSOCK) -> None:
    """Commits text appended to a file."""
    with (folder / path).open("a") as file:
        file.write(text)
    git(folder, "add", "-f", path)
    git(folder, "commit", "-q", "-m", f"vsock: {title}")


def trying(folder: Path, *words: str) -> Ran:
    """Runs `try WORDS`; what Debian cannot serve here is a skip."""
    ran = run_patchflow("-C", str(folder), "--json", "try", *words)
    absent = ("no kernel headers", "apt-get download", "no Debian package", "is not installed")
    if ran.code in (3, 4) and any(text in ran.err for text in absent):
        pytest.skip(f"cannot be tried here: {ran.err.strip()[-300:]}")
    return ran


def nothing_left(cache: str) -> bool:
    """Whether no throw-away folder was left."""
    room = Path(cache, "try", "work")
    return not room.exists() or not list(room.iterdir())
