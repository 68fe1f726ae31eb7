"""A preview for colleagues: the mails of a series to them alone, and their answers as tasks of the series."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import commit, git, run_patchflow
from tests.e2e.test_one_writer import second_terminal
from tests.faulty import FaultyServer

CAROL = "Carol Colleague <carol@example.com>"
TO = ("--preview-to", CAROL, "--preview-to", "dan@example.com")


def p(folder: Path, *words: str, code: int = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


def read(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def answer(mail: EmailMessage, folder: Path) -> None:
    """Carol's remark on the line a patch adds, taken in."""
    quoted = "".join(f"> {line}\n" for line in mail.get_content().splitlines())
    at = quoted.index("> +int add_one;\n") + len("> +int add_one;\n")
    text = (
        f"From: {CAROL}\nTo: ada@example.org\nSubject: Re: {mail['Subject']}\nDate: Thu, 1 Jan 2026 10:00:00 +0000\n"
        f"Message-ID: <answer@example.com>\nIn-Reply-To: {mail['Message-ID']}\n\n"
        f"{quoted[:at]}\nPlease give this one a better name.\n\n{quoted[at:]}"
    )
    box = folder.parent / "carol.mbox"
    box.write_text(f"From x Thu Jan  1 00:00:00 2026\n{text}\n")
    p(folder, "fetch", "--mbox", str(box))


@pytest.fixture
def refusing(sealed: Path) -> Iterator[FaultyServer]:
    """A server that refuses the second message it gets."""
    server = FaultyServer("550 data", 2)
    with (sealed / "gitconfig").open("a") as file:
        file.write(f"[sendemail]\n\tsmtpServer = 127.0.0.1\n\tsmtpServerPort = {server.port}\n\tsmtpEncryption =\n")
    yield server
    server.stop()


def test_colleagues_alone_get_it_and_their_answers_are_tasks(series: Path, smtp: Any) -> None:
    before = git(series, "config", "--list", "--local")
    document = p(series, "send", *TO, "--yes")
    assert [row["to"] for row in document["messages"]] == [[CAROL, "dan@example.com"]] * 3
    mails = [read(raw) for raw in smtp.messages()]
    assert {str(one["X-Envelope-To"]) for one in mails} == {"carol@example.com, dan@example.com"}
    assert [str(one["Subject"]).partition("]")[0] for one in mails] == [
        f"[PATCH PREVIEW net-next {n}/2" for n in range(3)
    ]
    assert all(one["Cc"] is None and str(one["To"]) == f"{CAROL}, dan@example.com" for one in mails)
    assert {str(one["In-Reply-To"]) for one in mails[1:]} == {str(mails[0]["Message-ID"])}
    assert git(series, "config", "--list", "--local") == before
    status = p(series, "status")["series"][0]
    assert status["state"] in ("drafting", "ready") and status["revision"] == 1, "it was not posted"
    again = p(series, "undo", "--list")
    assert again["steps"][0] == "cover of demo", "no undo takes a preview back"

    answer(mails[1], series)
    [task] = p(series, "todo", code=1)["comments"]
    assert (task["from"], task["text"]) == (CAROL, "Please give this one a better name.") and task["later"] is None
    asked = {gate["id"]: gate["text"] for gate in p(series, "send", "--dry-run")["gates"]}
    assert asked["open-comments"] == "1 comment on the preview has no answer yet"

    # The posting has Message-IDs of its own, nobody of the preview is in it, and no archive is asked for a preview.
    p(series, "send", "--yes")
    posted = [read(raw) for raw in smtp.messages()[3:]]
    assert {str(one["Message-ID"]) for one in posted}.isdisjoint({str(one["Message-ID"]) for one in mails})
    assert not any("carol" in raw.decode() or "PREVIEW" in raw.decode() for raw in smtp.messages()[3:])
    assert [row["revision"] for row in p(series, "status")["series"][0]["sent"]] == [1]
    p(series, "respin")
    cover = p(series, "cover")["body"]
    assert "Carol" not in cover, "what a colleague said in private stands in no changelog"
    assert p(series, "todo", code=1)["comments"][0]["later"] is None
    page = run_patchflow("-C", str(series), "send", "--dry-run").out
    assert "carol" not in page.lower(), "nor is she put on Cc as a reviewer"


@pytest.mark.long
def test_what_left_does_not_leave_again_and_a_change_makes_another(series: Path, refusing: FaultyServer) -> None:
    """A server that refuses the second message: the same words go on with the rest; other patches begin anew."""
    ran = run_patchflow("-C", str(series), "send", *TO, "--yes")
    assert ran.code == 4 and "`patchflow send --preview-to carol@example.com --preview-to dan@example.com`" in ran.err
    assert len(refusing.kept) == 1 and git(series, "for-each-ref", "refs/patchflow") == ""
    p(series, "send", *TO, "--yes")
    assert len(refusing.kept) == 3
    refs = git(series, "for-each-ref", "--format=%(refname)", "refs/patchflow").splitlines()
    assert [ref.rpartition("/")[2] for ref in refs] == ["preview-v1.1"]
    commit(series, "add three")
    p(series, "send", *TO, "--yes")
    ids = [str(read(raw)["Message-ID"]) for raw in refusing.kept]
    assert len(ids) == len(set(ids)) == 7
    refs = git(series, "for-each-ref", "--format=%(refname)", "refs/patchflow").splitlines()
    assert [ref.rpartition("/")[2] for ref in refs] == ["preview-v1.1", "preview-v1.2"]
    row = json.loads(git(series, "show", f"{refs[1]}:revision.json"))
    assert [one["message_id"] for one in row["messages"]] == [one.strip("<>") for one in ids[3:]]


@pytest.mark.long
def test_no_list_gets_a_preview_and_no_gate_of_the_lists_holds_it_back(series: Path, smtp: Any) -> None:
    ran = run_patchflow("-C", str(series), "send", "--preview-to", "netdev@lists.example.org", "--yes")
    assert ran.code == 2 and "is a list" in ran.err
    assert run_patchflow("-C", str(series), "send", "--preview-to", "a@b\nBcc: c@d", "--yes").code == 2
    git(series, "commit", "-q", "--amend", "-m", "vsock: add two\n\nNobody signed it off.")
    assert p(series, "send", "--yes", code=1)
    assert smtp.messages() == []
    p(series, "send", *TO, "--yes")
    assert len(smtp.messages()) == 3
    (series / "net/vmw_vsock/af_vsock.c").write_text("int changed;\n")
    ran = run_patchflow("-C", str(series), "send", *TO, "--yes")
    assert ran.code == 1 and "What holds a preview back: dirty-tree." in ran.err


@pytest.mark.long
def test_a_preview_that_waited_for_its_key_does_not_leave_twice(series: Path, smtp: Any) -> None:
    """A second terminal sent just this meanwhile."""
    _, said = second_terminal(series, "send", "--preview-to", "carol@example.com")
    assert "nothing was sent" in said
    assert len(smtp.messages()) == 3
