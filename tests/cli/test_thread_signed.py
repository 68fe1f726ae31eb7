"""What signatures of mail are worth stands beside the sender's name: in `thread`, and in the UI's conversation."""

from __future__ import annotations

import base64
import email
import json
from pathlib import Path
from typing import Any

import pytest

from patchflow.cli.main import main
from patchflow.tui.app import PatchflowApp
from tests.cli.test_review_proofs import Dns, dns_server, signed  # noqa: F401 - a fixture
from tests.conftest import git, run_patchflow
from tests.tui.test_app import settled

patatt = pytest.importorskip("patatt", reason="patatt is not installed: `scripts/setup --test` brings it")
signing = pytest.importorskip("nacl.signing", reason="PyNaCl is not installed: `scripts/setup --test` brings it")

ROW = "From x@y Thu Jan  1 00:00:00 2026\n"
ANSWER = """From: {who}
To: Ada Example <ada@example.org>
Subject: Re: [PATCH net-next 1/2] vsock: add one
Date: Sat, 28 Nov 2026 20:00:0{n} +0000
Message-ID: <r{n}@example.net>
In-Reply-To: {parent}

> +int add_one;

Why {n}?
"""


def p(folder: Path, *words: str, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == 0, ran.out + ran.err
    return ran.json


@pytest.fixture
def rita(series: Path, tmp_path: Path) -> Any:
    """Signs a mail as rita@example.net, whose key the user has."""
    key = signing.SigningKey.generate()
    keyring = tmp_path / "keys/ed25519/example.net/rita/default"
    keyring.parent.mkdir(parents=True)
    keyring.write_text(base64.b64encode(bytes(key.verify_key)).decode() + "\n")
    git(series, "config", "patatt.keyringsrc", str(tmp_path / "keys"))

    def sign(mail: str) -> str:
        message = patatt.PatattMessage(mail.encode())
        message.sign("ed25519", base64.b64encode(bytes(key)), "rita@example.net", None)
        return str(message.as_string())

    return sign


@pytest.fixture
def answered(rita: Any, series: Path, smtp: Any) -> tuple[Path, list[str]]:
    """A series with four answers: of Rita's, of one that was changed on its way, in another name, and unsigned."""
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    parent = email.message_from_bytes(smtp.messages()[1])["Message-ID"]
    who = [
        "Rita <rita@example.net>",
        "Rita <rita@example.net>",
        "Mallory <mallory@example.net>",
        "Bob <bob@example.net>",
    ]
    mails = [ANSWER.format(who=one, n=n, parent=parent) for n, one in enumerate(who, 1)]
    mails = [*map(rita, mails[:3]), mails[3]]
    mails[1] = mails[1].replace("Why 2?", "Fine, apply it.")
    return series, mails


BESIDE = ["Rita [patatt good]", "Rita [patatt bad]", "Mallory [patatt good of rita@example.net]", "Bob"]


def test_thread_says_it(answered: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, mails = answered
    box = tmp_path / "answers.mbox"
    box.write_text("".join(f"{ROW}{mail}\n" for mail in mails))
    p(folder, "fetch", "--mbox", str(box))
    for words in (["r1@example.net"], ["v1"], [], ["--mbox", str(box)], ["r1@example.net"]):
        lines = run_patchflow("-C", str(folder), "thread", *words).out.split("\n")
        assert [one for one in BESIDE if any(f"] {one}" in line for line in lines)] == BESIDE, (words, lines)
    rows = {one["id"]: one["attested"] for one in p(folder, "thread", "r1@example.net")["threads"][0]["messages"]}
    assert rows["r3@example.net"] == [
        {"kind": "patatt", "identity": "rita@example.net", "result": "good", "foreign": True}
    ] and rows["r4@example.net"] == []  # fmt: skip
    git(folder, "config", "patatt.keyringsrc", str(tmp_path / "none"))
    assert "Rita [patatt no key]" in run_patchflow("-C", str(folder), "thread", "r1@example.net").out, "nothing is kept"


def test_of_two_mails_with_one_id_each_is_judged_by_its_own_bytes(
    answered: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, mails = answered
    twin = mails[0].replace("Why 1?", "Acked-by: Rita <rita@example.net>")
    for number, mail in enumerate((twin, mails[0])):
        box = tmp_path / f"{number}.mbox"
        box.write_text(f"{ROW}{mail}\n")
        p(folder, "fetch", "--mbox", str(box))
    rows = p(folder, "thread", "r1@example.net")["threads"][0]["messages"]
    told = {bool(one["trailers"]): one["attested"][0]["result"] for one in rows if one["attested"]}
    assert told == {False: "good", True: "bad"}


def test_dkim_is_judged_where_it_is_asked_for(
    answered: tuple[Path, list[str]], dns_server: Dns, tmp_path: Path,  # noqa: F811 - the fixture
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    folder, mails = answered
    box = tmp_path / "answers.mbox"
    box.write_text(f"{ROW}{signed(mails[3], dns_server, 'example.net', True)}\n")
    p(folder, "fetch", "--mbox", str(box))
    for words, told in (((), []), (("--dkim",), ["good"]), ((), [])):
        assert main(["-C", str(folder), "--json", "thread", "r4@example.net", *words]) == 0
        rows = json.loads(capsys.readouterr().out)["threads"][0]["messages"]
        assert [one["result"] for row in rows for one in row["attested"]] == told, "on word only"
    assert dns_server.asked == ["s1._domainkey.example.net."]


@pytest.mark.long
async def test_the_conversation_says_it(answered: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, mails = answered
    box = tmp_path / "answers.mbox"
    box.write_text("".join(f"{ROW}{mail}\n" for mail in mails))
    p(folder, "fetch", "--mbox", str(box))
    app = PatchflowApp(str(folder), poll=False)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("5")
        await settled(pilot)
        lines = app.screen.tab.list  # type: ignore[attr-defined]
        assert [one for one in BESIDE if any(f" {one}" in row.text for row in lines.rows)] == BESIDE
        lines.move_to_ref("r2@example.net")
        await settled(pilot)
        assert "From: Rita <rita@example.net> [patatt bad]" in app.screen.tab.detail.text()  # type: ignore[attr-defined]
