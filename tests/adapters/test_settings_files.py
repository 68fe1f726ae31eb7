"""Which files git's settings lead to, compared with git's own reading: none is missed, unless it is said that more may
be read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from patchflow.adapters.git.settings_files import named_in

# What stands in a file of settings, and whether its files can be told.
TEXTS = (
    ("[include]\n\tpath = more\n", True),
    ("[include] path=more ; mine\n", True),
    ("[core] [include] path = more # mine\n", True),
    ("\ufeff[Include]\r\n\tPath = more\r\n", True),
    ("[include]\n\n# which\n\tpath = ~/more\n\tpath = other\n", True),
    ('[includeIf "gitdir:/]\\""]\n\tpath = other\n[includeIf "gitdir:**"]\n\tpath = ~/more\n', True),
    ('[include]\n\tpath = "more"\n', False),
    ("[alias]\n\tx = a \\\n[b]\n[include]\n\tpath = more\n", False),
    ("[include]\n\tpath = mo\\\nre\n", False),
    ("[include]\n\tpath = %(prefix)/more\n", False),
    ("[mailmap]\n\tfile = ~/more\n[user]\n\tname = x\n", True),
    ("[mailmap]\n\tfile = more\n", False),
    ("[mailmap]\n\tblob = HEAD:more\n", False),
    ("[alias]\n\tx = [include] path = more\n[user]\n\tname = x\n", True),
    ("[user]\n\tname = x\n", True),
)


@pytest.mark.parametrize(("text", "told"), TEXTS)
def test_no_file_that_git_reads_is_missed(
    text: str, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    (tmp_path / "more").write_text("[user]\n\temail = there\n")
    (tmp_path / ".gitconfig").write_text(text, newline="")
    subprocess.run(["git", "init", "-q", "tree"], cwd=tmp_path, check=True)
    words = ["git", "config", "--list", "--show-origin", "--null"]
    done = subprocess.run(words, cwd=tmp_path / "tree", capture_output=True, check=True)
    read = {one[5:].decode() for one in done.stdout.split(b"\0") if one.startswith(b"file:/")}
    named = named_in(str(tmp_path / ".gitconfig"))
    assert (named is not None) == told
    if named is not None:
        assert read - {str(tmp_path / ".gitconfig")} <= {*named}
        assert (str(tmp_path / "more") in named) == ("there" in done.stdout.decode() or "~/more" in text)


def test_a_file_that_is_not_there_names_none(tmp_path: Path) -> None:
    assert named_in(str(tmp_path / "gone")) == []
