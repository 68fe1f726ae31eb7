"""A branch that the real b4 prepared is adopted with nothing lost, and handed back."""

from __future__ import annotations

import email
import json
import mailbox
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import commit, git, run_patchflow
from tests.sampled import few


def b4(folder: Path, *words: str, stdin: str = "", **env: str) -> str:
    """Runs the real b4, as its command does."""
    code = "import sys; from b4.command import cmd; sys.argv[0] = 'b4'; sys.exit(cmd())"
    done = subprocess.run(
        [sys.executable, "-c", code, "-n", *words], cwd=folder, input=stdin, capture_output=True, text=True,
        env={**os.environ, **env}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def prepared(small: Path) -> Path:
    git(small, "config", "b4.prep-cover-strategy", "commit")
    b4(small, "prep", "-n", "vsock-topic", "-f", "base")
    commit(small, "add one")
    commit(small, "add two")
    return small


def p(folder: Path, *words: str, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == 0, ran.out + ran.err
    return ran.json


def test_a_branch_of_b4s_is_adopted(prepared: Path) -> None:
    tip = git(prepared, "rev-parse", "HEAD")
    document = p(prepared, "adopt")
    assert git(prepared, "rev-parse", "HEAD") == tip, "adopting changes nothing of the branch"
    assert document["name"] == "vsock-topic"
    assert [patch["subject"] for patch in document["patches"]] == ["vsock: add one", "vsock: add two"]
    assert document["base"] == git(prepared, "rev-parse", "base")
    message = git(prepared, "log", "-1", "--format=%B", "HEAD~2")
    assert document["change_id"] in message


def test_b4_reads_what_patchflow_wrote(prepared: Path, smtp: Any) -> None:
    p(prepared, "adopt")
    p(prepared, "cover", "--set", "-", stdin="vsock: a topic\n\nIt is needed.\n")
    shown = b4(prepared, "prep", "--show-info")
    assert "vsock: a topic" in shown or "cover-subject" in shown
    p(prepared, "send", "--yes")
    tags = git(prepared, "tag", "-l", "sent/*")
    assert tags.endswith("-v1")
    assert "base-commit: " in git(prepared, "tag", "-l", "-n99", tags)
    info = b4(prepared, "prep", "--show-info")
    assert "revision: 2" in info
    assert len(smtp.messages()) == 3


def test_a_new_series_for_both(small: Path) -> None:
    document = p(small, "new", "both", "--b4", "--base", "base")
    assert document["branch"] == "b4/both"
    commit(small, "add one")
    info = b4(small, "prep", "--show-info")
    assert document["change_id"] in info
    assert "revision: 1" in info


# Both ways, with each way b4 has of keeping a cover letter.


@pytest.fixture(params=few(["commit", "branch-description"], 1))
def strategy(request: pytest.FixtureRequest, small: Path) -> str:
    git(small, "config", "b4.prep-cover-strategy", request.param)
    return str(request.param)


def amend(folder: Path) -> None:
    """The last patch is changed as a reviewer asked."""
    source = folder / "net/vmw_vsock/af_vsock.c"
    source.write_text(source.read_text().replace("int add_two;", "int add_two = 2;"))
    git(folder, "commit", "-q", "--amend", "-a", "--no-edit")


def tracking(folder: Path, branch: str) -> Any:
    """b4's own record of the branch, wherever it keeps it."""
    text = git(folder, "config", f"branch.{branch}.b4-tracking") if branch_has(folder, branch) else ""
    text = text or git(folder, "log", "--format=%B", "base..HEAD").partition("--- b4-submit-tracking ---")[2]
    return json.JSONDecoder().raw_decode(text[text.index("{") :])[0]["series"]


def branch_has(folder: Path, branch: str) -> bool:
    found = subprocess.run(["git", "-C", str(folder), "config", f"branch.{branch}.b4-tracking"], capture_output=True)
    return found.returncode == 0


def b4_cover(folder: Path, text: str) -> None:
    """Edits the cover letter with b4's own command."""
    (folder.parent / "cover.txt").write_text(text)
    editor = f"cp {folder.parent / 'cover.txt'}"
    b4(folder, "prep", "--edit-cover", GIT_EDITOR=editor, EDITOR=editor)  # b4 0.14 knows EDITOR only


def shown_revision(folder: Path) -> int:
    return int(re.search(r"(?m)^revision: (\d+)$", b4(folder, "prep", "--show-info"))[1])  # type: ignore[index]


def b4_sends(folder: Path) -> None:
    b4(folder, "send", "--no-sign", stdin="\n\n\n", B4_NOTHING="")


@pytest.mark.long
def test_patchflow_begins_and_b4_goes_on(small: Path, smtp: Any, tmp_path: Path) -> None:
    p(small, "new", "both", "--b4", "--base", "base")
    commit(small, "add one")
    commit(small, "add two")
    p(small, "cover", "--set", "-", stdin="vsock: a topic\n\nIt is needed.\n")
    p(small, "send", "--yes")
    assert p(small, "status")["series"][0]["state"] == "sent"
    amend(small)
    p(small, "respin")
    cover = p(small, "cover")
    assert "Changes in v2:" in cover["body"]
    p(small, "cover", "--set", "-", stdin=f"{cover['subject']}\n\n{cover['body']}".replace("EDITME: what", "b is 2,"))
    ran = run_patchflow("-C", str(small), "send", "--yes", "--override", "repost-24h=a test")
    assert ran.code == 0, ran.out + ran.err
    sent = [email.message_from_bytes(raw) for raw in smtp.messages()]
    assert len(sent) == 6

    info = b4(small, "prep", "--show-info")
    assert "revision: 3" in info and "cover-subject: vsock: a topic" in info
    history = tracking(small, "b4/both")["history"]
    assert history == {"v1": [sent[0]["Message-Id"].strip("<>")], "v2": [sent[3]["Message-Id"].strip("<>")]}
    for number in (1, 2):
        assert re.search(rf"series-v{number}: [0-9a-f]{{12}}\.\.[0-9a-f]{{12}} ", info)

    b4(small, "send", "--resend", "v2", "--no-sign", "-o", str(tmp_path / "again"), "--to", "list@example.org")
    again = [email.message_from_bytes(path.read_bytes()) for path in sorted((tmp_path / "again").iterdir())]
    assert [re.sub(r"^\[.*?(v2 \d/2)\] ", r"\1 ", mail["Subject"]) for mail in again] == [
        "v2 0/2 vsock: a topic", "v2 1/2 vsock: add one", "v2 2/2 vsock: add two",
    ]  # fmt: skip
    assert all("RESEND" in mail["Subject"] for mail in again) and "net-next" in again[0]["Subject"]
    body = again[0].get_payload()
    assert "It is needed." in body and "b is 2, changed" in body and "af_vsock.c" in body

    b4_cover(small, "vsock: a better topic\n\nIt is needed more.\n\n---\nChanges in v3:\n- by b4\n")
    assert p(small, "cover")["subject"] == "vsock: a better topic"
    commit(small, "add three")
    b4(small, "send", "--no-sign", "-o", str(tmp_path / "next"), "--to", "list@example.org")
    following = [email.message_from_bytes(path.read_bytes()) for path in sorted((tmp_path / "next").iterdir())]
    assert following[0]["Subject"] == "[PATCH net-next v3 0/3] vsock: a better topic"
    b4(small, "prep", "--compare-to", "v2")


@pytest.mark.long
def test_b4_begins_and_patchflow_goes_on(small: Path, strategy: str, smtp: Any) -> None:
    git(small, "config", "b4.send-series-to", "list@example.org")
    git(small, "config", "b4.prep-pre-flight-checks", "disable-all")
    if strategy == "branch-description":
        git(small, "checkout", "-q", "-b", "base-branch", "base")
        b4(small, "prep", "-n", "topic", "-f", "base-branch")
    else:
        b4(small, "prep", "-n", "topic", "-f", "base")
    commit(small, "add one")
    commit(small, "add two")
    people = "To: Tom Example <tom@example.org>\nCc: Cora <cora@example.org>\n"
    b4_cover(small, f"vsock: a topic\n\n# a comment of b4's\nIt is needed.\n\n{people}")
    b4_sends(small)
    by_b4 = [email.message_from_bytes(raw) for raw in smtp.messages()]
    assert by_b4[0]["Subject"] == "[PATCH 0/2] vsock: a topic"
    assert shown_revision(small) == 2

    words = ["--base", "base"] if strategy == "commit" else ["--base", "base-branch"]
    document = p(small, "adopt", *words)
    (sent,) = document["sent"]
    assert sent["revision"] == 1
    assert sent["message_ids"] == [mail["Message-Id"].strip("<>") for mail in by_b4]
    assert [patch["subject"] for patch in document["patches"]] == ["vsock: add one", "vsock: add two"]
    assert p(small, "status")["series"][0]["state"] == "sent"

    reply = (
        f"From: Rita <rita@example.net>\nTo: ada@example.org\nSubject: Re: {by_b4[1]['Subject']}\n"
        f"Message-ID: <r1@example.net>\nIn-Reply-To: {by_b4[1]['Message-Id']}\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n"
        "\n> something\n\nReviewed-by: Rita <rita@example.net>\n"
    )
    box = mailbox.mbox(small.parent / "list.mbox")
    for message in (*by_b4, email.message_from_string(reply)):
        box.add(message)
    box.close()
    p(small, "fetch", "--mbox", str(small.parent / "list.mbox"))
    amend(small)
    p(small, "respin")
    assert "Reviewed-by: Rita" in git(small, "log", "-1", "--format=%B", "HEAD~1")
    cover = p(small, "cover")
    assert cover["body"].count("Changes in v2:") == 1, "b4's template gave way to the changelog"
    assert "Collected tags from Rita" in cover["body"]
    assert "To: Tom Example" in cover["body"], "what b4 keeps there stays"
    assert "# a comment of b4's" in cover["body"]
    ran = run_patchflow("-C", str(small), "send", "--yes", "--override", "repost-24h=a test")
    assert ran.code == 0, ran.out + ran.err
    by_us = [email.message_from_bytes(raw) for raw in smtp.messages()][len(by_b4) :]
    assert by_us[0]["Subject"] == "[PATCH net-next v2 0/2] vsock: a topic"
    body = by_us[0].get_payload()
    assert "a comment of b4's" not in body and "tom@example.org" not in body
    assert "Tom Example <tom@example.org>" in by_us[0]["To"] and "list@example.org" in by_us[0]["To"]
    assert "cora@example.org" in by_us[1]["Cc"]
    assert "Changes in v2:" in body

    history = tracking(small, "b4/topic")["history"]
    assert history == {"v1": [by_b4[0]["Message-Id"].strip("<>")], "v2": [by_us[0]["Message-Id"].strip("<>")]}
    info = b4(small, "prep", "--show-info")
    assert "revision: 3" in info and "series-v2: " in info and "series-v1: " in info
    b4(small, "send", "--no-sign", "-o", str(small.parent / "out"))
    third = sorted((small.parent / "out").iterdir())
    assert email.message_from_bytes(third[0].read_bytes())["Subject"] == "[PATCH v3 0/2] vsock: a topic"


@pytest.mark.long
def test_a_trees_b4_config_names_people_and_prefixes_but_no_commands(small: Path, tmp_path: Path) -> None:
    (small / ".b4-config").write_text(
        "[b4]\n  send-series-to = List <list@example.org>\n  send-series-cc = Cora <cora@example.org>, d@example.org\n"
        f"  send-prefixes = bpf-next\n  send-presubject = [mylist]\n  send-auto-to-cmd = touch {tmp_path}/ran\n"
        f"  prep-perpatch-check-cmd = touch {tmp_path}/ran\n"
    )
    git(small, "add", ".b4-config")
    git(small, "commit", "-q", "-m", "b4: settings")
    git(small, "tag", "-f", "base")
    for words, branch in ((["--b4"], "b4/one"), ([], "two")):
        p(small, "new", branch.removeprefix("b4/"), "--base", "base", *words)
        commit(small, "add one")
        people = {row["address"]: row for row in p(small, "cc")["patches"][0]["recipients"]}
        assert people["List <list@example.org>"]["header"] == "To"
        assert people["List <list@example.org>"]["because"] == ["send-series-to of .b4-config"]
        assert people["d@example.org"]["header"] == "Cc"
        assert "[mylist][PATCH bpf-next]" in run_patchflow("-C", str(small), "send", "--dry-run").out
    git(small, "checkout", "-q", "b4/one")  # b4 0.14 tells of the current branch only
    assert "bpf-next" in b4(small, "prep", "--show-info", "b4/one:prefixes")
    git(small, "checkout", "-q", "two")
    assert not (tmp_path / "ran").exists()
    git(small, "config", "b4.send-series-to", "mine@example.org")
    names = [row["address"] for row in p(small, "cc")["patches"][0]["recipients"]]
    assert "mine@example.org" in names and "List <list@example.org>" not in names, "git config comes before the tree"


@pytest.mark.parametrize("strategy", few(["commit", "branch-description", "tip-commit"], 1), indirect=True)
def test_a_branch_that_was_rebased_begins_where_b4_says(strategy: str, small: Path) -> None:
    """What came in below is no patch of the series, b4's record is read, and adopt asks for no base."""
    git(small, "checkout", "-q", "-b", "upstream", "base")
    git(small, "checkout", "-q", "-b", "topic")
    commit(small, "add one")
    commit(small, "add two")
    b4(small, "prep", "-e", "upstream")
    b4(small, "prep", "--set-prefixes", "RFC")
    assert len(p(small, "adopt")["patches"]) == 2
    git(small, "checkout", "-q", "upstream")
    now = commit(small, "add what others did", path="net/vmw_vsock/virtio_transport.c")
    git(small, "checkout", "-q", "topic")
    git(small, "rebase", "-q", "upstream")
    (standing,) = p(small, "status")["series"]
    assert [patch["subject"] for patch in standing["patches"]] == ["vsock: add one", "vsock: add two"]
    assert standing["base"] == now
    page = run_patchflow("-C", str(small), "send", "--dry-run").out
    assert "[RFC PATCH" in page and f"base     {now[:12]}" in page


@pytest.mark.long
def test_a_cover_commit_that_is_gone_is_told(prepared: Path) -> None:
    """The number of the next version stood in it."""
    p(prepared, "adopt")
    git(prepared, "rebase", "-q", "--onto", "base", "HEAD~2")
    ran = run_patchflow("-C", str(prepared), "send", "--yes")
    assert ran.code == 1 and "b4's cover commit of b4/vsock-topic is gone" in ran.err
    git(prepared, "config", "--unset", "branch.b4/vsock-topic.b4-prep-cover-strategy")
    assert len(p(prepared, "status")["series"][0]["patches"]) == 2


@pytest.mark.long
def test_a_cover_at_the_tip(small: Path, smtp: Any, tmp_path: Path) -> None:
    """b4's strategy tip-commit: its cover stands above the patches, whatever is rewritten."""
    git(small, "config", "b4.prep-cover-strategy", "tip-commit")
    git(small, "checkout", "-q", "-b", "base-branch", "base")
    git(small, "checkout", "-q", "-b", "topic")
    for name in ("one", "two"):
        commit(small, f"add {name}")
    b4(small, "prep", "-e", "base-branch")
    assert "b4-submit-tracking" in git(small, "log", "-1", "--format=%B")
    document = p(small, "adopt")
    assert [patch["subject"] for patch in document["patches"]] == ["vsock: add one", "vsock: add two"]
    cover = "vsock: a topic\n\nWhy.\n\nTo: Tom <tom@example.org>\n"
    assert run_patchflow("-C", str(small), "cover", "--set", "-", stdin=cover).code == 0
    assert "vsock: a topic" in git(small, "log", "-1", "--format=%s"), "the cover commit is still the tip"
    out = tmp_path / "b4"
    b4(small, "send", "--no-sign", "-o", str(out))
    theirs = [email.message_from_bytes(file.read_bytes())["To"] or "" for file in out.glob("*")]
    ran = run_patchflow("-C", str(small), "--json", "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert [row["subject"].partition("] ")[2] for row in ran.json["messages"]] == [
        "vsock: a topic", "vsock: add one", "vsock: add two",
    ]  # fmt: skip
    assert all("tom@example.org" in one for one in theirs)
    assert all(any("tom@example.org" in one for one in row["to"]) for row in ran.json["messages"])
    git(small, "commit", "-q", "--allow-empty", "-m", "vsock: above it")
    ran = run_patchflow("-C", str(small), "status")
    assert "above b4's cover commit" in ran.out + ran.err
    git(small, "reset", "-q", "--hard", "HEAD~1")
    assert run_patchflow("-C", str(small), "respin").code == 0
    assert "b4-submit-tracking" in git(small, "log", "-1", "--format=%B"), "on top after a rewrite too"
    assert git(small, "diff", "HEAD", "ORIG_HEAD").strip() == ""
