"""Who sends: the identity of a series by the user's own rule, the first line of the page, and the gate."""

from __future__ import annotations

import email
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import commit, git, run_patchflow


def p(folder: Path, *words: str, code: int = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


def gates(folder: Path, code: int) -> dict[str, dict[str, Any]]:
    rows = p(folder, "send", "--dry-run", code=code)["gates"]
    return {gate["id"]: gate for gate in rows if gate["id"] == "wrong-identity"}


def test_the_page_begins_with_who_sends_by_which_server(series: Path, smtp: Any) -> None:
    page = run_patchflow("-C", str(series), "send", "--dry-run").out.splitlines()
    assert page[0] == f"From Ada Example <ada@example.org> by 127.0.0.1:{smtp.port}: 1 To, 4 Cc"
    git(series, "config", "sendemail.smtpServer", "/opt/msmtp")
    assert " by /opt/msmtp: " in run_patchflow("-C", str(series), "send", "--dry-run").out.splitlines()[0]


def test_a_rule_of_the_users_own_stops_the_wrong_address(series: Path, smtp: Any, sealed: Path) -> None:
    """The profile's word is nearer than the one for everything; git's includeIf says it for a path of clones."""
    folder = sealed / "private"
    folder.write_text("[patchflow]\n\tidentity = Ada <ada@home.example>\n")
    with (sealed / "gitconfig").open("a") as file:
        file.write(f'[includeIf "gitdir:{series}/"]\n\tpath = {folder}\n')
    gate = gates(series, 1)["wrong-identity"]
    assert gate["blocks"] and "come from ada@example.org" in gate["text"] and "ada@home.example" in gate["text"]
    assert p(series, "send", "--yes", code=1) and smtp.messages() == []
    git(series, "config", "sendemail.from", "Ada Example <ADA@home.example>")
    said = gates(series, 0)
    assert said == {}, "the rule says it, so a sign-off with another address is no news"
    git(series, "config", "patchflow.vsock.identity", "ada@example.org")
    assert "patchflow.vsock.identity" in gates(series, 1)["wrong-identity"]["text"]
    p(series, "config", "patchflow.vsock.identity", "ada@home.example")
    p(series, "send", "--yes")
    assert email.message_from_bytes(smtp.messages()[0])["From"] == "Ada Example <ADA@home.example>"


@pytest.mark.long
def test_a_section_of_git_send_email(series: Path, smtp: Any, tmp_path: Path) -> None:
    """The mails leave by the section's own server, after a cut as well, whatever git's own identity is."""
    git(series, "config", "sendemail.identity", "company")
    git(series, "config", "sendemail.company.smtpServer", "127.0.0.1")
    git(series, "config", "sendemail.company.smtpServerPort", "1")
    git(series, "config", "sendemail.company.from", "Ada Example <ada@company.example>")
    assert p(series, "send", "--dry-run")["server"] == "127.0.0.1:1"
    assert not gates(series, 0)["wrong-identity"]["blocks"], "no rule: another address than the sign-off's asks"
    git(series, "config", "patchflow.identity", "kernel")
    assert "no section sendemail.kernel" in gates(series, 1)["wrong-identity"]["text"]
    git(series, "config", "sendemail.kernel.smtpServerPort", str(smtp.port))
    git(series, "config", "sendemail.kernel.from", "Ada Example <ada@example.org>")
    document = p(series, "send", "--yes")
    assert [row["state"] for row in document["messages"]] == ["sent"] * 3
    assert email.message_from_bytes(smtp.messages()[0])["From"] == "Ada Example <ada@example.org>"


QUESTION = """From x@y Thu Jan  1 00:00:00 2026
From: Rev <rev@example.net>
To: Ada Example <ada@example.org>
Subject: Re: [PATCH net-next 1/2] vsock: add one
Date: Sat, 28 Nov 2026 20:00:00 +0000
Message-ID: <q1@example.net>
In-Reply-To: {parent}

> +int add_one;

Why one?
"""


def reply(folder: Path, *words: str, code: int = 0) -> Any:
    editor = {"GIT_EDITOR": 'sh -c \'printf "\\nBecause.\\n" >> "$1"\' x'}
    ran = run_patchflow("-C", str(folder), "--json", "reply", "q1@example.net", *words, env=editor)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return [one for one in ran.json["findings"] if one["rule"] == "wrong-identity"]


@pytest.mark.long
def test_an_answer_is_held_back_by_the_same_rule(series: Path, smtp: Any) -> None:
    """That of the series the mail is about, whatever is checked out; and it leaves by that identity's server."""
    p(series, "send", "--yes")
    parent = email.message_from_bytes(smtp.messages()[1])["Message-ID"]
    ran = run_patchflow("-C", str(series), "fetch", "--mbox", "-", stdin=QUESTION.format(parent=parent))
    assert ran.code == 0, ran.err
    branch = git(series, "branch", "--show-current")
    git(series, "checkout", "-q", "--detach")
    git(series, "config", f"branch.{branch}.patchflow-identity", "ada@home.example")
    assert len(reply(series, "--edit", code=1)) == 1
    (said,) = reply(series, "--send", "--yes", code=1)
    assert "come from ada@example.org" in said["text"] and "ada@home.example" in said["text"]
    assert len(smtp.messages()) == 3
    git(series, "config", "sendemail.home.from", "Ada at Home <ada@home.example>")
    git(series, "config", f"branch.{branch}.patchflow-identity", "home")
    (said,) = reply(series, "--send", "--yes", code=1)
    assert "draft is from ada@example.org" in said["text"]
    (draft,) = (series / ".git/patchflow/drafts").glob("*.draft")
    draft.write_text(draft.read_text().replace("Ada Example <ada@example.org>", "Ada at Home <ada@home.example>", 1))
    git(series, "config", "sendemail.smtpServerPort", "1")
    git(series, "config", "sendemail.home.smtpServerPort", str(smtp.port))
    assert reply(series, "--send", "--yes") == []
    mail = email.message_from_bytes(smtp.messages()[3])
    assert mail["From"] == "Ada at Home <ada@home.example>" and "From:" not in str(mail.get_payload())
    box = smtp.folder.parent / "answers.mbox"
    box.write_bytes(b"From x@y Thu Jan  1 00:00:00 2026\n" + smtp.messages()[3])
    p(series, "fetch", "--mbox", str(box))
    assert p(series, "todo", "--all")["comments"][0]["state"] == "answered", "mail of a section's address is mine"


@pytest.mark.long
def test_a_review_is_held_back_by_the_rule_of_its_files(small: Path, smtp: Any, tmp_path: Path) -> None:
    mail = posted_patch(small, tmp_path)
    p(small, "review", str(mail))
    p(small, "review", "tag", "Acked-by", "1")
    git(small, "config", "patchflow.vsock.identity", "ada@home.example")
    assert "ada@home.example" in str(p(small, "review", "reply", code=1)["mails"][0]["findings"])
    p(small, "review", "send", "--yes", code=1)
    assert smtp.messages() == []
    p(small, "review", "send", "--yes", "--override", "wrong-identity=a test")
    assert len(smtp.messages()) == 1
    p(small, "review", "tag", "Reviewed-by", "1")
    git(small, "config", "sendemail.home.from", "Ada at Home <ada@home.example>")
    git(small, "config", "patchflow.vsock.identity", "home")
    p(small, "review", "send", "--yes")
    assert email.message_from_bytes(smtp.messages()[1])["From"] == "Ada at Home <ada@home.example>"


def posted_patch(small: Path, folder: Path) -> Path:
    """A patch of somebody else's as it came by mail."""
    commit(small, "add one")
    git(small, "format-patch", "-1", "--from=Uwe <uwe@example.net>", "-o", str(folder), "--to=netdev@vger.kernel.org",
        "--add-header=Message-ID: <v1-1@uwe>", "--subject-prefix=PATCH net-next")  # fmt: skip
    git(small, "reset", "-q", "--hard", "base")
    return next(folder.glob("*.patch"))
