"""A repository that git or the locale makes odd: one sentence of what to do, never a bug."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from patchflow.cli.main import main
from tests.conftest import ROOT, commit, git, run_patchflow

_COMMANDS = ("status", "check", "thread", "send --dry-run", "undo --list", "doctor", "window --offline",
             "cc -f MAINTAINERS")  # fmt: skip


def said(folder: Path, capsys: pytest.CaptureFixture[str], commands: Sequence[str] = _COMMANDS) -> dict[str, str]:
    """What each command says; each ends with an exit code of ours, and nothing is a bug."""
    found = {}
    for words in commands:
        code = main(["-C", str(folder), *words.split()])
        out, err = capsys.readouterr()
        found[words] = out + err
        assert 0 <= code <= 4 and "bug in patchflow" not in err and "Traceback" not in err, (words, code, err)
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a tree to another user")
def test_a_tree_of_another_user(series: Path, sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (series, series / ".git"):
        os.chown(path, 65534, 65534)
    way = f"git config --global --add safe.directory {series}"
    found = said(series, capsys)
    assert way in found["status"] and way in found["doctor"], found
    git(sealed, *way.split()[1:])
    assert run_patchflow("-C", str(series), "status").code == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("core.repositoryformatversion", "99"),
        ("core.repositoryformatversion", "x"),
        ("extensions.nosuch", "true"),
        ("core.worktree", "/nonexistent/there"),
        ("core.bare", "perhaps"),
    ],
)
def test_a_repository_that_git_refuses(series: Path, key: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    if key.startswith("extensions"):
        git(series, "config", "core.repositoryformatversion", "1")
    git(series, "config", key, value)
    said(series, capsys)


def test_a_config_file_that_is_no_config(series: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (b"[core\n", b"\0" * 200, b"\xff\xfe[x]\n", b""):
        (series / ".git/config").write_bytes(content)
        said(series, capsys)


@pytest.mark.long
@pytest.mark.parametrize("name", ["v6.12-rc" + "9" * 4500, "v6.12-rc99999999999999999999", "v" + "9" * 60 + ".1"])
def test_a_tag_with_a_number_without_end(series: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    sha = git(series, "rev-parse", "HEAD")
    with (series / ".git/packed-refs").open("a") as file:  # no file name is that long
        file.write(f"{sha} refs/tags/{name}\n")
    said(series, capsys)


@pytest.mark.parametrize("utf8", ["0", "1"])
@pytest.mark.long
def test_a_locale_that_knows_no_letters(series: Path, utf8: str) -> None:
    commit(series, "add größe", path="net/vmw_vsock/größe.c", text="int a;\n")
    git(series, "config", "user.name", "Zoë Übermut")
    locale = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": utf8, "PYTHONCOERCECLOCALE": "0"}
    for words in ("status", "check", "doctor"):
        done = subprocess.run([sys.executable, "-m", "patchflow", "-C", str(series), words], capture_output=True,
                              env={**os.environ, "PYTHONPATH": str(ROOT), **locale}, check=False)  # fmt: skip
        text = done.stdout.decode() + done.stderr.decode()
        assert 0 <= done.returncode <= 4 and "bug in patchflow" not in text and "Traceback" not in text, (words, text)
        if words == "status":
            assert "add größe" in text or "demo" in text
