"""`try bisect` and what is told patch by patch: since which patch something does not hold, and the clone left alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.test_try_boot_stand_in import programs, tree
from tests.cli.test_try_build_stand_in import branch, headers, left, refused
from tests.cli.test_try_tests import QEMU
from tests.conftest import Ran, commit, git, run_patchflow

__all__ = ["branch", "headers", "programs", "tree"]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")
FILE = "net/vmw_vsock/af_vsock.c"


def bisect(branch: Path, *words: str) -> Ran:
    return run_patchflow("-C", str(branch), "--json", "try", "bisect", *words)


def looks(clone: Path) -> tuple[str, ...]:
    """What of a clone a bisection could have changed: HEAD, refs, work trees, index and files."""
    refs = [row for row in git(clone, "for-each-ref").split("\n") if "patchflow" not in row]
    return (
        git(clone, "symbolic-ref", "HEAD"),
        *refs,
        git(clone, "worktree", "list"),
        git(clone, "status", "--porcelain"),
    )


def six(branch: Path) -> None:
    """Six patches, the third of which brings a warning and the fifth an error."""
    for number in range(1, 7):
        commit(branch, f"number {number}", {3: "/* WARN */\n", 5: "/* BROKEN */\n"}.get(number, f"int n{number};\n"))


def test_since_which_patch_it_does_not_build(branch: Path, headers: Path, sealed: Path) -> None:
    """What the tip does is looked for: that it does not build, else the warnings it brings."""
    six(branch)
    before = looks(branch)
    ran = bisect(branch, "--against", str(headers))
    assert ran.code == 0, ran.err
    assert ran.json["first"]["subject"] == "vsock: number 5" and "it is broken" in ran.json["first"]["why"]
    assert [row["good"] for row in ran.json["tested"][:2]] == [False, True] and len(ran.json["tested"]) < 7
    ran = bisect(branch, "base..HEAD~2", "--against", str(headers))
    assert ran.json["first"]["subject"] == "vsock: number 3" and "a warning" in ran.json["first"]["why"]
    refused(bisect(branch, "base..HEAD~4", "--against", str(headers)), 1, "is not bad", "nothing to look for")
    assert looks(branch) == before and left(sealed) == []


def test_a_command_of_one_s_own(branch: Path, sealed: Path) -> None:
    """In a folder with each commit's files: 125 skips, above 127 ends it; the user's files are not touched."""
    six(branch)
    (branch / "untracked").write_text("mine\n")
    before = looks(branch)
    ran = bisect(branch, "--run", f"test ! -e untracked && ! grep -q WARN {FILE} && git rev-parse -q HEAD")
    assert ran.code == 0, ran.err
    assert ran.json["first"]["subject"] == "vsock: number 3"
    ran = bisect(
        branch, "base..HEAD", "--run", f"grep -q 'int n2' {FILE} || exit 0; grep -q 'int n4' {FILE} || exit 125; exit 1"
    )
    assert ran.json["first"] is None and len(ran.json["could_be"]) == 3, ran.out
    ran = run_patchflow("-C", str(branch), "try", "bisect", "--run", f"grep -q 'int n4' {FILE} || exit 0; exit 1")
    assert ran.code == 0 and "since " in ran.out and "vsock: number 4" in ran.out.split("\n")[-2]
    refused(bisect(branch, "--run", "exit 200"), 1, "status 200", "neither good nor bad")
    refused(bisect(branch, "--run", "exit 1"), 1, "is not good either")
    refused(bisect(branch, "HEAD", "--run", "exit 1"), 2, "not a range", "GOOD..BAD")
    refused(bisect(branch, "HEAD..base", "--run", "exit 1"), 2, "not an ancestor")
    assert looks(branch) == before and left(sealed) == []


@pytest.mark.parametrize(("words", "code"), [("the first 'bad' commit", 0), ("what you look for", 4)])
def test_how_git_says_it_changes(
    words: str, code: int, branch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git 2.55 put the word in quotes, and bisect asked for the same commit for ever."""
    six(branch)
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin/git"
    found = rf"s/the first '\?bad'\? commit/{words}/"
    wrapper.write_text(f'#!/bin/sh\n[ "$1" = bisect ] || exec {shutil.which("git")} "$@"\n'
                       f'said=$({shutil.which("git")} "$@") || exit\necho "$said" | sed "{found}"\n')  # fmt: skip
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    ran = bisect(branch, "--run", f"! grep -q WARN {FILE}")
    assert ran.code == code, ran.err
    assert code or ran.json["first"]["subject"] == "vsock: number 3"
    assert not code or ("once more" in ran.err and words in ran.err)


@pytest.fixture
def guests(branch: Path, tree: Path, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree whose kernel was built, and the folder that says what each guest prints, in turn."""
    image = tree / "arch/x86/boot/bzImage"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"image")
    (programs / "qemu-system-x86_64").write_text(QEMU)
    monkeypatch.setenv("GUESTS", str(tmp_path))
    return tmp_path


GOOD = "patchflow: loaded vsock.ko\npatchflow: test ended 0\n"
OOPS = "[    1.0] BUG: kernel NULL pointer dereference, address: 0\n" + GOOD


def test_since_which_patch_a_guest_has_an_oops(branch: Path, tree: Path, guests: Path, sealed: Path) -> None:
    for number in range(1, 4):
        commit(branch, f"number {number}", f"int n{number};\n")
    for turn, text in enumerate([OOPS, GOOD, OOPS, GOOD], 1):  # the tip, the base, then those between
        (guests / str(turn)).write_text(text)
    ran = bisect(branch, "--boot", "--against", str(tree))
    assert ran.code == 0, ran.err
    assert "NULL pointer" in ran.json["first"]["why"] and ran.json["first"]["subject"] != "vsock: number 3"
    assert "the vsock exchange" in ran.json["asked"] and left(sealed) == []


def broken(branch: Path) -> None:
    """Three patches, the second of which does not build."""
    commit(branch, "number 1", "int n1;\n")
    commit(branch, "number 2", "/* BROKEN */\n")
    (branch / FILE).write_text((branch / FILE).read_text().replace("/* BROKEN */\n", ""))
    commit(branch, "number 3", "int n3;\n")


def test_the_patch_that_breaks_what_a_later_one_fixes(branch: Path, headers: Path) -> None:
    """By name, in a build patch by patch."""
    broken(branch)
    words = ["-C", str(branch), "try", "build", "--per-patch", "--against", str(headers)]
    ran = run_patchflow(*words)
    says = "patch 2/3 'vsock: number 2' does not build, and 3/3 'vsock: number 3' fixes it"
    assert ran.code == 1 and says in ran.out
    assert run_patchflow("--json", *words).json["broken"].startswith(says)


def test_each_patch_is_booted(branch: Path, tree: Path, guests: Path, sealed: Path) -> None:
    """One that does not build is told; what the base's kernel says, too, does not count."""
    broken(branch)
    old = "[    0.5] WARNING: CPU: 0 PID: 1 at mm/x.c:3 old_one+0x1/0x2\n" + GOOD
    for turn, text in enumerate([old, OOPS, old], 1):  # the base and those that build
        (guests / str(turn)).write_text(text)
    boot = ["-C", str(branch), "--json", "try", "boot", "--per-patch", "--against", str(tree)]
    ran = run_patchflow(*boot)
    assert ran.code == 1, ran.err
    assert [row["holds"] for row in ran.json["patches"]] == [False, False, True]
    assert not ran.json["patches"][1]["builds"] and "NULL pointer" in ran.json["patches"][0]["faults"][0]
    assert ran.json["broken"].startswith("patch 1/3 'vsock: number 1' does not hold, and 3/3")
    refused(run_patchflow(*boot, "--test", "vsock"), 2, "--per-patch")
    assert left(sealed) == []
