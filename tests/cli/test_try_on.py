"""`try build --on`: patches on another kernel's source, with a Makefile that stands in for its headers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.test_try_build_stand_in import MAKEFILE, branch, left, refused
from tests.conftest import Ran, commit, git, run_patchflow

__all__ = ["branch"]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")
FILE = "net/vmw_vsock/af_vsock.c"
KEPT = "// SPDX-License-Identifier: GPL-2.0\n"
LONG = "".join(f"int line_{number};\n" for number in range(40))


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A prepared tree of an older kernel, whose file has other lines at its top and at its end."""
    folder = tmp_path / "older"
    files = {
        "Makefile": f"VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 5\n{MAKEFILE}",
        ".config": "CONFIG_VSOCKETS=m\n",
        ".kernelvariables": "CC = true\n",
        "include/config/kernel.release": "6.1.5-test\n",
        "init/main.c": "int main;\n",
        "net/vmw_vsock/Makefile": "obj-$(CONFIG_VSOCKETS) += vsock.o\nvsock-y += af_vsock.o\n",
        FILE: f"{KEPT}int older;\nint a;\nint b;\nint c;\n{LONG}int end_of_old;\n",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.fixture
def long(branch: Path) -> Path:
    """The series' tree, whose file is a long one."""
    (branch / FILE).write_text(f"{KEPT}int a;\nint b;\nint c;\n{LONG}int end_of_new;\n")
    git(branch, "commit", "-q", "-a", "-m", "base: a long file")
    git(branch, "config", "branch.demo.patchflow-base", "HEAD")
    git(branch, "tag", "-f", "base")
    return branch


def change(tree: Path, title: str, old: str, new: str) -> None:
    path = tree / FILE
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    git(tree, "commit", "-q", "-a", "-m", f"vsock: {title}\n\nWhy.\n\nSigned-off-by: Ada Example <ada@example.org>")


def on(tree: Path, kernel: Path | str, *words: str, env: dict[str, str] | None = None) -> Ran:
    return run_patchflow("-C", str(tree), "--json", "try", "build", "--on", str(kernel), *words, env=env)


def how(ran: Ran) -> list[str]:
    return [row["how"] for row in ran.json["on"]["patches"]]


def editor(folder: Path, script: str) -> dict[str, str]:
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"GIT_EDITOR": str(path)}


def test_patches_are_built_on_another_kernel(long: Path, older: Path, sealed: Path) -> None:
    """Each says how it came out there; nothing of the clone moves, and the cache knows it again."""
    change(long, "a new line in the middle", "int line_20;\n", "int line_20;\n/* WARN */\n")
    commit(long, "a file of its own", "int new;\n", "net/vmw_vsock/new.c")
    before = (git(long, "for-each-ref"), git(long, "status", "--porcelain"), git(long, "rev-parse", "HEAD"))
    ran = on(long, older, "base..HEAD", "--per-patch")
    assert ran.code == 1, ran.err
    assert how(ran) == ["1 hunk moved", "as it is"]
    assert ran.json["on"]["kernel"] == "Linux 6.1.5"
    assert [len(step["new"]) for step in ran.json["patches"]] == [1, 0]
    assert (git(long, "for-each-ref"), git(long, "status", "--porcelain"), git(long, "rev-parse", "HEAD")) == before
    assert left(sealed) == [] and not (long / ".git/rr-cache").exists()
    assert [step["cached"] for step in on(long, older, "base..HEAD", "--per-patch").json["patches"]] == [True, True]


def test_a_conflict_is_told_resolved_once_and_resolved_again(long: Path, older: Path, tmp_path: Path) -> None:
    """Without --edit each place is told; what the editor made of it is used again, after the patch was amended too."""
    change(long, "change the end", "int end_of_new;\n", "int end_of_series;\n")
    ran = on(long, older, "base..HEAD")
    refused(ran, 1, "does not fit Linux 6.1.5", FILE, "--edit")
    assert "Linux 6.1.5 has:  int end_of_old;" in ran.err and "the patch makes it:  int end_of_series;" in ran.err
    resolves = "sed -i -e '/^<<<<<<</,/^=======/d' -e '/^>>>>>>>/d' \"$1\""
    ran = on(long, older, "base..HEAD", "--edit", env=editor(tmp_path, resolves))
    assert ran.code == 0, ran.err
    assert how(ran) == [f"conflicts were resolved in {FILE}"]
    made = git(long, "show", f"{ran.json['patches'][0]['commit']}:{FILE}")
    assert "int end_of_series;" in made and "int older;" in made and "<<<" not in made
    change(long, "and the middle", "int line_20;\n", "int line_20;\nint more;\n")
    git(long, "reset", "-q", "--soft", "base")
    git(long, "commit", "-q", "-m", "vsock: both\n\nWhy.\n\nSigned-off-by: Ada Example <ada@example.org>")
    assert how(on(long, older, "base..HEAD")) == [f"conflicts were resolved in {FILE}"]
    assert git(long, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [("exit 1", 4, ["ended with status 1", "Your text is in"]), ("true", 1, ["still has git's marks", FILE])],
)
def test_an_editor_that_resolves_nothing(
    long: Path, older: Path, tmp_path: Path, script: str, code: int, words: list[str]
) -> None:
    """Nothing is built, nothing is remembered as a resolution, and the text is kept."""
    change(long, "change the end", "int end_of_new;\n", "int end_of_series;\n")
    refused(on(long, older, "base..HEAD", "--edit", env=editor(tmp_path, script)), code, *words)
    assert list((long / ".git/patchflow/edit").glob("conflict-*.c*"))
    refused(on(long, older, "base..HEAD"), 1, "does not fit")


def test_what_cannot_be_carried_is_told(long: Path, older: Path, tmp_path: Path) -> None:
    """A file that the other kernel does not have, words that name no kernel, a kernel nobody has."""
    change(long, "in the middle", "int line_20;\n", "int line_20;\nint more;\n")
    refused(on(long, "no-such-thing", "base..HEAD"), 2, "not a kernel to try on", "running")
    refused(on(long, "3.2.99", "base..HEAD"), 3, "3.2.99", "apt-get update")
    refused(on(long, older, "--against", str(older), "base..HEAD"), 2, "--on and --against")
    (tmp_path / "empty").mkdir()
    refused(on(long, tmp_path / "empty", "base..HEAD"), 3, "no kernel headers")
    (older / FILE).unlink()
    refused(on(long, older, "base..HEAD"), 1, "does not fit Linux 6.1.5", FILE)


@pytest.mark.parametrize("text", [None, "all:\n"])
def test_a_folder_that_looks_like_a_kernel(long: Path, older: Path, text: str | None) -> None:
    """Sources without a Makefile, or with one that names no version."""
    change(long, "in the middle", "int line_20;\n", "int line_20;\nint more;\n")
    (older / "Makefile").unlink()
    if text:
        (older / "Makefile").write_text(text)
    refused(on(long, older, "base..HEAD"), 2, "is not a kernel tree")


def test_the_outcome_is_kept_for_the_cover_letter(long: Path, older: Path) -> None:
    """The evidence says on which kernel it was, and what had to change."""
    change(long, "in the middle", "int line_20;\n", "int line_20;\nint more;\n")
    assert run_patchflow("-C", str(long), "adopt", "--base", "base").code == 0
    assert on(long, older).code == 0
    said = run_patchflow("-C", str(long), "status").out
    assert "applied to Linux 6.1.5 ('vsock: in the middle': 1 hunk moved), built" in said
