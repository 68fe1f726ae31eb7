"""The rule first-patches: a word to somebody who begins, and none to anybody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Once, commit, git, run_patchflow

FILE = "net/vmw_vsock/hyperv.c"
BOB = ("-c", "user.name=Bob Example", "-c", "user.email=bob@example.org")


def make(small: Path) -> None:
    for number in range(8):
        (small / FILE).write_text(f"int a{number};\n")
        git(small, "add", "-A")
        git(small, *BOB, "commit", "-q", "-m", f"vsock: change {number}")
    git(small, "tag", "-f", "base")
    git(small, "config", "user.name", "Nina Newcomer")
    git(small, "config", "user.email", "nina@example.org")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0


@pytest.fixture
def begun(small: Path, once: Once) -> Path:
    """A clone whose user has no part in the history of FILE, on a series."""
    return once("newcomer", small, make)


def three(clone: Path) -> None:
    for title in ("one", "two", "three"):
        commit(clone, title, path=FILE)


def said(clone: Path) -> list[str]:
    ran = run_patchflow("-C", str(clone), "--json", "check")
    found = [one for one in ran.json["series"] if one["rule"] == "first-patches"]
    assert all(one["severity"] == "advice" for one in found)
    return [one["text"] for one in found]


def test_a_first_series_is_small(begun: Path) -> None:
    commit(begun, "one", path=FILE)
    commit(begun, "two", path=FILE)
    assert said(begun) == []
    commit(begun, "three", path=FILE)
    (text,) = said(begun)
    assert text.startswith("3 patches to begin with")


def test_a_first_patch_goes_to_one_subsystem(begun: Path) -> None:
    with (begun / "MAINTAINERS").open("a") as file:
        file.write("\nFOO DRIVER\nM:\tFoo <foo@example.org>\nL:\tfoo@example.org\nS:\tMaintained\nF:\tdrivers/foo/\n")
    (begun / "drivers/foo").mkdir(parents=True)
    (begun / "drivers/foo/foo.c").write_text("int foo;\n")
    git(begun, "add", "-A")
    git(begun, *BOB, "commit", "-q", "-m", "foo: add it")
    git(begun, "config", "branch.demo.patchflow-base", git(begun, "rev-parse", "HEAD"))
    for path in (FILE, "drivers/foo/foo.c"):
        with (begun / path).open("a") as file:
            file.write("int more;\n")
    git(begun, "add", "-A")
    git(begun, "commit", "-q", "-s", "-m", "net, foo: change both\n\nBecause.")
    (text,) = said(begun)
    assert "'net, foo: change both' changes several subsystems (" in text and "FOO DRIVER" in text


def _own_commit(clone: Path) -> None:
    """A commit by the same name, years before the others and from another address, is found."""
    git(clone, "checkout", "-q", "--detach", "base")
    (clone / FILE).write_text("int old;\n")
    git(clone, "add", "-A")
    git(clone, "-c", "user.email=nina@old.example", "commit", "-q", "-m", "vsock: be old", "--date=2011-01-01")
    for number in range(40):
        (clone / FILE).write_text(f"int b{number};\n")
        git(clone, *BOB, "commit", "-qam", f"vsock: go on {number}")
    git(clone, "tag", "-f", "base")
    git(clone, "checkout", "-q", "demo")
    git(clone, "reset", "-q", "--hard", "base")


def _named(path: str) -> Callable[[Path], None]:
    def write(clone: Path) -> None:
        with (clone / path).open("a") as file:
            file.write("\nM: Nina Newcomer <n@example.org>\n")
        git(clone, "add", "-A")
        git(clone, *BOB, "commit", "-q", "-m", "base: name her")

    return write


def _short(clone: Path) -> None:
    """A tree whose history was laid yesterday shows nobody's."""
    git(clone, "checkout", "-q", "--orphan", "fresh")
    git(clone, *BOB, "commit", "-q", "-m", "base: all at once")
    git(clone, "tag", "-f", "base")
    git(clone, "checkout", "-q", "demo")
    git(clone, "reset", "-q", "--hard", "base")


def _sent(clone: Path) -> None:
    git(clone, "update-ref", "refs/tags/sent/20260101-x-v1", "base")


@pytest.mark.parametrize("known", [_own_commit, _named("MAINTAINERS"), _named("CREDITS"), _named(FILE), _short, _sent])
def test_who_has_a_part_in_it_hears_nothing(begun: Path, known: Callable[[Path], None]) -> None:
    known(begun)
    git(begun, "config", "branch.demo.patchflow-base", git(begun, "rev-parse", "HEAD"))
    three(begun)
    assert said(begun) == []


def test_somebody_elses_patches_are_not_judged(begun: Path) -> None:
    three(begun)
    git(begun, "config", "user.email", "reviewer@example.org")
    assert said(begun) == []


def test_a_history_that_takes_too_long_tells_nothing(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from patchflow.adapters.git.newest_commits import has_commit_of

    (tmp_path / "git").write_text("#!/bin/sh\nsleep 30\n")
    (tmp_path / "git").chmod(0o755)
    assert has_commit_of(str(begun), "base", ["nina@example.org"], [FILE]) is False
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert has_commit_of(str(begun), "base", ["nina@example.org"], [FILE], seconds=0.2) is None
