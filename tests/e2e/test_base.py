"""What a series stands on: nobody can apply patches whose base only this machine has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.conftest import commit, git, run_patchflow
from tests.test_security import on_terminal


def gates(folder: Path) -> dict[str, str]:
    document = run_patchflow("-C", str(folder), "--json", "send", "--dry-run").json
    return {gate["id"]: gate["text"] for gate in document["gates"]}


def test_a_new_series_does_not_stand_on_another_unasked(series: Path) -> None:
    ran = run_patchflow("-C", str(series), "new", "more")
    assert ran.code == 2 and "demo is a series itself" in ran.err and "--base demo" in ran.err
    assert run_patchflow("-C", str(series), "new", "more", "--base", "demo").code == 0
    assert git(series, "rev-parse", "more") == git(series, "rev-parse", "demo")
    git(series, "checkout", "-q", "demo")
    assert run_patchflow("-C", str(series), "new", "beside", "--base", "base").code == 0


def test_on_a_terminal_the_base_is_asked_for(series: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spawned: list[Any] = []
    spawn = pexpect.spawn

    def answering(*words: Any, **how: Any) -> Any:
        child = spawn(*words, **how)
        spawned.append(child)
        child.expect("On which base")
        child.sendline("")
        return child

    monkeypatch.setattr(pexpect, "spawn", answering)
    said, code = on_terminal(series, "new", "more")
    assert code == 0, said
    assert git(series, "rev-parse", "more") == git(series, "rev-parse", "base^{commit}"), "the same base by default"


def test_a_base_in_another_series_is_told(series: Path, smtp: Any) -> None:
    assert run_patchflow("-C", str(series), "new", "more", "--base", "demo").code == 0
    commit(series, "vsock: add three")
    assert "is a patch of the series demo" in gates(series)["private-base"]
    assert "look: the base" in run_patchflow("-C", str(series), "send", "--dry-run").out


def test_a_local_merge_as_base_is_told(series: Path, smtp: Any, tmp_path: Path) -> None:
    assert "private-base" not in gates(series), "no remote here: nobody can tell"
    git(tmp_path, "clone", "-q", "--bare", str(series), str(tmp_path / "public.git"))
    git(series, "remote", "add", "origin", str(tmp_path / "public.git"))
    git(series, "fetch", "-q", "origin")
    git(series, "checkout", "-q", "-b", "local", "base")
    commit(series, "net: only here")
    assert run_patchflow("-C", str(series), "new", "more", "--base", "local").code == 0
    commit(series, "vsock: add three")
    assert "nobody else has it" in gates(series)["private-base"]
    git(series, "tag", "sent/more-v1", "local")
    assert "private-base" in gates(series), "a tag of what was sent is no public tree"
    git(series, "push", "-q", "origin", "local")
    git(series, "fetch", "-q", "origin")
    assert "private-base" not in gates(series)


def test_a_bad_address_is_named_with_its_commit(series: Path, smtp: Any) -> None:
    message = git(series, "log", "-1", "--format=%B").rstrip() + "\nCc: Bad <bad@-nowhere-.example>\n"
    git(series, "commit", "-q", "--amend", "-m", message)
    tip = git(series, "rev-parse", "--short=12", "HEAD").strip()
    assert f"Cc in the commit {tip}" in gates(series)["git-send-email"]


def test_lines_of_a_cover_that_begin_with_a_hash_stay(series: Path) -> None:
    text = "vsock: x\n\nText:\n\n# insmod vsock.ko\n#syz test: git://example.org main\n\nEnd.\n"
    assert run_patchflow("-C", str(series), "cover", "--set", "-", stdin=text).code == 0
    assert "# insmod vsock.ko\n#syz test" in run_patchflow("-C", str(series), "--json", "cover").json["body"]
    ran = run_patchflow("-C", str(series), "new", "b", "--b4", "--base", "base")
    assert ran.code == 0, ran.err
    commit(series, "vsock: one")
    commit(series, "vsock: two")
    assert run_patchflow("-C", str(series), "cover", "--set", "-", stdin=text).code == 0
    out = series.parent / "out"
    run_patchflow("-C", str(series), "send", "--to-outbox", str(out))
    assert "\n# insmod vsock.ko\n#syz test" in next(out.glob("0000-*")).read_text()
