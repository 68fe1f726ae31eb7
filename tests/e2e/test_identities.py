"""Who sends: the identity of a series by the user's own rule, the first line of the page, and the gate."""

from __future__ import annotations

import email
from pathlib import Path
from typing import Any

from tests.conftest import git, run_patchflow


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
