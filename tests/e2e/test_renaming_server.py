"""A server that gives each mail another Message-ID, as Outlook's do: what is sent through it stays a thread, and is
known by the names that the list knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from patchflow.demo.server import LoopbackServer, header
from patchflow.flow.clone import Clone
from patchflow.formats.identity import renames_mails
from tests.cli.test_series import p
from tests.conftest import git, run_patchflow
from tests.e2e.test_resend import NOW
from tests.mails import mail, mbox
from tests.signed import make_key


class Renaming:
    """The answers of such a server; `says` holds what it says of each mail, "" where it names no Message-ID."""

    def __init__(self, smtp: LoopbackServer, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.smtp, self.says, self.taken = smtp, dict[int, str](), 0
        monkeypatch.setattr(smtp, "handle_DATA", self.handle)
        git(folder, "config", "sendemail.outlookIdFix", "true")

    async def handle(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken += 1
        said = self.says.pop(self.taken, None)
        if said is not None and not said.startswith("250"):
            return said
        if said == "250 unheard":
            server.transport.abort()
        name = f"OUT{self.taken}@eur.example"
        self.smtp.count += 1
        content = re.sub(rb"(?im)^Message-ID: <[^>]+>", f"Message-ID: <{name}>".encode(), envelope.content)
        (self.smtp.folder / f"{self.smtp.count:04d}.eml").write_bytes(content)
        return said or f"250 2.0.0 OK <{name}> [Hostname=AM0PR01.eur.example]"

    def thread(self) -> list[tuple[str, str]]:
        """Message-ID and In-Reply-To of each mail that was taken."""
        return [(header(one, "Message-ID"), header(one, "In-Reply-To")) for one in self.smtp.messages()]


@pytest.fixture
def renaming(series: Path, smtp: Any, monkeypatch: pytest.MonkeyPatch) -> Renaming:
    return Renaming(smtp, monkeypatch, series)


THREAD = [("<OUT1@eur.example>", ""), ("<OUT2@eur.example>", "<OUT1@eur.example>"),
          ("<OUT3@eur.example>", "<OUT1@eur.example>")]  # fmt: skip


def test_a_series_stays_a_thread_and_is_known_by_its_new_names(
    series: Path, renaming: Renaming, tmp_path: Path
) -> None:
    shown = run_patchflow("-C", str(series), "send", "--dry-run").out
    assert "which gives each mail another Message-ID" in shown
    sent = p(series, "send", "--yes")
    assert renaming.thread() == THREAD
    ids = [id.strip("<>") for id, _ in THREAD]
    assert [row["message_id"] for row in sent["messages"]] == ids and sent["link"].endswith(ids[0])
    assert p(series, "status")["series"][0]["sent"][0]["message_ids"] == ids
    asked = mail("> +int two;\n\nWhy an int?\n", subject="Re: [PATCH net-next 2/2] vsock: add two", id="q@in.example",
                 sender="Rik <rik@example.net>", to=f"<{ids[2]}>")  # fmt: skip
    (tmp_path / "in.mbox").write_bytes(mbox(asked))
    p(series, "fetch", "--mbox", str(tmp_path / "in.mbox"))
    (comment,) = p(series, "todo", code=1)["comments"]
    assert comment["patch"] == ids[2]
    (tmp_path / "arrived.mbox").write_bytes(mbox(*renaming.smtp.messages()))
    p(series, "fetch", "--mbox", str(tmp_path / "arrived.mbox"))
    assert [row["state"] for row in p(series, "verify")["messages"]] == ["arrived"] * 3
    # An answer is known as ours by the name that it got.
    run_patchflow("-C", str(series), "reply", comment["id"])
    (draft,) = (series / ".git/patchflow/drafts").glob("*.draft")
    draft.write_text(draft.read_text() + "Because it is one.\n")
    p(series, "reply", comment["id"], "--send", "--yes")
    back = mail("> Why an int?\n\nBecause it is one.\n", subject="Re: [PATCH net-next 2/2] vsock: add two",
                sender="Ada Example <ada@example.org>", to="<q@in.example>", id="OUT4@eur.example")  # fmt: skip
    (tmp_path / "in.mbox").write_bytes(mbox(asked, back))
    p(series, "fetch", "--mbox", str(tmp_path / "in.mbox"))
    (comment,) = p(series, "todo", "--all")["comments"]
    assert (comment["state"], comment["claimed"]) == ("answered", "")


@pytest.mark.long
def test_a_send_that_was_cut_off_goes_on_with_the_new_names(series: Path, renaming: Renaming) -> None:
    renaming.says[2] = "451 try again later"
    assert p(series, "send", "--yes", code=4)["messages"][0]["state"] == "sent"
    p(series, "send", "--resume")
    got = renaming.thread()
    assert [above for _, above in got] == ["", "<OUT1@eur.example>", "<OUT1@eur.example>"]
    assert p(series, "status")["series"][0]["sent"][0]["message_ids"] == [id.strip("<>") for id, _ in got]


@pytest.mark.long
@pytest.mark.parametrize("said", ["250 queued", f"250 OK <{'a' * 400}@x>", "250 OK <a b@x>"])
def test_nothing_answers_a_mail_whose_name_nobody_knows(said: str, series: Path, renaming: Renaming) -> None:
    renaming.says[1] = said
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code != 0 and "did not say which Message-ID" in ran.err
    assert len(renaming.thread()) == 1
    (journal,) = (series / ".git/patchflow/outbox").rglob("journal")
    assert "Net::" not in journal.read_text() + ran.out + ran.err, "what was said to the server may hold a password"
    p(series, "send", "--resume")
    assert len(renaming.thread()) == 3, "the user looked, and went on"


@pytest.mark.long
def test_one_that_arrived_is_called_what_the_user_saw(series: Path, renaming: Renaming) -> None:
    git(series, "config", "patchflow.sendtimeout", "2")
    renaming.says[1] = "250 unheard"
    ran = run_patchflow("-C", str(series), "--json", "send", "--yes")
    first = ran.json["messages"][0]
    assert first["state"] == "unknown"
    planned = first["message_id"]
    assert f"--arrived {planned}=MESSAGE-ID-IT-GOT" in ran.err
    assert "Say which it bears" in run_patchflow("-C", str(series), "send", "--resume", "--arrived", planned).err
    bad = f"{planned}=OUT1@x\nBcc: evil@example.org"
    assert "is not a Message-ID" in run_patchflow("-C", str(series), "send", "--resume", "--arrived", bad).err
    p(series, "send", "--resume", "--arrived", f"<{planned}>=<OUT1@eur.example>")
    assert [above for _, above in renaming.thread()] == ["", "<OUT1@eur.example>", "<OUT1@eur.example>"]


@pytest.mark.long
def test_what_was_sent_aside_is_not_sent_twice(series: Path, renaming: Renaming) -> None:
    p(series, "send", "--preview-to", "bob@example.net", "--yes")
    assert (
        "just this preview" in run_patchflow("-C", str(series), "send", "--preview-to", "bob@example.net", "--yes").err
    )
    assert len(renaming.thread()) == 3
    p(series, "send", "--yes")
    part = ("send", "--resend", "--patch", "2", "--yes", *NOW)
    p(series, *part)
    assert len(renaming.thread()) == 7
    assert header(renaming.smtp.messages()[6], "In-Reply-To") == "<OUT4@eur.example>"


def test_signed_mails_are_held_back(series: Path, renaming: Renaming) -> None:
    pytest.importorskip("patatt", reason="patatt is not installed: `scripts/setup --test` brings it")
    make_key(series)
    held = run_patchflow("-C", str(series), "send", "--sign", "yes", "--yes")
    assert held.code != 0 and "no signature would hold" in held.out + held.err
    assert renaming.thread() == []


@pytest.mark.parametrize("section", ["", "work"])
def test_mails_that_would_only_be_kept_are_not_counted_as_sent(series: Path, smtp: Any, section: str) -> None:
    """git 2.52 on: sendemail.useImapOnly puts mails into a folder, and git send-email says OK of each."""
    if section:
        git(series, "config", "sendemail.identity", section)
    key = f"sendemail.{section}.useImapOnly" if section else "sendemail.useImapOnly"
    git(series, "config", key, "true")
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code != 0 and "and send none" in ran.out + ran.err
    assert smtp.messages() == []
    git(series, "config", key, "false")
    Clone(str(series)).send_email().need()


@pytest.mark.parametrize(("settings", "renames"), [
    ({"smtpserver": "smtp.office365.com"}, True), ({"smtpserver": "SMTP-mail.outlook.com"}, True),
    ({"smtpserver": "smtp.gmail.com"}, False), ({}, False),
    ({"smtpserver": "smtp.office365.com", "outlookidfix": "false"}, False),
    ({"smtpserver": "smtp.office365.com", "sendmailcmd": "msmtp"}, False),
    ({"smtpserver": "/usr/bin/msmtp", "outlookidfix": "true"}, False),
    ({"smtpserver": "smtp.gmail.com", "work.smtpserver": "smtp.office365.com"}, True),
])  # fmt: skip
def test_which_servers_rename(settings: dict[str, str], renames: bool) -> None:
    section = "work" if "work.smtpserver" in settings else ""
    assert renames_mails(lambda key: settings.get(key.removeprefix("sendemail.")), section) is renames
