"""Two machines of one user: what one pushes, the other merges, and nothing of either is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from patchflow.adapters.files import write_atomic
from patchflow.adapters.git.synced import push_state
from patchflow.domain.series import Cover
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.recipients.for_series import remember
from patchflow.flow.review.mail import claim, known_marks, mark_comments
from patchflow.flow.series.prepare import set_cover
from patchflow.flow.sync.run import pull, push
from patchflow.flow.sync.snapshot import snapshot
from patchflow.formats.remote_url import public_host
from tests.conftest import ROOT, commit, git, run_patchflow
from tests.sampled import times

HOME = "home"


def p(folder: Path, *words: str, code: int = 0, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


@pytest.fixture
def machines(series: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two clones with one private remote; the first has the series demo."""
    git(tmp_path, "init", "-q", "--bare", "home.git")
    two = tmp_path / "two"
    git(tmp_path, "clone", "-q", "--branch", "main", str(series), str(two))
    for folder in (series, two):
        git(folder, "remote", "add", HOME, str(tmp_path / "home.git"))
    return series, two


def test_a_series_goes_on_on_the_other_machine(machines: tuple[Path, Path], smtp: Any) -> None:
    """Patches, cover, recipients, what was sent, drafts and marks arrive; one undo takes it all back."""
    one, two = machines
    p(one, "cc", "--add", "Cora <cora@example.net>", code=0)
    p(one, "send", "--yes")
    (one / ".git/patchflow/drafts").mkdir(exist_ok=True)
    (one / ".git/patchflow/drafts/answer.eml").write_text("To: rik@example.net\n\nThanks.\n")
    mark_comments(Clone(str(one)), {"3f2a91": ("addressed", "renamed")})
    assert p(one, "sync", "push", HOME)["changed"] > 8
    assert p(one, "sync", "push", HOME)["changed"] == 0
    before = {name: git(two, *words) for name, words in _STATE.items()}
    p(two, "sync", "pull", HOME)
    assert git(two, "branch", "--show-current") == "main" and git(two, "status", "--porcelain") == ""
    for words in (("rev-parse", "demo"), ("for-each-ref", "refs/patchflow/")):
        assert git(one, *words) == git(two, *words)
    git(two, "switch", "-q", "demo")
    assert p(two, "cover") == p(one, "cover") and p(two, "todo") == p(one, "todo")
    assert p(two, "status")["series"][0]["state"] == "sent"
    assert (two / ".git/patchflow/drafts/answer.eml").read_text().endswith("Thanks.\n")
    page = run_patchflow("-C", str(two), "send", "--dry-run").out
    assert "Cora <cora@example.net>" in page and "[revision-sent]" in page

    # On with it there, and back.
    p(two, "respin")
    commit(two, "add three")
    p(two, "sync", "push", HOME)
    ran = run_patchflow("-C", str(one), "sync", "push", HOME)
    assert ran.code == 1 and "`patchflow sync pull home`" in ran.err
    p(one, "sync", "pull", HOME)
    assert git(one, "rev-parse", "demo") == git(two, "rev-parse", "demo")
    assert (one / "net/vmw_vsock/af_vsock.c").read_text() == (two / "net/vmw_vsock/af_vsock.c").read_text()
    assert p(one, "status")["series"][0]["revision"] == 2
    assert p(one, "sync", "push", HOME)["changed"] == 0

    git(two, "switch", "-q", "main")
    git(two, "branch", "-qf", "demo", git(one, "rev-parse", "demo~1"))
    p(two, "undo", "--yes")
    p(two, "undo", "--yes")
    assert {name: git(two, *words) for name, words in _STATE.items()} == before
    assert run_patchflow("-C", str(two), "sync", "push", HOME).code == 1, "it is not taken from others"
    p(two, "sync", "pull", HOME)
    assert git(one, "rev-parse", "demo") == git(two, "rev-parse", "demo")


_STATE = {
    "refs": ("for-each-ref", "refs/heads", "refs/patchflow/"),
    "config": ("config", "--local", "--list"),
}


@pytest.mark.long
def test_what_both_changed_stays_on_both(machines: tuple[Path, Path]) -> None:
    one, two = machines
    p(one, "sync", "push", HOME)
    p(two, "sync", "pull", HOME)
    git(two, "switch", "-q", "demo")
    git(one, "commit", "-q", "--amend", "-m", "vsock: one's title")
    git(two, "commit", "-q", "--amend", "-m", "vsock: two's title")
    ones = git(one, "rev-parse", "demo")
    p(one, "cover", "--set", "-", stdin="one\n\nOne's words.\n")
    p(two, "cover", "--set", "-", stdin="two\n\nTwo's words.\n")
    p(one, "cc", "--add", "one@example.net")
    p(two, "cc", "--add", "two@example.net")
    p(one, "sync", "push", HOME)
    told = p(two, "sync", "pull", HOME)
    places = {row["item"].rpartition("/")[2]: row["kept"] for row in told["both"]}
    assert set(places) == {"tip", "cover"}
    assert git(two, "log", "-1", "--format=%s", "demo") == "vsock: two's title"
    assert git(two, "rev-parse", places["tip"]) == ones
    assert (two / places["cover"]).read_text() == "one\n\nOne's words.\n" and p(two, "cover")["subject"] == "two"
    people = git(two, "config", "--get-all", "branch.demo.patchflow-cc-add").split()
    assert sorted(people) == ["one@example.net", "two@example.net"]
    p(two, "sync", "push", HOME)
    p(one, "sync", "pull", HOME)
    assert git(one, "log", "-1", "--format=%s", "demo") == "vsock: two's title"
    assert git(one, "rev-parse", places["tip"]) == ones and (one / places["cover"]).is_file()
    assert p(one, "sync", "push", HOME)["changed"] == 0


@pytest.mark.long
def test_a_branch_of_another_series_and_one_that_was_deleted(machines: tuple[Path, Path]) -> None:
    one, two = machines
    p(two, "new", "demo", "--base", "base")
    git(two, "switch", "-q", "main")
    p(one, "sync", "push", HOME)
    ran = run_patchflow("-C", str(two), "sync", "pull", HOME)
    assert ran.code == 0 and "demo of the other machine is demo-2 here" in ran.err
    p(two, "sync", "push", HOME)
    p(one, "sync", "pull", HOME)
    assert git(one, "rev-parse", "demo") == git(two, "rev-parse", "demo-2")
    assert git(one, "rev-parse", "demo-2") == git(two, "rev-parse", "demo")
    assert p(one, "sync", "push", HOME)["changed"] == 0

    git(two, "branch", "-qD", "demo-2")
    p(two, "sync", "push", HOME)
    ran = run_patchflow("-C", str(one), "sync", "pull", HOME)
    assert "demo was deleted on the other machine; it is checked out" in ran.err and git(one, "rev-parse", "demo")
    p(one, "sync", "push", HOME)
    p(two, "sync", "pull", HOME)
    assert git(one, "rev-parse", "demo") == git(two, "rev-parse", "demo-2"), "it is there again"


def test_a_pull_overwrites_no_work_and_no_other_work_tree(machines: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = machines
    p(one, "sync", "push", HOME)
    p(two, "sync", "pull", HOME)
    tip = commit(one, "add three")
    p(one, "sync", "push", HOME)
    git(two, "switch", "-q", "demo")
    source = two / "net/vmw_vsock/af_vsock.c"
    source.write_text("int mine;\n")
    before = git(two, "for-each-ref", "refs/heads", "refs/patchflow-sync/home/pulled")
    ran = run_patchflow("-C", str(two), "sync", "pull", HOME)
    assert ran.code == 1 and "Nothing was changed" in ran.err and source.read_text() == "int mine;\n"
    assert git(two, "for-each-ref", "refs/heads", "refs/patchflow-sync/home/pulled") == before
    git(two, "checkout", "-q", "-f", "main")
    git(two, "worktree", "add", "-q", str(tmp_path / "wt"), "demo")
    assert "is checked out in" in run_patchflow("-C", str(two), "sync", "pull", HOME).err
    p(tmp_path / "wt", "sync", "pull", HOME)
    assert git(two, "rev-parse", "demo") == tip and git(tmp_path / "wt", "status", "--porcelain") == ""


def test_nothing_goes_to_a_public_host_unasked(machines: tuple[Path, Path]) -> None:
    one, _ = machines
    git(one, "remote", "add", "hub", "https://github.com/ada/linux.git")
    git(one, "config", f"url.{one.parent}/home.git.insteadOf", "https://example.com/none")
    ran = run_patchflow("-C", str(one), "sync", "push", "hub")
    assert ran.code == 1 and "github.com is known to be public" in ran.err
    git(one, "config", "url.git@github.com:.pushInsteadOf", f"{one.parent}/")
    ran = run_patchflow("-C", str(one), "sync", "push", HOME)
    assert ran.code == 1 and "known to be public" in ran.err, "where git would really push to"
    assert run_patchflow("-C", str(one), "sync", "push", "nowhere").code == 2
    assert run_patchflow("-C", str(one), "sync", "push", "--yes", "--", "--upload-pack=x").code == 2
    for url, host in {
        "https://git.kernel.org/pub/scm/x.git": "git.kernel.org", "git@gitlab.com:ada/x": "gitlab.com",
        "ssh://git@git.sr.ht/~ada/x": "git.sr.ht", "git://mirror.example/x": "mirror.example", "../home.git": "",
        "ssh://ada@home.example:22/x": "", "ada@mygithub.com:x": "", "https://kernel.googlesource.com/x":
        "kernel.googlesource.com", "https://[bad": "https://[bad", "/srv/github.com/x": "",
    }.items():  # fmt: skip
        assert public_host(url) == host, url


@pytest.mark.long
def test_a_state_that_is_damaged_or_newer_is_not_taken(machines: tuple[Path, Path]) -> None:
    one, two = machines
    assert "Nothing was pushed" in run_patchflow("-C", str(two), "sync", "pull", HOME).err
    p(one, "sync", "push", HOME)
    good = git(one, "rev-parse", "refs/patchflow-sync/home/pushed-first")
    before = git(two, "for-each-ref", "refs/heads", "refs/patchflow/")
    (change_id,) = {row.split("/")[1] for row in git(one, "ls-tree", "-r", "--name-only", good).split() if "tip" in row}
    for name, content in {
        "series/../../../evil": "x", "later/thing": "x", f"series/{change_id}/tip": "0" * 40,
        f"series/{change_id}/tip ": "x", f"series/{change_id}/config/base": "7",
        f"series/{change_id}/config/profile": '["\\udfff\\u0000x"]', f"series/{change_id}/branch": "-evil",
        f"series/{change_id}/records/v1": "--help", "comments/0123456789abcdef": "[]", "kept/../x": "x",
        f"series/{change_id}/config/base/../../x": "x", "drafts/sent/../../config": "x",
    }.items():  # fmt: skip
        blob = git(one, "hash-object", "-w", "--stdin", stdin=content)
        tree = _forged(one, blob) if ".." in name else _with(one, good, name, blob)
        made = git(one, "commit-tree", tree, "-p", good, "-m", "forged")
        git(one, "push", "-q", "-f", HOME, f"{made}:refs/patchflow-sync/state")
        ran = run_patchflow("-C", str(two), "sync", "pull", HOME)
        assert ran.code in (1, 2, 4), (name, ran.err)
        assert git(two, "for-each-ref", "refs/heads", "refs/patchflow/") == before, name
        assert run_patchflow("-C", str(one), "sync", "push", HOME).code == 1


def _with(folder: Path, top: str, name: str, blob: str) -> str:
    """The tree of a commit with one more file."""
    env = {**os.environ, "GIT_INDEX_FILE": str(folder / ".git/forged")}
    row = f"100644,{blob},{name}"
    for words in (("read-tree", top), ("update-index", "--add", "--cacheinfo", row), ("write-tree",)):
        done = subprocess.run(["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _forged(folder: Path, blob: str) -> str:
    """A tree with an entry called `..`, which git itself would not make."""

    def written(content: bytes) -> bytes:
        words = ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"]
        done = subprocess.run(words, cwd=folder, input=content, capture_output=True, check=True)
        return bytes.fromhex(done.stdout.decode().strip())

    return written(b"40000 drafts\0" + written(b"100644 ..\0" + bytes.fromhex(blob))).hex()


class Machine:
    """One clone, and what was written on either and not written over by somebody who saw it."""

    def __init__(self, folder: Path, alive: dict[str, str]) -> None:
        self.folder, self.alive = folder, alive

    def here(self) -> Clone:
        return Clone(str(self.folder))


class Killed(BaseException):
    """Stands for a kill: nothing that was to follow happens."""


def _pushes_and_dies(*words: Any) -> None:
    push_state(*words)
    raise Killed


def _seen(machine: Machine) -> bytes:
    """All that a user can find on a machine: every item, and the messages of the commits it names."""
    here = machine.here()
    items = snapshot(here, {})
    commits = [content.decode() for name, content in items.items() if "/tip" in name]
    logs = git(machine.folder, "log", "--format=%B", *commits, "--not", "base") if commits else ""
    return b"\n".join(items.values()) + logs.encode()


def _write(machine: Machine, what: str, token: str, rng: random.Random) -> None:
    """The user changes one thing; what stood there, seen by them, is gone on purpose."""
    here = machine.here()
    names = here.store.names()
    if not names:
        return
    branch = rng.choice(names)
    place = f"{what}:{branch}"
    if what == "cover":
        before = here.store.load(branch, with_diffs=False).cover
        set_cover(here.store, here.store.load(branch, with_diffs=False), Cover(token, "words"))
        machine.alive.pop(before.subject if before else "", None)
    elif what == "title":
        before_text = git(machine.folder, "log", "-1", "--format=%s", branch)
        tree = git(machine.folder, "rev-parse", f"{branch}^{{tree}}")
        parent = git(machine.folder, "rev-parse", f"{branch}~1")
        made = git(machine.folder, "commit-tree", tree, "-p", parent, "-m", token)
        git(machine.folder, "update-ref", f"refs/heads/{branch}", made)
        machine.alive.pop(before_text, None)
    elif what == "on top":
        made = git(machine.folder, "commit-tree", f"{branch}^{{tree}}", "-p", branch, "-m", token)
        git(machine.folder, "update-ref", f"refs/heads/{branch}", made)
        token = ""  # a later title takes it away
    elif what == "mark":
        old = next((m.reason for k, m in known_marks(here).items() if k == "3f2a"), "")
        mark_comments(here, {"3f2a": ("addressed", token)})
        machine.alive.pop(old, None)
    elif what == "mine":
        token = f"{token}@example.org"
        claim(here, [token])
    elif what == "cc":
        token = f"{token}@example.net"
        remember(here.repository, here.git, branch, [token], [])
    elif what == "draft":
        path = here.repository.state.drafts / "one.eml"
        old = path.read_text() if path.is_file() else ""
        write_atomic(path, token.encode())
        machine.alive.pop(old, None)
    elif what == "new":
        git(machine.folder, "branch", f"s-{token}", "base")
        made = git(machine.folder, "commit-tree", "base^{tree}", "-p", "base", "-m", token)
        git(machine.folder, "update-ref", f"refs/heads/s-{token}", made)
        p_settings = {"change-id": f"20260101-s-{token}", "base": "base"}
        for key, value in p_settings.items():
            git(machine.folder, "config", f"branch.s-{token}.patchflow-{key}", value)
    if token:
        machine.alive[token] = place


@pytest.mark.long
def test_killed_between_the_push_and_its_record(machines: tuple[Path, Path], tmp_path: Path) -> None:
    """What arrived is merged as another machine's would be: nothing is lost, doubled or taken for a conflict."""
    one, two = machines
    p(one, "sync", "push", HOME)
    p(two, "sync", "pull", HOME)
    git(two, "switch", "-q", "demo")
    p(one, "cover", "--set", "-", stdin="vsock: a better title\n\nThey are needed.\n")
    hook = tmp_path / "home.git/hooks/post-receive"
    hook.write_text(f"#!/bin/sh\nkill -9 $(cat {tmp_path}/pid)\n")
    hook.chmod(0o755)
    words = [sys.executable, "-m", "patchflow", "-C", str(one), "sync", "push", HOME]
    starts = ["sh", "-c", f'echo $$ > {tmp_path}/pid; exec "$@"', "sh", *words]
    done = subprocess.run(starts, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == -9, done.stderr
    hook.unlink()
    p(two, "cc", "--add", "Cora <cora@example.net>")
    assert p(two, "sync", "pull", HOME)["changed"] == 1
    ran = run_patchflow("-C", str(one), "sync", "push", HOME)
    assert ran.code == 1 and "sync pull" in ran.err
    p(two, "sync", "push", HOME)
    pulled = p(one, "sync", "pull", HOME)
    assert pulled["both"] == [] and pulled["changed"] == 1
    p(one, "sync", "push", HOME)
    assert p(two, "sync", "pull", HOME)["changed"] == 0
    for folder in machines:
        assert p(folder, "cover")["subject"] == "vsock: a better title"
        assert "cora@example.net" in git(folder, "config", "branch.demo.patchflow-cc-add")


@pytest.mark.parametrize("seed", range(int(os.environ.get("PATCHFLOW_SYNC_RUNS", times(4, 16)))))
def test_nothing_is_lost_whatever_comes_after_what(
    machines: tuple[Path, Path], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both users write, push and pull in any order, and die between a push and its record; at the end both machines
    hold the same, and each word that its writer did not write over is found on both."""
    rng = random.Random(seed)
    alive: dict[str, str] = {}
    one, two = (Machine(folder, alive) for folder in machines)
    for folder in machines:
        git(folder, "switch", "-q", "main")
    kinds = ("cover", "title", "on top", "mark", "mine", "cc", "draft", "new")
    for number in range(14):
        machine = rng.choice((one, two))
        match rng.choice(("write", "write", "write", "push", "pull", "cut")):
            case "write":
                _write(machine, rng.choice(kinds), f"w{seed}x{number}", rng)
            case "push":
                with suppress(PatchflowError):
                    push(machine.here(), HOME)
            case "cut":
                with suppress(PatchflowError, Killed), monkeypatch.context() as cut:
                    cut.setattr("patchflow.flow.sync.run.push_state", _pushes_and_dies)
                    push(machine.here(), HOME)
            case _:
                with suppress(PatchflowError):
                    pull(machine.here(), HOME)
    for machine in (one, two, one, two):
        with suppress(PatchflowError):
            pull(machine.here(), HOME)
        push(machine.here(), HOME)
    assert pull(one.here(), HOME).changed == 0 or pull(one.here(), HOME).changed == 0
    states = [{n: c for n, c in snapshot(m.here(), {}).items() if not n.endswith("/branch")} for m in (one, two)]
    assert states[0] == states[1]
    for machine in (one, two):
        text = _seen(machine)
        lost = [word for word in alive if word.encode() not in text]
        assert lost == [], (seed, alive)


def test_reviews_mail_and_a_send_that_was_cut_off_stay_here(machines: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = machines
    for name in ("reviews/someone/draft.json", "mail/taken.mbox", "outbox/x-v1/plan.json", "seen"):
        (one / ".git/patchflow" / name).parent.mkdir(parents=True, exist_ok=True)
        (one / ".git/patchflow" / name).write_text("{}")
    p(one, "sync", "push", HOME)
    p(two, "sync", "pull", HOME)
    assert git(two, "rev-parse", "demo") == git(one, "rev-parse", "demo")
    for name in ("reviews", "mail", "outbox"):
        assert not [path for path in (two / ".git/patchflow" / name).glob("**/*") if path.is_file()], name


def test_what_was_taken_back_past_a_send_and_a_push_is_made_again(machines: tuple[Path, Path], smtp: Any) -> None:
    """`undo` passes over both; a push between undo and redo changes nothing either."""
    one, _ = machines
    p(one, "cover", "--set", "-", stdin="vsock: other words\n\nWhy.\n")
    p(one, "send", "--yes")
    p(one, "sync", "push", HOME)
    assert p(one, "undo", "--yes")["undone"] == "cover of demo"
    p(one, "sync", "push", HOME)
    assert p(one, "redo", "--yes")["redone"] == "cover of demo"
    assert p(one, "cover")["subject"] == "vsock: other words"
    p(one, "undo", "--yes")
    p(one, "cover", "--set", "-", stdin="vsock: yet others\n\nWhy.\n")
    assert p(one, "redo", "--yes", code=1) is None


@pytest.mark.long
def test_a_remote_is_called_otherwise_on_another_machine(machines: tuple[Path, Path]) -> None:
    """The base that each of them names stays its own."""
    one, two = machines
    for folder, name in ((one, "origin"), (two, "upstream")):
        git(folder, "update-ref", f"refs/remotes/{name}/trunk", git(one, "rev-parse", "base"))
    p(one, "adopt", "--base", "origin/trunk")
    p(one, "sync", "push", HOME)
    assert "origin/trunk, which names no commit here" in run_patchflow("-C", str(two), "sync", "pull", HOME).err
    refused = run_patchflow("-C", str(two), "status").err
    assert "`patchflow adopt demo --base upstream/trunk`" in refused, refused
    p(two, "adopt", "demo", "--base", "upstream/trunk")
    git(two, "switch", "-q", "demo")
    p(two, "cover", "--set", "-", stdin="vsock: words of two\n\nWhy.\n")
    p(two, "sync", "push", HOME)
    p(one, "sync", "pull", HOME)
    for folder, name in ((one, "origin/trunk"), (two, "upstream/trunk")):
        assert p(folder, "status")["series"][0]["base_ref"] == name
        assert p(folder, "sync", "push", HOME)["changed"] == 0
    assert p(one, "cover")["subject"] == "vsock: words of two"


def test_branches_in_two_work_trees_that_both_changed_elsewhere(machines: tuple[Path, Path], tmp_path: Path) -> None:
    """Neither work tree can be asked first; the way out that is told works."""
    one, two = machines
    beside = tmp_path / "be side"
    git(one, "worktree", "add", "-q", "-b", "other", str(beside), "base")
    commit(beside, "add three")
    p(beside, "adopt", "--base", "base")
    p(one, "sync", "push", HOME)
    p(two, "sync", "pull", HOME)
    for name in ("demo", "other"):
        git(two, "switch", "-q", name)
        commit(two, f"add four to {name}")
    p(two, "sync", "push", HOME)
    ran = run_patchflow("-C", str(one), "sync", "pull", HOME)
    way = ran.err.partition("Run `")[2].partition("`")[0]
    assert ran.code == 1 and way == f"git -C '{beside}' switch --detach", ran.err
    subprocess.run(way, shell=True, check=True, capture_output=True)
    p(one, "sync", "pull", HOME)
    git(beside, "switch", "-q", "other")
    for name, folder in (("demo", one), ("other", beside)):
        assert git(folder, "rev-parse", "HEAD") == git(two, "rev-parse", name)
        assert git(folder, "status", "--porcelain", "--untracked-files=no") == ""
