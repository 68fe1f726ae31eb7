"""Repositories that are no plain full clone: each is worked with, or refused in one sentence that says what to do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from patchflow.tui.app import PatchflowApp
from patchflow.tui.work import reading
from tests.conftest import _make_series, git, run_patchflow
from tests.tui.test_app import settled


def sentence(folder: Path, *words: str, codes: tuple[int, ...]) -> str:
    """What a refused command says: one paragraph, with one of these exit codes."""
    ran = run_patchflow("-C", str(folder), *words)
    assert ran.code in codes, (words, ran.code, ran.out, ran.err)
    said = (ran.err + ran.out).strip()
    assert "\n\n" not in said, (words, said)
    return said


def far_branch(folder: Path, name: str, count: int) -> None:
    """A branch of so many empty commits on `base`."""
    rows = []
    for number in range(1, count + 1):
        rows.append(
            f"commit refs/heads/{name}\nmark :{number}\ncommitter A <a@example.org> {1700000000 + number} +0000"
        )
        rows.append(
            f"data <<E\nnet: change {number}\nE\nfrom {'refs/tags/base^0' if number == 1 else f':{number - 1}'}\n"
        )
    subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], input="\n".join(rows), text=True, check=True)


@pytest.mark.parametrize("how", ["plain", "merge"])
def test_a_branch_far_from_its_base_is_refused_in_a_sentence(series: Path, how: str) -> None:
    far_branch(series, "far", 1200)
    git(series, "switch", "-q", "far")
    if how == "merge":
        git(series, "merge", "-q", "--no-edit", "demo")
    before = git(series, "config", "--list", "--local")
    said = sentence(series, "adopt", "--base", "base", codes=(1, 2))
    assert "More than 1,000 commits stand between base and far" in said and "--base REF" in said
    assert git(series, "config", "--list", "--local") == before, "nothing was adopted"
    assert "More than 1,000" in sentence(series, "check", "base..far", codes=(1, 2))
    # The base can come to be far after the branch was adopted.
    assert run_patchflow("-C", str(series), "adopt", "--base", "far~2" if how == "plain" else "far^1~2").code == 0
    git(series, "config", "branch.far.patchflow-base", "base")
    for words in (["check"], ["send", "--dry-run"], ["format"], ["respin"]):
        assert "between base and far" in sentence(series, *words, codes=(1, 2)), words
    board = reading.read_board(str(series), lambda board: None)
    assert any(line.branch == "far" and "between base and far" in str(line) for line in board.lines)
    git(series, "switch", "-q", "demo")
    ran = run_patchflow("-C", str(series), "status", "--all")
    assert "between base and far" in ran.out + ran.err and "demo  v1" in ran.out, "the others are shown as ever"
    dry = run_patchflow("-C", str(series), "send", "--dry-run")
    assert "add one" in dry.out and "far" not in dry.err, dry.err
    assert run_patchflow("-C", str(series), "new", "next", "--base", "base").code == 0
    git(series, "switch", "-q", "far")
    assert run_patchflow("-C", str(series), "adopt", "--base", "far~2").code == 0, "what the sentence says to do works"


def test_a_series_of_a_thousand_patches_is_still_read(small: Path) -> None:
    far_branch(small, "long", 1000)
    ran = run_patchflow("-C", str(small), "--json", "adopt", "long", "--base", "base")
    assert ran.code == 0 and len(ran.json["patches"]) == 1000


_FORMATS = {
    "sha256": ("objectformat = sha256", "SHA-256"),
    "reftable": ("refstorage = reftable", "reftable"),
    "one that is not known": ("madeup = true", "extensions.madeup"),
}


@pytest.mark.parametrize("kind", _FORMATS)
async def test_a_format_that_cannot_be_read_is_named_with_what_to_do(series: Path, kind: str) -> None:
    line, word = _FORMATS[kind]
    with (series / ".git/config").open("a") as file:
        file.write(f"[core]\n\trepositoryformatversion = 1\n[extensions]\n\t{line}\n")
    for words in (["status"], ["new", "other", "--base", "base"], ["adopt"], ["check"], ["cc"], ["send", "--dry-run"],
                  ["doctor"], ["undo"], ["hook", "install"], ["config"]):  # fmt: skip
        said = " ".join(sentence(series, *words, codes=(3,)).split())
        assert word in said and "git clone" in said, (words, said)
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await settled(pilot)
        said = " ".join(one.message for one in app._notifications)
        assert word in said and "bug" not in said


def test_a_sha256_repository_of_gits_own_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "linux"
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(folder)], check=True)
    assert "SHA-256" in sentence(folder, "status", codes=(3,))


def test_a_configuration_git_cannot_read_is_no_bug(series: Path) -> None:
    (series / ".git/config").write_text("[core\nfoo")
    assert "config" in sentence(series, "status", codes=(3,))


MARCO = "Marco Maintainer <marco@example.net> (maintainer:VM SOCKETS)"


def marked(folder: Path, name: str, mark: Path) -> None:
    """Lets a script of HEAD leave a mark when it runs."""
    path = folder / "scripts" / name
    path.parent.mkdir(exist_ok=True)
    old = path.read_text() if path.exists() else f"#!/usr/bin/perl\nprint '{MARCO}', qq(\\n);\n"
    path.write_text(old.replace("\n", f"\nopen(my $mark, '>>', '{mark}'); print $mark '{name} ';\n", 1))


def test_a_sparse_checkout_runs_the_scripts_of_head(small: Path, tmp_path: Path, smtp: object) -> None:
    """Asked about as those of the work tree are, and never where the answer is no."""
    mark = tmp_path / "mark"
    marked(small, "checkpatch.pl", mark)
    marked(small, "get_maintainer.pl", mark)
    git(small, "add", "-A", "-f")
    git(small, "commit", "-q", "-m", "scripts: leave a mark")
    git(small, "tag", "-f", "base")
    _make_series(small)
    git(small, "sparse-checkout", "set", "net/vmw_vsock")
    assert not (small / "scripts").exists()
    words: tuple[list[str], ...] = (["check"], ["cc", "--engine", "script"], ["send", "--dry-run"])
    for one in words:
        ran = run_patchflow("-C", str(small), *one, env={"PATCHFLOW_TRUST": "known"})
        assert not mark.exists() and (ran.code or one[0] == "cc"), (one, ran.out, ran.err)
    assert run_patchflow("-C", str(small), "check").code == 0
    assert "checkpatch.pl" in mark.read_text()
    assert run_patchflow("-C", str(small), "cc", "--engine", "script", "-f", "net/vmw_vsock/af_vsock.c").code in (0, 1)
    assert "get_maintainer.pl" in mark.read_text()
    dry = run_patchflow("-C", str(small), "send", "--dry-run")
    assert dry.code == 0 and "add one" in dry.out and "not run" not in dry.out, dry.out
    doctor = run_patchflow("-C", str(small), "doctor").out
    assert "is no kernel tree" not in doctor, doctor
    assert git(small, "status", "--porcelain") == ""
    git(small, "rm", "-q", "--cached", "--sparse", "scripts/checkpatch.pl")
    git(small, "commit", "-q", "-m", "gone")
    assert "has no scripts/checkpatch.pl" in sentence(small, "check", "base..HEAD~1", codes=(3,))


def test_what_a_partial_clone_lacks_is_fetched_by_git(series: Path, tmp_path: Path) -> None:
    git(series, "config", "uploadpack.allowFilter", "true")
    folder = tmp_path / "partial"
    git(tmp_path, "clone", "-q", "--filter=blob:none", "-b", "demo", f"file://{series}", str(folder))
    ran = run_patchflow("-C", str(folder), "--json", "adopt", "--base", "base")
    assert ran.code == 0 and len(ran.json["patches"]) == 2, ran.err
    assert run_patchflow("-C", str(folder), "check", "base..HEAD~1").code == 0
    assert run_patchflow("-C", str(folder), "format", "-o", str(tmp_path / "out")).code == 0
