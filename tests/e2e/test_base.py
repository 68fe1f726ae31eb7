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


NET_NEXT = "https://git.kernel.org/pub/scm/linux/kernel/git/netdev/net-next.git"
KEY = "patchflow.git.kernel.org/linux/kernel/git/netdev/net-next.base"


def asked(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    spawn, heard = pexpect.spawn, []

    def answering(*words: Any, **how: Any) -> Any:
        child = spawn(*words, **how)
        for answer in answers:
            child.expect("On which base instead")
            heard.append(str(child.before))
            child.sendline(answer)
        return child

    monkeypatch.setattr(pexpect, "spawn", answering)
    return heard


def with_remote(folder: Path, name: str, url: str) -> None:
    git(folder, "remote", "add", name, url)
    git(folder, "update-ref", f"refs/remotes/{name}/main", "base^{commit}")


@pytest.mark.long
def test_where_no_remote_has_the_tree_the_base_is_asked_once(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_remote(small, "mine", "https://example.org/linux.git")
    with monkeypatch.context() as patch:
        heard = asked(patch, "nonsense", "mine")
        said, code = on_terminal(small, "new", "one", "--profile", "vsock")
    assert code == 0 and f"git remote add net-next {NET_NEXT}" in " ".join(heard[0].split())
    assert "neither a remote that was fetched nor a branch" in " ".join(heard[1].split()), "asked again"
    assert f"`git config {KEY}` remembers it" in " ".join(said.split())
    assert git(small, "config", KEY) == git(small, "config", "branch.one.patchflow-base") == "mine/main"
    said, code = on_terminal(small, "new", "two", "--profile", "vsock")
    assert code == 0 and "On which base" not in said and "remote add" not in said
    assert git(small, "config", "branch.two.patchflow-base") == "mine/main"
    git(small, "update-ref", "-d", "refs/remotes/mine/main")
    git(small, "checkout", "-q", "main")
    with monkeypatch.context() as patch:
        asked(patch, "")
        said, code = on_terminal(small, "new", "three", "--profile", "vsock")
    assert code == 0 and git(small, "config", KEY) == "HEAD", "what is gone is asked again"
    assert run_patchflow("-C", str(small), "undo").code == 0
    assert git(small, "config", KEY) == "mine/main", "one step with the series"


def test_nobody_waits_for_an_answer_that_cannot_come(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, words in enumerate([["--json", "new"], ["new"]]):
        ran = run_patchflow("-C", str(small), *words, f"s{number}", "--profile", "vsock", "--b4")
        assert ran.code == 0 and f"git remote add net-next {NET_NEXT} && git fetch net-next" in " ".join(
            ran.err.split()
        )
        git(small, "checkout", "-q", "main")
    assert "patchflow.git" not in git(small, "config", "--list"), "nobody answered, so nothing is remembered"
    said, code = on_terminal(small, "--json", "new", "quiet", "--profile", "vsock")
    assert code == 0 and "On which base" not in said


def test_nothing_is_asked_where_the_base_is_known(small: Path) -> None:
    for number, words in enumerate([["--profile", "vsock", "--base", "base"], []]):
        ran = run_patchflow("-C", str(small), "new", f"s{number}", *words)
        assert ran.code == 0 and "remote add" not in ran.err, "no file says yet which tree it will be"
        git(small, "checkout", "-q", "main")
    with_remote(small, "any-name", NET_NEXT.removesuffix(".git"))
    ran = run_patchflow("-C", str(small), "new", "fetched", "--profile", "vsock")
    assert ran.code == 0 and "remote add" not in ran.err
    assert git(small, "config", "branch.fetched.patchflow-base") == "any-name/main"


def test_the_remembered_base_is_a_setting(small: Path) -> None:
    assert run_patchflow("-C", str(small), "config", KEY, "base").code == 0
    assert run_patchflow("-C", str(small), "new", "one", "--profile", "vsock").code == 0
    assert git(small, "config", "branch.one.patchflow-base") == "base"


def test_a_base_in_another_series_is_told(series: Path, smtp: Any) -> None:
    assert run_patchflow("-C", str(series), "new", "more", "--base", "demo").code == 0
    commit(series, "vsock: add three")
    assert "is a patch of the series demo" in gates(series)["private-base"]
    assert "look: the base" in run_patchflow("-C", str(series), "send", "--dry-run").out


def test_others_commits_below_a_rebased_branch_are_not_sent(
    series: Path, smtp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(series, "checkout", "-q", "-b", "upstream", "base")
    with monkeypatch.context() as linus:
        linus.setenv("GIT_COMMITTER_EMAIL", "linus@example.org")
        above = commit(series, "add what others did", path="net/vmw_vsock/virtio_transport.c")
    git(series, "update-ref", "refs/remotes/origin/main", above)
    git(series, "checkout", "-q", "demo")
    git(series, "rebase", "-q", "upstream")
    words = ["send", "--yes", "--override", "dirty-tree=test"]
    assert run_patchflow("-C", str(series), *words).code == 1 and not smtp.messages()
    assert f"commit of others that a public tree has, up to {above[:12]}" in gates(series)["public-patches"]
    assert run_patchflow("-C", str(series), "adopt", "demo", "--base", above[:12]).code == 0
    assert "public-patches" not in gates(series)
    for key, value in (("remote", "."), ("merge", "refs/remotes/origin/main")):
        git(series, "config", f"branch.upstream.{key}", value)
    git(series, "checkout", "-q", "upstream")
    assert run_patchflow("-C", str(series), "new", "next", "--profile", "kernel").code == 0
    assert git(series, "config", "branch.next.patchflow-base") == "origin/main", "which moves with the tree"


@pytest.mark.long
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


@pytest.mark.long
def test_commits_of_a_tree_that_was_rebased_since_are_not_sent(
    series: Path, smtp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As linux-next is each day; the remote branch's reflog tells, and where it is gone, `send` stops."""
    git(series, "checkout", "-q", "-b", "upstream", "base")
    with monkeypatch.context() as other:
        for key in ("GIT_COMMITTER", "GIT_AUTHOR"):
            other.setenv(f"{key}_EMAIL", "andrew@example.org")
            other.setenv(f"{key}_NAME", "Andrew")
        above = commit(series, "add what others did", path="net/vmw_vsock/virtio_transport.c")
        git(series, "commit", "-q", "--amend", "-m", "mm: others\n\nWhy.\n\nSigned-off-by: Andrew <andrew@example.org>")
        above = git(series, "rev-parse", "HEAD")
        git(series, "update-ref", "--create-reflog", "refs/remotes/origin/main", above)
        git(series, "commit", "-q", "--amend", "-m", "mm: others, again")
    git(series, "checkout", "-q", "demo")
    git(series, "rebase", "-q", above)
    assert run_patchflow("-C", str(series), "adopt", "demo", "--base", "origin/main").code == 0
    git(series, "update-ref", "refs/remotes/origin/main", "upstream")

    def status() -> list[Any]:
        return list(run_patchflow("-C", str(series), "--json", "status").json["series"][0]["patches"])

    assert len(status()) == 2
    assert "unsigned-patches" not in gates(series)
    git(series, "reflog", "expire", "--expire=all", "refs/remotes/origin/main")
    assert len(status()) == 3
    assert "patch 1 is another's, with no sign-off of yours" in gates(series)["unsigned-patches"]
    words = ["send", "--yes", "--override", "dirty-tree=test"]
    assert run_patchflow("-C", str(series), *words).code == 1 and not smtp.messages()
    tip = git(series, "rev-parse", "demo")
    git(series, "rebase", "-q", "-f", "--no-fork-point", "base")
    assert "patch 1 is another's" in gates(series)["unsigned-patches"], "whoever committed it"
    git(series, "reset", "-q", "--hard", tip)
    assert run_patchflow("-C", str(series), "adopt", "demo", "--base", above[:12]).code == 0
    assert "unsigned-patches" not in gates(series)
    assert run_patchflow("-C", str(series), *words).code == 0
    assert run_patchflow("-C", str(series), "adopt", "demo", "--base", "origin/main").code == 0
    git(series, "config", "user.email", "ada@work.example")
    git(series, "config", "user.name", "A. Example")
    assert len(status()) == 2 and "unsigned-patches" not in gates(series), (
        "v1 began there, as another machine knows, too"
    )
