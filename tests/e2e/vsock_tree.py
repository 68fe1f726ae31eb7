"""The kernel tree as `try` tests use it: a clone to commit in, one cache for all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Ran, git, run_patchflow

VSOCK = "net/vmw_vsock/vsock_addr.c"
FUNCTION = "\nint vsock_addr_{name}(void);\nint vsock_addr_{name}(void)\n{{\n\treturn {value};\n}}\n"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One cache for all of them: headers are fetched once. PATCHFLOW_BOOT_CACHE keeps it between runs."""
    return os.environ.get("PATCHFLOW_BOOT_CACHE") or str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def vsock(tree: Path, tmp_path: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of the kernel tree on a branch of its own."""
    if shutil.which("gcc-12") is None or shutil.which("apt-get") is None:
        pytest.skip("needs gcc-12 and apt-get: `scripts/setup --boot`")
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", cache)
    folder = tmp_path / "linux"
    subprocess.run(["git", "clone", "-q", "--shared", str(tree), str(folder)], check=True)
    git(folder, "checkout", "-q", "-B", "try", "base")
    return folder


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
