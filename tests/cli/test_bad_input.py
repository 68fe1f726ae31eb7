"""Bad input: one paragraph, the right exit code, nothing changed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from patchflow.flow.send import gates
from tests.conftest import ROOT, Ran, commit, git, run_patchflow


def state(folder: Path) -> str:
    """Everything of a repository that a failed command must leave alone."""
    config = (folder / ".git" / "config").read_text()
    return "\n".join(
        [git(folder, "for-each-ref"), git(folder, "status", "--porcelain"), git(folder, "rev-parse", "HEAD"), config]
    )


def refused(folder: Path, *words: str, code: int) -> Ran:
    before = state(folder)
    ran = run_patchflow("-C", str(folder), *words)
    assert ran.code == code, (ran.out, ran.err)
    paragraph = [line for line in ran.err.split("\n") if line.startswith("patchflow: ")]
    assert len(paragraph) == 1, ran.err
    assert state(folder) == before
    return ran


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    for command in (
        ["status"],
        ["check"],
        ["new", "x"],
        ["send"],
        ["undo"],
        ["cover"],
        ["format"],
        ["diff"],
        ["respin"],
    ):
        ran = run_patchflow("-C", str(tmp_path), *command)
        assert ran.code == 3, (command, ran.err)
        assert "no git repository" in ran.err


def test_doctor_names_a_fix_for_each_thing_that_is_missing(tmp_path: Path) -> None:
    """Outside a repository it took the identity for missing, too."""
    for folder in (tmp_path, ROOT):
        checks = run_patchflow("-C", str(folder), "--json", "doctor", env={"PATH": git_alone(tmp_path)}).json["checks"]
        missing = {one["name"]: one["mend"] for one in checks if not one["ok"]}
        assert "perl" in missing and all(missing.values()), missing
        assert ("repository" in missing) is (folder == tmp_path) and "identity" not in missing


def test_doctor_tells_of_a_password_in_plain_text(small: Path) -> None:
    git(small, "config", "sendemail.smtpPass", "hunter2")
    ran = run_patchflow("-C", str(small), "doctor")
    assert "note mail password: sendemail.smtpPass keeps it in plain text" in ran.out and "hunter2" not in ran.out


def git_alone(folder: Path) -> str:
    """A PATH that holds git and nothing else."""
    (folder / "bin").mkdir(exist_ok=True)
    if not (place := folder / "bin/git").exists():
        place.symlink_to(str(shutil.which("git")))
    return str(folder / "bin")


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    ran = run_patchflow("-C", str(tmp_path / "gone"), "status")
    assert ran.code == 3
    assert "no git repository" in ran.err


def test_detached_head(small: Path) -> None:
    git(small, "checkout", "-q", "--detach")
    ran = refused(small, "check", code=1)
    assert "HEAD is detached" in ran.err and "git switch" in ran.err
    git(small, "bisect", "start")
    ran = refused(small, "send", "--dry-run", code=1)
    assert "A bisect is going on here" in ran.err and "`git bisect reset` comes first." in ran.err
    assert "git switch" not in ran.err, "git refuses to switch then"


def test_in_the_middle_of_a_rebase(series: Path) -> None:
    """HEAD is detached then, too; to go to a branch would leave the rebase behind."""
    subprocess.run(
        ["git", "-C", str(series), "rebase", "-q", "-x", "false", "HEAD~1"], capture_output=True, check=False
    )
    ran = refused(series, "check", code=1)
    assert "A rebase of demo is going on here" in ran.err and "`git rebase --continue`" in ran.err
    assert "git switch" not in ran.err


def test_a_branch_that_is_no_series(small: Path) -> None:
    assert "is not a series yet" in refused(small, "check", code=1).err


def test_no_upstream(small: Path) -> None:
    git(small, "switch", "-q", "-c", "topic")
    commit(small, "add one")
    assert "--base REF" in refused(small, "adopt", code=2).err


def test_no_identity(small: Path, sealed: Path) -> None:
    (sealed / "gitconfig").write_text("")
    ran = refused(small, "new", "x", code=3)
    assert "user.email" in ran.err
    assert "git config --global user.email" in ran.err


def test_a_dirty_tree_is_not_sent(series: Path, smtp: object) -> None:
    (series / "net/vmw_vsock/af_vsock.c").write_text("int changed;\n")
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 1
    assert "uncommitted changes in net/vmw_vsock/af_vsock.c" in ran.out
    assert "[dirty-tree]" in ran.out


def test_no_git_send_email(series: Path, tmp_path: Path) -> None:
    """A git without its send-email: an exec path that holds everything else."""
    real = Path(git(series, "--exec-path"))
    fake = tmp_path / "git-core"
    fake.mkdir()
    for program in real.iterdir():
        if program.name != "git-send-email":
            (fake / program.name).symlink_to(program)
    ran = run_patchflow("-C", str(series), "send", "--yes", env={"GIT_EXEC_PATH": str(fake)})
    assert ran.code == 3
    assert "sudo apt install git-email" in ran.err


def test_a_tree_without_checkpatch(series: Path) -> None:
    (series / "scripts/checkpatch.pl").unlink()
    ran = run_patchflow("-C", str(series), "check")
    assert ran.code == 3
    assert "git restore scripts" in ran.err, "they stand in HEAD"


def test_a_branch_with_a_merge(series: Path) -> None:
    git(series, "switch", "-q", "-c", "side", "base")
    commit(series, "side", path="net/vmw_vsock/side.c")
    git(series, "switch", "-q", "demo")
    git(series, "merge", "-q", "--no-ff", "-m", "Merge side", "side")
    ran = run_patchflow("-C", str(series), "check", "--json")
    assert "no-merges" in {f["rule"] for f in ran.json["series"]}
    assert "is a merge" not in ran.err
    assert "holds a merge" in refused(series, "format", "-o", "/nonexistent/x", code=1).err


@pytest.mark.parametrize(
    "content", [b"", b"From x\n", b"no mbox at all", b"\x00\xff\xfe", b"From a@b Thu Jan 1 00:00:00 1970\nSubj"]
)
@pytest.mark.parametrize("command", ["thread", "todo"])
def test_an_empty_or_cut_off_mbox(tmp_path: Path, content: bytes, command: str) -> None:
    path = tmp_path / "mail.mbox"
    path.write_bytes(content)
    ran = run_patchflow("-C", str(tmp_path), command, "--mbox", str(path))
    assert ran.code in (0, 1, 2), ran.err


def test_an_mbox_that_is_not_there(tmp_path: Path) -> None:
    ran = run_patchflow("thread", "--mbox", str(tmp_path / "gone"))
    assert ran.code in (2, 4)
    assert ran.err.startswith("patchflow: ")


def test_names_that_git_would_not_take(small: Path) -> None:
    for name in ("a..b", "-x", "a b", "x.lock", "a/"):
        words = ["new", "--", name] if name.startswith("-") else ["new", name]
        assert run_patchflow("-C", str(small), *words).code == 2


def test_a_branch_that_exists(series: Path) -> None:
    assert "exists already" in refused(series, "new", "demo", code=1).err


def test_wrong_usage() -> None:
    assert run_patchflow("--no-such-flag").code == 2
    assert run_patchflow("nonsense").code == 2
    assert run_patchflow("check", "--rule", "no-such-rule", "HEAD").code == 2
    assert run_patchflow("rules", "no-such-rule").code == 2


def test_every_command_has_help_with_an_example() -> None:
    from patchflow.cli.main import COMMANDS, build_parser

    parser = build_parser()
    for name in COMMANDS:
        ran = run_patchflow(name, "--help")
        assert ran.code == 0, name
        assert "Example: patchflow" in ran.out
    assert parser.prog == "patchflow"


def test_rules_explains_what_a_finding_or_a_gate_names(small: Path) -> None:
    """Every id that a user sees in brackets can be asked about."""
    document = small / "Documentation/dev-tools/checkpatch.rst"
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text(
        "Types\n=====\n\n  **SPACING**\n    Blanks as the\n    style wants.\n\n    See: there\n\n  **OTHER**\n    x\n"
    )
    assert (
        "Blanks as the\nstyle wants.\n\nSee: there\n"
        in run_patchflow("-C", str(small), "rules", "checkpatch:SPACING").out
    )
    below = str(document.parent)
    assert run_patchflow("-C", below, "--json", "rules", "OTHER").json[0]["explanation"] == "x"
    assert "does not explain NOPE" in run_patchflow("-C", below, "rules", "NOPE").out
    source = Path(gates.__file__).read_text()
    for name in re.findall(r'Gate\(\s*"([a-z-]+)"', source):
        assert run_patchflow("--json", "rules", name).json[0]["scope"] == "send"


def test_a_text_that_is_no_utf8_is_refused_with_its_line(series: Path, tmp_path: Path) -> None:
    """Replacing what cannot be read would change the user's words unseen."""
    text = tmp_path / "cover"
    text.write_bytes("vsock: add one and two\n\nM\xfcller asks for it.\n".encode("latin-1"))
    assert f"{text}:3: byte 0xfc is not UTF-8" in refused(series, "cover", "--set", str(text), code=2).err
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\ncat {text} > "$1"\n')
    editor.chmod(0o755)
    ran = run_patchflow("-C", str(series), "cover", "--edit", env={"GIT_EDITOR": str(editor)})
    assert ran.code == 2
    left = Path(ran.err.removeprefix("patchflow: ").split(":3: ")[0])
    assert left.read_bytes() == text.read_bytes()


@pytest.mark.parametrize(("editor", "advice"), [("no-such-editor", True), ("false", False)])
def test_an_editor_that_fails(series: Path, monkeypatch: pytest.MonkeyPatch, editor: str, advice: bool) -> None:
    monkeypatch.setenv("GIT_EDITOR", editor)
    said = refused(series, "cover", "--edit", code=4).err
    assert f"`{editor}`" in said and "nothing was changed" in said and "Your text is in" in said
    assert ("`git config --global core.editor nano`" in said) is advice, "a newcomer's machine may have none"


def test_what_an_editor_that_died_left_is_kept(series: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next edit writes its own text, beside it."""
    monkeypatch.setenv("GIT_EDITOR", "sh -c 'echo an hour of work >> \"$1\"; kill -9 $$' x")
    said = refused(series, "cover", "--edit", code=4).err
    left = Path(said.partition("Your text is in ")[2].strip().removesuffix("."))
    monkeypatch.setenv("GIT_EDITOR", "true")
    assert run_patchflow("-C", str(series), "cover", "--edit").code == 0
    assert left.read_text().endswith("an hour of work\n")
