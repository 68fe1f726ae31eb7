"""Upgrades lose nothing: the state of 0.1.0 is read, each format has a number, and a newer one is refused untouched.

The clone of 0.1.0 is state_0_1_0.tar.xz; make_0_1_0.py says how that program made it.
"""

from __future__ import annotations

import os
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from patchflow.adapters.git.state_dir import SeriesDir, StateDir
from patchflow.adapters.git.state_format import FORMAT
from patchflow.adapters.mail.schema import VERSION
from patchflow.cli.main import COMMANDS
from patchflow.demo.server import header
from tests.conftest import ROOT, commit, git, run_patchflow

# What stands in .git/patchflow, by the names of its owner: what 0.1.0 wrote there, and what came later, which is not
# there in its clones. Each is of format 1.
OF_0_1_0 = {
    "comments", "drafts", "edit", "mail_sources", "outbox", "sent_replies", "undo", "cover", "checked",
}  # fmt: skip
LATER = {
    "lock", "step", "redo", "mail", "fetched", "mine", "other_machine", "reviews", "watched", "snoozed", "resolutions",
    "clone_mark", "patchwork", "review_draft", "trailers", "tried", "applied", "landed", "arrived", "seen", "merged",
    "sent_mail",
}  # fmt: skip
CHANGE_ID = "answered"


@pytest.fixture
def old(tmp_path: Path, sealed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The clone as 0.1.0 left it, with its cache and the user's mail file."""
    safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Python 3.11.2 has none
    with tarfile.open(Path(__file__).with_name("state_0_1_0.tar.xz")) as packed:
        packed.extractall(tmp_path, **safely)
    tree = tmp_path / "linux"
    (tree / ".git/patchflow/mail-sources").write_text(f"{tmp_path}/replies.mbox\n")  # the file has moved
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home/cache"))
    return tree


def p(tree: Path, *words: str, codes: tuple[int, ...] = (0,)) -> Any:
    ran = run_patchflow("-C", str(tree), "--json", *words)
    assert ran.code in codes, (words, ran.out, ran.err)
    assert "damaged" not in ran.err, ran.err
    return ran.json if ran.out.strip() else None


def test_each_file_is_of_a_release() -> None:
    named = {name for name in vars(StateDir(Path("x"))) if name != "folder"} | set(vars(SeriesDir(Path("x"))))
    assert named | {"edit", "patchwork", "review_draft"} == OF_0_1_0 | LATER, "say which release a new file came with"


def test_the_state_of_0_1_0_is_read(old: Path, tmp_path: Path) -> None:
    own = old / ".git/patchflow"
    before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    for name in ("comments.json", "mail-sources", "undo", "edit", "drafts/sent"):
        assert (own / name).exists(), "the fixture holds what 0.1.0 wrote"
    one, two = p(old, "status", "--all")["series"]
    assert (one["branch"], one["revision"], one["profile"]) == ("answered", 2, "vsock")
    (sent,) = one["sent"]
    assert sent["revision"] == 1 and len(sent["message_ids"]) == 3
    assert two["branch"] == "cut-off" and "--resume" in two["next_step"]
    comments = {one["text"]: one for one in p(old, "todo", "--all", codes=(0, 1))["comments"]}
    states = {text: (row["state"], row["reason"]) for text, row in comments.items()}
    assert states["Why an int?"] == ("answered", "")
    assert states["The name is too short."] == ("addressed", "renamed")
    assert states["Who needs two?"][0] == "open"
    (draft,) = p(old, "reply", "--list")
    assert draft["subject"] == "Re: [PATCH 2/2] vsock: add two" and Path(draft["draft"]).is_file()
    cover = p(old, "cover")
    assert cover["subject"] == "vsock: add one and two" and "Changes in v2:" in cover["body"]
    (thread,) = p(old, "thread")["threads"]
    ids = {row["id"] for row in thread["messages"]}
    assert ids == {*sent["message_ids"], *(f"{number}.review@example.net" for number in range(1, 5))}
    steps = p(old, "undo", "--list")["steps"]
    assert "respin answered to v2" in str(steps) and len(steps) == 9
    told = run_patchflow("-C", str(old), "cc").out
    assert "Cc  Cleo Colleague <cleo@example.com>" in told
    assert "--  virtualization@lists.example.org  (dropped" in told and "Cc  virtualization@" not in told
    after = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    assert {path for path in before if before[path] != after.get(path)} <= {own / "sending.lock"}


def test_a_send_that_0_1_0_left_cut_off_goes_on(old: Path, smtp: Any) -> None:
    """With the Message-IDs that 0.1.0 chose; what had left does not leave again."""
    git(old, "switch", "-q", "cut-off")
    (outbox,) = (old / ".git/patchflow/outbox").iterdir()
    first, *rest = [header(path.read_bytes(), "Message-ID").strip("<>") for path in sorted(outbox.glob("*.patch"))]
    p(old, "send", "--resume", "--yes")
    assert [header(one, "Message-ID").strip("<>") for one in smtp.messages()] == rest
    (sent,) = p(old, "status", "--all")["series"][1]["sent"]
    assert sent["message_ids"] == [first, *rest]


@pytest.mark.long
def test_the_work_of_0_1_0_goes_on(old: Path, smtp: Any) -> None:
    """Its last step is undone and done again; v2 leaves, as an answer to nothing of its own making."""
    (waiting,) = [one["id"] for one in p(old, "todo", codes=(1,))["comments"]]
    assert p(old, "todo", "--dismissed", f"{waiting}=no", codes=(0,))
    p(old, "undo", "--yes")
    p(old, "redo")
    (old / "net/vmw_vsock/af_vsock.c").open("a").close()
    commit(old, "add five")
    p(old, "send", "--yes", "--override=window-closed=a test", "--override=repost-24h=a test")
    assert len(smtp.messages()) == 4
    assert [one["revision"] for one in p(old, "status")["series"][0]["sent"]] == [1, 2]
    assert "Reviewed-by: Rita Reviewer" in git(old, "log", "-4", "--format=%B")


# Commands that need words to get as far as the state.
_WORDS = {
    "new": ["x"], "search": ["x"], "reply": ["--list"], "review": ["list"], "dig": ["HEAD"], "try": ["build"],
    "dep": ["list"], "hook": ["list"], "sync": ["push", "home"], "patch": ["drop", "1"],
    "completion": ["bash"], "backport": ["HEAD", "--to", "base"],
    "send": ["--yes"], "undo": ["--yes"], "cover": ["--set", "README"],
}  # fmt: skip


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "demo"])
def test_a_newer_format_is_refused_untouched(series: Path, smtp: Any, sealed: Path, command: str) -> None:
    own = series / ".git/patchflow"
    (own / "format").write_text(f"{FORMAT + 1}\n")
    before = _everything(series, sealed)
    ran = run_patchflow("-C", str(series), command, *_WORDS.get(command, []))
    assert ran.code == 1 and ran.out == "", (ran.out, ran.err)
    assert f"has the format '{FORMAT + 1}', which a newer patchflow wrote" in " ".join(ran.err.split())
    assert "Install that newer patchflow" in " ".join(ran.err.split())
    assert _everything(series, sealed) == before and smtp.messages() == []


def test_a_newer_format_of_the_users_own_state_is_refused(series: Path, sealed: Path) -> None:
    (sealed / "state/patchflow").mkdir(parents=True, exist_ok=True)
    (sealed / "state/patchflow/format").write_text(f"{FORMAT + 1}\n")
    ran = run_patchflow("-C", str(series), "trust")
    assert ran.code == 1 and "a newer patchflow wrote" in " ".join(ran.err.split())
    assert [path.name for path in (sealed / "state/patchflow").iterdir()] == ["format"]


def test_a_newer_state_on_a_remote_is_refused(series: Path, tmp_path: Path) -> None:
    """Neither pulled nor overwritten."""
    git(tmp_path, "init", "-q", "--bare", "home.git")
    git(series, "remote", "add", "home", str(tmp_path / "home.git"))
    p(series, "sync", "push", "home")
    ref = git(series, "ls-remote", "home", "refs/patchflow*").split()[1]
    git(series, "fetch", "-q", "home", f"{ref}:refs/heads/state")
    git(series, "worktree", "add", "-q", str(tmp_path / "state"), "state")
    assert (tmp_path / "state/format").read_text() == str(FORMAT)
    (tmp_path / "state/format").write_text(str(FORMAT + 1))
    git(tmp_path / "state", "commit", "-qam", "newer")
    git(tmp_path / "state", "push", "-q", "home", f"HEAD:{ref}")
    before = git(series, "for-each-ref"), git(tmp_path / "home.git", "for-each-ref")
    for words in (["pull"], ["push"]):
        ran = run_patchflow("-C", str(series), "sync", *words, "home")
        assert ran.code == 1 and "The state on home has the format" in " ".join(ran.err.split()), ran.err
    assert (git(series, "for-each-ref"), git(tmp_path / "home.git", "for-each-ref")) == before


@pytest.mark.parametrize("version", [1, VERSION + 1])
def test_the_index_of_mail(old: Path, version: int) -> None:
    """An older one is made anew from the mail files; a newer one is left alone, and the sentence says what to do."""
    (thread,) = p(old, "thread")["threads"]
    (path,) = Path(os.environ["XDG_CACHE_HOME"]).rglob("mail.sqlite")
    with sqlite3.connect(path) as base:
        base.executescript("CREATE TABLE later (x); DROP TABLE messages;")
        base.execute(f"PRAGMA user_version = {version}")
    base.close()
    if version < VERSION:
        assert p(old, "thread")["threads"] == [thread]
        return
    before = path.read_bytes()
    for words in (["thread"], ["todo"], ["search", "int"], ["fetch", "--mbox", str(old.parent / "replies.mbox")]):
        ran = run_patchflow("-C", str(old), *words)
        assert ran.code == 4 and f"its version is {version}, and this patchflow knows {VERSION}" in " ".join(
            ran.err.split()), ran.err  # fmt: skip
    for words in (["status", "--all"], ["watch", "--once", "--offline"]):
        ran = run_patchflow("-C", str(old), "--json", *words)
        why = [one["why"] for one in ran.json["unreadable"]]
        assert ran.code == 4 and why and all(f"this patchflow knows {VERSION}" in one for one in why), ran.out + ran.err
    assert path.read_bytes() == before
    path.unlink()
    assert p(old, "thread")["threads"] == [thread]


def _spoilt(content: bytes) -> bytes:
    return content.replace(b"0.1.0", b"9.9.9") if b"0.1.0" in content else b"9" + content[1:]


@pytest.mark.long
def test_the_rest_of_the_cache_is_made_anew(old: Path) -> None:
    """Written by another patchflow, by 0.1.0's or a newer one: each command says what it says without a cache."""
    commands: list[tuple[list[str], tuple[int, ...]]] = [
        (["cc"], (0,)), (["check"], (0, 1)), (["todo", "--all"], (0, 1)), (["thread"], (0,)), (["status"], (0,)),
        (["window", "--offline"], (0, 1)), (["profile"], (0,)),
    ]  # fmt: skip

    def said() -> list[Any]:
        return [p(old, *words, codes=codes) for words, codes in commands]

    with_0_1_0 = said()
    cache = Path(os.environ["XDG_CACHE_HOME"])
    changes: list[Callable[[bytes], bytes]] = [_spoilt, lambda content: b""]
    for change in changes:
        for path in cache.rglob("*"):
            if path.is_file() and not path.name.startswith("mail.sqlite") and "shadow" not in path.parts:
                path.write_bytes(change(path.read_bytes()))
        assert said() == with_0_1_0


def _everything(tree: Path, home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for root in (tree, home) for path in root.rglob("*") if path.is_file()}


def test_what_is_documented() -> None:
    text = " ".join((ROOT / "docs/maintaining.md").read_text().split())
    assert f"`FORMAT` in `patchflow/adapters/git/state_format.py` is {FORMAT}" in text
