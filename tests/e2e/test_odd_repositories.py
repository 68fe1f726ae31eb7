"""Repositories that are no plain full clone: each is worked with, or refused in one sentence that says what to do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from patchflow.adapters.git.rewrite import Pick, Replay
from patchflow.errors import OutsideError
from patchflow.flow.clone import Clone
from patchflow.flow.series import rewrite
from patchflow.tui.app import PatchflowApp
from patchflow.tui.work.board import read_board
from tests.conftest import _make_series, commit, git, run_patchflow
from tests.killing_commands import lay_headers
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


@pytest.mark.long
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
    board = read_board(str(series), lambda board: None)
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
    known = subprocess.run(
        ["git", "-C", str(series), "rev-parse", "--show-ref-format"], capture_output=True, check=False
    )
    if kind == "reftable" and known.stdout.strip() == b"files":
        pytest.skip("this git reads tables: tests/e2e/test_reftable.py")
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


@pytest.mark.long
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
    assert "is not a kernel tree" not in doctor, doctor
    assert git(small, "status", "--porcelain") == ""
    git(small, "rm", "-q", "--cached", "--sparse", "scripts/checkpatch.pl")
    git(small, "commit", "-q", "-m", "gone")
    assert "has no scripts/checkpatch.pl" in sentence(small, "check", "base..HEAD~1", codes=(3,))


def partial_clone(small: Path, tmp_path: Path, what: str) -> Path:
    """A clone of a series of three patches, the third to a file of its own, that lacks what `what` filters."""
    (small / "net/vmw_vsock/Makefile").write_text("obj-$(CONFIG_VSOCKETS) += vsock.o\nvsock-y += af_vsock.o\n")
    git(small, "add", "-A")
    git(small, "commit", "-q", "--amend", "--no-edit")
    git(small, "tag", "-f", "base")
    _make_series(small)
    commit(small, "add three", "int three;\n", "net/vmw_vsock/three.c")
    git(small, "config", "uploadpack.allowFilter", "true")
    folder = tmp_path / "partial"
    git(tmp_path, "clone", "-q", f"--filter={what}", "-b", "demo", f"file://{small}", str(folder))
    assert git(folder, "rev-list", "--objects", "--all", "--missing=print").count("\n?"), "something is missing"
    return folder


def standing(folder: Path) -> str:
    return (
        git(folder, "for-each-ref") + git(folder, "config", "--list", "--local") + git(folder, "symbolic-ref", "HEAD")
    )


@pytest.mark.parametrize("what", ["blob:none", "tree:0"])
@pytest.mark.long
def test_what_a_partial_clone_lacks_is_fetched_by_git(small: Path, tmp_path: Path, what: str, smtp: Any) -> None:
    folder = partial_clone(small, tmp_path, what)
    lay_headers(tmp_path / "headers")

    def run(*words: str, code: int = 0) -> str:
        ran = run_patchflow("-C", str(folder), *words)
        assert ran.code == code, (words, ran.code, ran.out, ran.err)
        return ran.out

    assert run("--json", "adopt", "--base", "base").count('"subject"') == 3
    tip = git(folder, "rev-parse", "HEAD")
    here = Clone(str(folder))
    series = here.store.load()
    first, second, third = (patch.commit for patch in series.patches)
    rewrite.reorder(here, series, [third, first, second])
    assert git(folder, "log", "--format=%s", "base..") == "vsock: add two\nvsock: add one\nvsock: add three"
    assert git(folder, "diff", tip) == ""
    run("undo", "--yes")
    assert git(folder, "rev-parse", "HEAD") == tip
    run("check", "base..HEAD~1")
    run("try", "build", "--per-patch", "--against", str(tmp_path / "headers"))
    run("format", "-o", str(tmp_path / "out"))
    run("send", "--dry-run", code=1)  # a cover is missing
    run("send", "--yes", "--override", "cover-letter=x", "--override", "maintainers-entry=x")
    assert len(smtp.messages()) == 4
    box = tmp_path / "mail.mbox"
    parent = re.search(rb"(?mi)^message-id: *<(.*)>", smtp.messages()[1])
    assert parent
    box.write_text(
        "From x Mon Nov 23 10:00:00 2026\nFrom: Rita <rita@example.net>\nTo: ada@example.org\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0000\nSubject: Re: [PATCH 1/3] x\nMessage-ID: <a@example.net>\n"
        f"In-Reply-To: <{parent[1].decode()}>\n\nReviewed-by: Rita <rita@example.net>\n"
    )
    run("fetch", "--mbox", str(box))
    run("respin")
    run("trailers", "--apply", "--yes")
    assert "Reviewed-by: Rita" in git(folder, "log", "base..")
    run("undo", "--yes")
    (folder / "net/vmw_vsock/three.c").write_text("int mended;\n")
    here = Clone(str(folder))
    series = here.store.load()
    rewrite.amend(here, series, series.patches[2].commit)
    assert git(folder, "show", "HEAD:net/vmw_vsock/three.c") == "int mended;"


@pytest.mark.parametrize("what", ["blob:none", "tree:0"])
def test_a_partial_clone_whose_remote_is_gone_says_so(small: Path, tmp_path: Path, what: str, smtp: Any) -> None:
    """What needs nothing of the remote works; whatever else is one sentence, and changes nothing."""
    folder = partial_clone(small, tmp_path, what)
    lay_headers(tmp_path / "headers")
    small.rename(tmp_path / "gone")
    failed = 0
    for words in (["adopt", "--base", "base"], ["check"], ["check", "base..HEAD~1"], ["cc"], ["format", "-o", "out"],
                  ["send", "--dry-run"], ["send", "--yes"], ["respin"], ["try", "build", "--against",
                  str(tmp_path / "headers")], ["trailers", "--apply", "--yes"], ["status"], ["undo"]):  # fmt: skip
        before = standing(folder)
        ran = run_patchflow("-C", str(folder), *words)
        assert ran.code in (0, 1, 2, 3, 4) and "\n\n" not in ran.err.strip(), (words, ran.code, ran.err)
        if ran.code:
            assert standing(folder) == before, words
        failed += ran.code == 4
    assert failed and smtp.messages() == []
    git(folder, "config", "branch.demo.patchflow-base", "base")
    git(folder, "config", "branch.demo.patchflow-change-id", "20261129-demo-0123456789ab")
    here = Clone(str(folder))
    with pytest.raises(OutsideError):
        Replay(here.repository, here.git)(
            git(folder, "rev-parse", "base"), [Pick((git(folder, "rev-parse", "HEAD~1"),))]
        )
