"""`try build` on the real vsock modules with Debian's headers: what compiles, what does not, and by which patch."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import git, run_patchflow

pytestmark = pytest.mark.boot

VSOCK = "net/vmw_vsock/vsock_addr.c"
FUNCTION = "\nint vsock_addr_{name}(void);\nint vsock_addr_{name}(void)\n{{\n\treturn {value};\n}}\n"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One cache for all of them: headers are fetched once. PATCHFLOW_BOOT_CACHE keeps it between runs."""
    return os.environ.get("PATCHFLOW_BOOT_CACHE") or str(tmp_path_factory.mktemp("cache"))


Try = Callable[..., Any]


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


def try_build(folder: Path, *words: str) -> Any:
    """Runs `try build`; what Debian cannot serve here is a skip."""
    ran = run_patchflow("-C", str(folder), "--json", "try", "build", *words)
    if ran.code in (3, 4) and ("no kernel headers" in ran.err or "apt-get download" in ran.err):
        pytest.skip(f"Debian's headers cannot be had here: {ran.err.strip()[-200:]}")
    return ran


def nothing_left(cache: str) -> bool:
    """Whether no throw-away folder was left."""
    room = Path(cache, "try", "work")
    return not room.exists() or not list(room.iterdir())


def test_new_warning_and_broken_patch_are_named(vsock: Path, cache: str) -> None:
    """Patch 2 brings a warning, patch 3 breaks the build, patch 4 mends it; a header in include/ is told of."""
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    commit(vsock, "add an unused thing", "\nstatic int vsock_addr_unused;\n")
    commit(vsock, "break it", FUNCTION.format(name="three", value="NOT_THERE_YET"))
    text = (vsock / VSOCK).read_text()
    (vsock / VSOCK).write_text("#define NOT_THERE_YET 3\n" + text)
    commit(vsock, "mend it", "\n/* mended */\n")
    commit(vsock, "change a header", "\n/* a comment */\n", "include/net/af_vsock.h")
    ran = try_build(vsock, "--per-patch", "base..HEAD")
    assert ran.code == 1, ran.err
    steps = ran.json["patches"]
    assert [(s["builds"], bool(s["new"])) for s in steps] == [
        (True, False), (True, True), (False, True), (True, False), (True, False),
    ]  # fmt: skip
    assert "vsock_addr_unused" in steps[1]["new"][0]["text"]
    assert steps[1]["new"][0]["file"] == VSOCK
    assert any("NOT_THERE_YET" in m["text"] and m["kind"] == "error" for m in steps[2]["new"])
    assert "net/vmw_vsock/vsock.ko" in ran.json["modules"]
    assert ran.json["left_out"][0]["path"] == "include/net/af_vsock.h"
    assert nothing_left(cache)
    again = try_build(vsock, "--per-patch", "base..HEAD")
    assert all(s["cached"] for s in again.json["patches"]), again.err
    assert again.json["patches"][1]["new"] == steps[1]["new"]


def test_missing_symbol(vsock: Path, cache: str) -> None:
    """A symbol that no kernel has is named by modpost, without a word of make's."""
    commit(vsock, "call nobody", "\nint nobody_has_this(void);\nint vsock_addr_call(void);\n"
           "int vsock_addr_call(void)\n{\n\treturn nobody_has_this();\n}\n")  # fmt: skip
    ran = try_build(vsock, "base..HEAD")
    assert ran.code == 1, ran.err
    assert any("nobody_has_this" in m["text"] and "undefined" in m["text"] for m in ran.json["patches"][0]["new"])
    assert nothing_left(cache)


def test_headers_of_another_version_are_told_first(vsock: Path, tmp_path: Path) -> None:
    """Before the compiler runs."""
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    other = tmp_path / "headers"
    (other / "include" / "config").mkdir(parents=True)
    (other / "Makefile").write_text("all:\n\t@echo NEVER\n")
    (other / ".config").write_text("CONFIG_VSOCKETS=m\n")
    (other / "include" / "config" / "kernel.release").write_text("6.12.111+deb12-amd64\n")
    ran = run_patchflow("-C", str(vsock), "try", "build", "--against", str(other), "base..HEAD")
    assert ran.code == 3
    assert "6.12.111" in ran.err and "6.12.117" in ran.err and "NEVER" not in ran.err
    assert len(ran.err.strip().split("\n")) == 1
