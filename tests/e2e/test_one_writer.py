"""One writer at a time, all or nothing: two at once, steps that fail halfway, kills, and a rebase that is going on."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, commit, git, run_patchflow
from tests.killing import rounds
from tests.killing_commands import COMMANDS, kills
from tests.sampled import times

ROUNDS = int(os.environ.get("PATCHFLOW_KILLS") or times(10, 40))


def p(folder: Path, *words: str, code: int = 0, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == code, (words, ran.code, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


def snapshot(folder: Path) -> dict[str, str]:
    """Refs, configuration, HEAD, the work tree, and every state file that is no lock."""
    state = folder / ".git/patchflow"
    files = {
        str(path.relative_to(state)): path.read_bytes().decode("latin-1")
        for path in state.rglob("*")
        if path.is_file() and path.suffix != ".lock" and path.parts[-2] not in ("redo", "edit")
    }
    folders = sorted(str(path.relative_to(state)) for path in state.rglob("*") if path.is_dir())
    return {
        **files, "refs": git(folder, "for-each-ref"), "config": git(folder, "config", "--local", "--list"),
        "HEAD": git(folder, "symbolic-ref", "HEAD"), "dirt": git(folder, "status", "--porcelain"),
        "folders": " ".join(one for one in folders if one not in ("redo", "sending", "edit")),
    }  # fmt: skip


def replies(series: Path, count: int) -> list[str]:
    """The ids of that many comments on what was sent."""
    (sent,) = p(series, "status")["series"][0]["sent"]
    parent = sent["message_ids"][1]
    box = series.parent / "replies.mbox"
    box.write_text("".join(
        f"From x Mon Nov 23 10:00:00 2026\nFrom: Rita <rita@example.net>\nTo: ada@example.org\n"
        f"Date: Mon, 23 Nov 2026 10:00:{n:02d} +0000\n"
        f"Subject: Re: [PATCH 1/2] vsock: add one\nMessage-ID: <k{n}@example.net>\nIn-Reply-To: <{parent}>\n\n"
        f"> +int add_one;\n\nWhy {n}?\n\n" for n in range(count)
    ))  # fmt: skip
    p(series, "fetch", "--mbox", str(box))
    return [one["id"] for one in p(series, "todo", code=1)["comments"]]


# Two at once


def at_once(folder: Path, *commands: list[str]) -> list[Any]:
    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(lambda words: run_patchflow("-C", str(folder), *words), commands))


@pytest.mark.long
def test_marks_made_at_once_are_all_kept(series: Path, smtp: Any) -> None:
    p(series, "send", "--yes")
    ids = replies(series, 6)
    at_once(series, *(["todo", "--addressed", f"{one}=done {one}"] for one in ids))
    assert p(series, "todo")["comments"] == []
    assert len(p(series, "undo", "--list")["steps"]) == 6 + 2


@contextmanager
def while_it_waits(folder: Path, lock: Path, *words: str, env: dict[str, str] | None = None) -> Iterator[None]:
    """A command that has come to a lock which is held here; during the block it waits, and then goes through."""
    argv = [sys.executable, "-m", "patchflow", "-C", str(folder), *words]
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        env = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        null, pipe, out = subprocess.DEVNULL, subprocess.PIPE, subprocess.STDOUT
        child = subprocess.Popen(argv, env=env, stdin=null, stdout=pipe, stderr=out)
        while str(lock) not in opened_by(child.pid):
            assert child.poll() is None, f"{words} went past {lock.name}"
            time.sleep(0.01)
        yield
    said, _ = child.communicate(timeout=60)
    assert child.returncode == 0, said


def opened_by(process: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{process}/fd").glob("*"):
        with suppress(OSError):
            found.add(str(link.readlink()))
    return found


@pytest.mark.long
def test_what_is_read_changed_and_written_keeps_what_another_wrote(series: Path, smtp: Any, sealed: Path) -> None:
    own = series / ".git/patchflow"
    p(series, "send", "--yes")
    (one,) = replies(series, 1)
    more = series.parent / "more.mbox"
    more.write_text((series.parent / "replies.mbox").read_text().replace("<k0@", "<more@"))
    sources = own / "mail-sources"
    with while_it_waits(series, own / "state.lock", "fetch", "--mbox", str(more)):
        sources.write_text(sources.read_text() + "/another.mbox\n")
    assert {str(more), "/another.mbox"} <= set(sources.read_text().split("\n"))

    with while_it_waits(series, own / "state.lock", "config", "patchflow.nudgedays", "20"):
        git(series, "config", "patchflow.base", "base")
    assert git(series, "config", "patchflow.nudgedays") == "20" and git(series, "config", "patchflow.base") == "base"

    hook = series / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    with while_it_waits(series, sealed / "state/patchflow/hooks.lock", "hook", "install", "commit-msg"):
        hook.write_text("#!/bin/sh\n# mine\n")
    assert "# mine" in hook.with_name("commit-msg.before-patchflow").read_text()

    run_patchflow("-C", str(series), "reply", one)
    (draft,) = (own / "drafts").glob("*.draft")
    editor = {"GIT_EDITOR": """sh -c 'printf "\\nThanks.\\n" >> "$1"' x"""}
    with while_it_waits(series, own / "drafts/drafts.lock", "reply", one, "--edit", env=editor):
        draft.write_text(draft.read_text() + "\nTyped in another terminal.\n")
    texts = [path.read_text() for path in (own / "drafts").glob(f"{draft.name}*")]
    assert [any(words in text for text in texts) for words in ("Thanks.", "Typed in another terminal.")] == [True, True]


@pytest.mark.long
def test_what_another_terminal_was_shown_of_applied_stays(series: Path, smtp: Any) -> None:
    p(series, "send", "--yes")
    sent = p(series, "status")["series"][0]
    git(series, "checkout", "-q", "-b", "upstream", "base")
    commit(series, "something else", "int other;\n", "net/vmw_vsock/other.c")
    git(series, "cherry-pick", "demo~1", "demo")
    git(series, "update-ref", "refs/remotes/net-next/main", "upstream")
    git(series, "checkout", "-q", "demo")
    own = series / ".git/patchflow"
    kept = own / "series" / sent["change_id"] / "applied"
    with while_it_waits(series, own / "state.lock", "status"):
        kept.write_text(json.dumps([sent["sent"][0]["message_ids"][0], "yes", "elsewhere/tree.git"]))
    assert json.loads(kept.read_text())[1:] == ["yes", "elsewhere/tree.git"]
    one = p(series, "status")["series"][0]
    assert one["state"] == "applied" and "elsewhere/tree.git" in json.dumps(one)


def test_undo_at_once_takes_back_one_step_each(series: Path) -> None:
    for name in ("a", "b", "c"):
        p(series, "cc", "--add", f"{name}@example.org")
    ran = at_once(series, ["undo"], ["undo"])
    assert [one.code for one in ran] == [0, 0], [one.err for one in ran]
    assert git(series, "config", "--get-all", "branch.demo.patchflow-cc-add") == "a@example.org"
    p(series, "redo")
    p(series, "undo", "--redo")
    assert git(series, "config", "--get-all", "branch.demo.patchflow-cc-add").split("\n")[-1] == "c@example.org"
    assert p(series, "redo", code=1) is None


@pytest.mark.long
def test_two_respin_at_once_open_one_revision(series: Path, smtp: Any) -> None:
    p(series, "send", "--yes")
    ran = at_once(series, ["respin"], ["respin"])
    assert sorted(one.code for one in ran) == [0, 1], [one.err for one in ran]
    assert p(series, "undo", "--list")["steps"][0] == "respin demo to v2"
    assert p(series, "undo", "--list")["steps"].count("respin demo to v2") == 1


def second_terminal(folder: Path, *words: str) -> tuple[str, str]:
    """The same command twice: one waits for its key while the other goes through; what each said."""
    import pexpect

    argv = ["-m", "patchflow", "-C", str(folder), *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    child = pexpect.spawn(sys.executable, argv, timeout=60, dimensions=(60, 200), env=env, encoding="utf-8")
    child.expect("Press 's'")
    first = run_patchflow("-C", str(folder), *words, "--yes")
    assert first.code == 0, first.err
    child.send("s")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    return first.err, str(child.before)


def test_a_series_that_waited_for_its_key_does_not_leave_twice(series: Path, smtp: Any) -> None:
    _, said = second_terminal(series, "send")
    assert "nothing was sent" in said
    assert len(smtp.messages()) == 3


@pytest.mark.long
def test_a_reply_that_waited_for_its_key_does_not_leave_twice(series: Path, smtp: Any) -> None:
    p(series, "send", "--yes")
    (one,) = replies(series, 1)
    editor = {"GIT_EDITOR": """sh -c 'printf "\\nThanks.\\n" >> "$1"' x"""}
    assert run_patchflow("-C", str(series), "reply", one, "--edit", env=editor).code == 0
    _, said = second_terminal(series, "reply", one, "--send")
    assert "Nothing was sent" in said
    assert len(smtp.messages()) == 3 + 1


@pytest.mark.long
def test_a_second_reply_to_one_mail_keeps_the_first(series: Path, smtp: Any) -> None:
    """Each stands in drafts/sent as it left, the same text too, and each is a mail of its own."""
    p(series, "send", "--yes")
    (one,) = replies(series, 1)
    editor = """sh -c 'printf "\\n%s\\n" "$TEXT" >> "$1"' x"""
    for text in ("Thanks.", "One more thing.", "One more thing."):
        assert (
            run_patchflow("-C", str(series), "reply", one, "--edit", env={"GIT_EDITOR": editor, "TEXT": text}).code == 0
        )
        assert run_patchflow("-C", str(series), "reply", one, "--send", "--yes").code == 0
    left = [path.read_text() for path in (series / ".git/patchflow/drafts/sent").glob("*.eml")]
    assert sorted(text.count("One more thing.") for text in left) == [0, 1, 1]
    assert len({line for text in left for line in text.split("\n") if line.startswith("Message-ID:")}) == 3
    assert len(smtp.messages()) == 3 + 3


@pytest.mark.parametrize(
    "change", [["cover", "--set", "-"], ["cc", "--add", "eve@example.org"], ["commit"], ["config"]]
)
def test_a_page_that_no_longer_holds_is_not_sent(series: Path, smtp: Any, change: list[str]) -> None:
    import pexpect

    argv = ["-m", "patchflow", "-C", str(series), "send"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    child = pexpect.spawn(sys.executable, argv, timeout=60, dimensions=(60, 200), env=env, encoding="utf-8")
    child.expect("Press 's'")
    if change == ["commit"]:
        commit(series, "add three")
    elif change == ["config"]:
        git(series, "config", "sendemail.bcc", "eve@example.org")
    else:
        p(series, *change, stdin="vsock: another\n\nAnother cover.\n")
    child.send("s")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1 and "nothing was sent" in str(child.before)
    assert smtp.messages() == []


# Halfway


LOCKS = ("index.lock", "config.lock", "refs/heads/demo.lock", "refs/heads/more.lock")


@pytest.mark.parametrize("words", [["new", "more", "--base", "base"], ["respin"], ["undo"], ["cc", "--add", "x@y.org"],
                                   ["undo", "--redo"], ["send", "--yes", "--override", "repost-24h=x"]])  # fmt: skip
@pytest.mark.long
def test_a_step_that_fails_leaves_nothing_behind(series: Path, smtp: Any, words: list[str]) -> None:
    """A lock that another git left: the command does all it says, or nothing; and the next undo takes back the same."""
    if words == ["respin"]:
        p(series, "send", "--yes")
    elif "send" not in words:
        p(series, "new", "gone", "--base", "base")
        if "--redo" in words:
            p(series, "undo")
    before, steps = snapshot(series), p(series, "undo", "--list")
    begun = shutil.copytree(series, series.with_name("begun"), symlinks=True)
    for lock in LOCKS:
        (series / ".git" / lock).touch()
        ran = run_patchflow("-C", str(series), *words)
        (series / ".git" / lock).unlink()
        if ran.code == 0:
            assert p(series, "undo", "--list") != steps, lock
        else:
            assert "bug" not in ran.err, lock
            assert snapshot(series) == before, (lock, ran.err)
            assert p(series, "undo", "--list") == steps, lock
            assert run_patchflow("-C", str(series), *words).code == 0, f"it works once {lock} is gone"
        shutil.rmtree(series)
        shutil.copytree(begun, series, symlinks=True)


def test_a_work_tree_that_is_in_the_way(series: Path) -> None:
    (series / "net/vmw_vsock/af_vsock.c").write_text("mine\n")
    before = snapshot(series)
    ran = run_patchflow("-C", str(series), "new", "more", "--base", "base")
    assert ran.code == 1 and "Nothing was changed" in ran.err
    assert snapshot(series) == before


def test_a_branch_in_another_work_tree_is_not_moved_from_here(series: Path, smtp: Any, tmp_path: Path) -> None:
    p(series, "cover", "--set", "-", stdin="vsock: add one\n\nA cover.\n")
    git(
        series,
        "commit",
        "-q",
        "--amend",
        "-m",
        "vsock: add two.\n\nA body.\n\nSigned-off-by: Ada Example <ada@example.org>",
    )
    p(series, "check", "--fix", "--yes")
    git(series, "switch", "-q", "--detach")
    git(series, "worktree", "add", "-q", str(tmp_path / "other"), "demo")
    before = snapshot_refs(series)
    ran = run_patchflow("-C", str(series), "undo")
    assert ran.code == 1 and f"checked out in {tmp_path / 'other'}" in ran.err
    assert snapshot_refs(series) == before
    assert run_patchflow("-C", str(tmp_path / "other"), "undo").code == 0


def snapshot_refs(folder: Path) -> str:
    return git(folder, "for-each-ref")


# Kills


def test_two_at_once_killed_at_random_are_some_serial_order(series: Path) -> None:
    """A sample; PATCHFLOW_KILLS=2000 asks for more, and benchmarks/results/one-writer.md tells what came of them."""
    counted = rounds(series, ROUNDS, seed=3)
    assert counted["ok"] and counted["killed"], counted


@pytest.mark.long
def test_commands_killed_at_random_leave_nothing_half(tmp_path: Path) -> None:
    """A sample of one kill a command; `python -m tests.killing_commands 500` makes as many as are asked for."""
    found = kills(tmp_path, int(os.environ.get("PATCHFLOW_KILLED_COMMANDS") or times(3, 10)), seed=2)
    assert set(found) == set(COMMANDS)


def test_a_step_that_was_cut_off_is_taken_back_by_the_next_command(series: Path) -> None:
    """What a kill between two parts leaves: the branch is made, its settings are not, and step.json stands."""
    p(series, "new", "more", "--base", "base", "--profile", "vsock")
    (record,) = (series / ".git/patchflow/undo").glob("*003-*")
    row = json.loads(record.read_bytes())
    git(series, "switch", "-q", "demo")
    git(series, "config", "--unset", "branch.more.patchflow-profile")
    record.unlink()
    (series / ".git/patchflow/step.json").write_text(json.dumps({**row, "does": "make", "name": record.name}))
    ran = run_patchflow("-C", str(series), "status")
    assert ran.code == 0 and "`new more` was cut off halfway; it was taken back whole" in ran.err
    assert "more" not in git(series, "branch") + git(series, "config", "--local", "--list")
    assert not (series / ".git/patchflow/step.json").exists()
    assert p(series, "undo", "--list")["steps"] == ["cover of demo", "new demo"]


# What git is in the middle of


def begin(folder: Path, what: str) -> None:
    """Leaves git in the middle of it, on the branch demo."""

    env = {**os.environ, "GIT_EDITOR": "true", "GIT_SEQUENCE_EDITOR": "sed -i s/pick/edit/"}

    def run(*words: str, stdin: str = "") -> None:
        argv = ["git", "-C", str(folder), *words]
        subprocess.run(argv, input=stdin, text=True, capture_output=True, check=False, env=env)

    git(folder, "branch", "rival", "base")
    git(folder, "switch", "-q", "rival")
    commit(folder, "rival")
    git(folder, "switch", "-q", "demo")
    if what == "am":
        run("am", stdin=git(folder, "format-patch", "--stdout", "base..rival") + "\n")
    else:
        run(*{"rebase": ("rebase", "-i", "base"), "cherry-pick": ("cherry-pick", "rival"), "merge": ("merge", "rival"),
              "revert": ("revert", "HEAD~1"), "bisect": ("bisect", "start", "HEAD", "base")}[what])  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("what", ["rebase", "am", "cherry-pick", "merge", "revert", "bisect"])
def test_nothing_moves_a_branch_while_git_is_in_the_middle(series: Path, smtp: Any, what: str) -> None:
    p(series, "send", "--yes")
    p(series, "respin")
    p(series, "new", "other", "--base", "base")
    p(series, "undo")
    begin(series, what)
    before = git(series, "for-each-ref"), git(series, "config", "--local", "--list")
    said = p(series, "status")
    assert what in said["underway"] and f"a {what} is going on" in said["series"][0]["next_step"], said
    commands = "new more --base base,respin,undo --yes,redo,check --fix --yes,trailers --apply --yes"
    for words in [*(one.split() for one in commands.split(",")), ["send", "--yes", "--override", "repost-24h=x"]]:
        ran = run_patchflow("-C", str(series), *words)
        assert (git(series, "for-each-ref"), git(series, "config", "--local", "--list")) == before, (words, ran.err)
    assert len(smtp.messages()) == 3


# Undo, and what was sent


def test_what_was_made_before_a_send_is_not_taken_back_silently(series: Path, smtp: Any) -> None:
    p(series, "cover", "--set", "-", stdin="vsock: sent\n\nThe cover that is sent.\n")
    p(series, "send", "--yes")
    ran = run_patchflow("-C", str(series), "undo")
    assert ran.code == 1 and "before the send of v1 of demo" in ran.err and "undo --yes" in ran.err
    assert p(series, "cover")["subject"] == "vsock: sent"
    assert [one["is_send"] for one in p(series, "undo", "--list")["details"]] == [True, False, False, False]
    assert p(series, "undo", "--yes")["undone"] == "cover of demo"
    assert p(series, "cover")["subject"] == "vsock: add one and two"
    assert git(series, "for-each-ref", "refs/patchflow") != "", "the record of what was sent stays"


def test_undo_on_a_terminal_shows_the_step_and_asks(series: Path) -> None:
    import pexpect

    for key, left in (("\r", "vsock: add one and two"), ("u", "EDITME")):
        argv = ["-m", "patchflow", "-C", str(series), "undo"]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
        child = pexpect.spawn(sys.executable, argv, timeout=60, dimensions=(60, 200), env=env, encoding="utf-8")
        child.expect("cover of demo .* ago|just now")
        child.expect("Press 'u'")
        child.send(key)
        child.expect(pexpect.EOF)
        assert left in p(series, "cover")["subject"]


def test_a_change_by_hand_is_not_undone_over(series: Path) -> None:
    (cover,) = (series / ".git/patchflow/series").glob("*/cover")
    cover.write_text("vsock: by hand\n\nWritten without patchflow.\n")
    assert "has changed since" in run_patchflow("-C", str(series), "undo").err
    assert p(series, "cover")["subject"] == "vsock: by hand"


@pytest.mark.long
def test_a_torn_file_of_marks_loses_at_most_the_last(series: Path, smtp: Any) -> None:
    p(series, "send", "--yes")
    ids = replies(series, 4)
    for one in ids:
        p(series, "todo", "--addressed", f"{one}=done {one}", code=1 if one != ids[-1] else 0)
    path = series / ".git/patchflow/comments.json"
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole[:cut])
        from patchflow.flow.review.states import read_marks

        kept = set(read_marks(whole[:cut].decode("utf-8", "replace"))[0])
        begun = [one for one in ids if f'"{one}"'.encode() in whole[:cut]]
        assert kept >= set(begun[:-1]), cut
    path.write_bytes(whole[:-30])
    assert [one["id"] for one in p(series, "todo", code=1)["comments"]] == [ids[-1]]


# What recording needs comes first


def test_a_name_with_angle_brackets_is_recorded(series: Path, smtp: Any) -> None:
    """Three mails left, then the record failed and "Nothing was sent" was said."""
    git(series, "config", "user.name", "Ada <Example")
    ran = run_patchflow("-C", str(series), "send", "--yes", "--override", "signedoff=x")
    sent, recorded = len(smtp.messages()), git(series, "for-each-ref", "refs/patchflow")
    assert (sent, bool(recorded), ran.code) in ((3, True, 0), (0, False, 1), (0, False, 4)), ran.err
