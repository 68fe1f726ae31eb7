"""A newcomer with an empty git config answers five questions and can send."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.conftest import ROOT, git, run_patchflow


@pytest.fixture
def newcomer(small: Path, sealed: Path) -> Path:
    """The small tree with the script doctor asks for, and a home whose git config is empty."""
    (small / "scripts/get_maintainer.pl").write_text("#!/usr/bin/perl\n")
    (sealed / "gitconfig").write_text("")
    return small


@pytest.fixture
def server(tmp_path: Path) -> Any:
    from patchflow.demo.server import LoopbackServer

    found = LoopbackServer(tmp_path / "delivered")
    yield found
    found.stop()


def setup(folder: Path, *answers: str) -> Any:
    return run_patchflow("-C", str(folder), "--json", "setup", stdin="".join(f"{answer}\n" for answer in answers))


def test_five_answers_make_a_sender(newcomer: Path, sealed: Path, server: Any) -> None:
    answers = ["Zoë Example", "zoe@example.org", f"127.0.0.1:{server.port}", "", "vsock", "yes", "yes"]
    ran = setup(newcomer, *answers)
    assert ran.code == 0, ran.err
    document = ran.json
    assert document["mail"] == "sent"
    assert all(check["ok"] for check in document["checks"] if check["name"] in ("identity", "mail server"))
    assert document["written"] == [
        "git config --global user.name 'Zoë Example'",
        "git config --global user.email zoe@example.org",
        "git config --global sendemail.smtpServer 127.0.0.1",
        f"git config --global sendemail.smtpServerPort {server.port}",
        f"git -C {newcomer} config --local patchflow.profile vsock",
    ]
    for line in document["written"]:
        assert line in ran.err, "each line is shown"
    assert ran.err.index(document["written"][-1]) < ran.err.index("Write them?"), "before it is written"
    assert git(newcomer, "config", "user.name") == "Zoë Example"
    assert git(newcomer, "config", "--local", "patchflow.profile") == "vsock"
    (message,) = server.messages()
    assert b"X-Envelope-To: zoe@example.org\n" in message
    assert b"patchflow setup: mail can leave this machine" in message


def test_again_it_writes_nothing(newcomer: Path, server: Any) -> None:
    answers = ["Zoë Example", "zoe@example.org", f"127.0.0.1:{server.port}", "", "net-next", "yes", "no"]
    assert setup(newcomer, *answers).code == 0
    ran = setup(newcomer, "", "", "", "", "", "no")
    assert ran.code == 0, ran.err
    assert ran.json["written"] == []
    assert ran.json["mail"] == "not sent"
    assert server.messages() == []


def test_gmail_and_ports_say_how_it_is_encrypted(newcomer: Path, sealed: Path) -> None:
    ran = setup(newcomer, "Zoë Example", "zoe@example.org", "gmail", "-", "net", "yes", "no")
    assert ran.code == 0, ran.err
    config = (sealed / "gitconfig").read_text()
    for line in ("smtpServer = smtp.gmail.com", "smtpServerPort = 587", "smtpEncryption = tls",
                 "smtpUser = zoe@example.org", "profile = net"):  # fmt: skip
        assert line in config
    assert "No credential helper is set" in ran.err
    assert "git clone https://git.kernel.org/pub/scm/linux/kernel/git/netdev/net.git" in ran.err
    ran = setup(newcomer, "", "", "ada.b@mail.example.com:465", "-", "", "yes", "no")
    assert ran.code == 0, ran.err
    config = (sealed / "gitconfig").read_text()
    assert "smtpEncryption = ssl" in config
    assert "smtpUser = ada.b\n" in config


def test_a_program_takes_the_place_of_a_server(newcomer: Path, sealed: Path, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "msmtp"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\ncat > {tmp_path}/mail\n')
    program.chmod(0o755)
    (sealed / "gitconfig").write_text("[sendemail]\n\tsmtpServer = old.example.org\n\tsmtpUser = me\n")
    env = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    stdin = "Zoë Example\nzoe@example.org\nmsmtp\n-\nnet\nyes\nyes\n"
    ran = run_patchflow("-C", str(newcomer), "--json", "setup", stdin=stdin, env=env)
    assert ran.code == 0, ran.err
    config = (sealed / "gitconfig").read_text()
    assert f"sendmailCmd = {program}" in config
    assert "smtpServer" not in config and "smtpUser" not in config
    assert "zoe@example.org" in (tmp_path / "words").read_text()
    assert "You sent this to yourself" in (tmp_path / "mail").read_text()


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (["zoe@example.org"], "is no name"),
        (["Zoë", "nobody"], "is no mail address"),
        (["Zoë", "zoe@example.org", "no such thing"], "is no mail server"),
        (["Zoë", "zoe@example.org", "nosuchprogram"], "is no mail server"),
        (["Zoë", "zoe@example.org", "smtp.example.org:99999"], "is no port"),
        (["Zoë", "zoe@example.org", "gmail", "/nowhere"], "is no kernel tree"),
        (["Zoë", "zoe@example.org", "gmail", "-", "nosuch"], "nosuch"),
        (["Zoë", "zoe@example.org"], "answers ended"),
        (["Zo\x1b[31më"], "needs an answer"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    newcomer: Path, sealed: Path, answers: list[str], why: str
) -> None:
    ran = setup(newcomer, *answers)
    assert ran.code == 2
    assert why in ran.err
    assert (sealed / "gitconfig").read_text() == ""


def test_a_no_writes_nothing(newcomer: Path, sealed: Path) -> None:
    ran = setup(newcomer, "Zoë", "zoe@example.org", "gmail", "-", "net", "no")
    assert ran.code == 1
    assert "Nothing was written." in ran.err
    assert (sealed / "gitconfig").read_text() == ""


def test_a_server_that_is_not_there_is_told(newcomer: Path) -> None:
    ran = setup(newcomer, "Zoë", "zoe@example.org", "127.0.0.1:9", "-", "net", "yes", "yes")
    assert ran.code == 4
    assert "did not leave" in ran.err
    assert "docs/recipes.md" in ran.err


def test_a_value_that_wins_elsewhere_is_named(newcomer: Path) -> None:
    git(newcomer, "config", "--local", "user.email", "old@example.org")
    ran = setup(newcomer, "Zoë", "zoe@example.org", "gmail", "", "net", "yes", "no")
    assert "user.email is 'old@example.org' in .git/config, which wins here" in ran.err


def test_on_a_terminal_a_slip_is_asked_again(newcomer: Path, sealed: Path) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "patchflow", "-C", str(newcomer), "setup"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, encoding="utf-8", timeout=20,
    )  # fmt: skip
    child.expect("1/5")
    child.sendline("zoe@example.org")
    child.expect("is no name")
    child.expect("1/5")
    child.sendline("Zoe Example")
    for number, answer in ((2, "zoe@example.org"), (3, "smtp.example.org:25"), (4, "-"), (5, "net")):
        child.expect(f"{number}/5")
        child.sendline(answer)
    child.expect("Write them")
    child.sendline("yes")
    child.expect("test message")
    child.sendline("no")
    child.expect("ok   identity")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus in (0, 3)
    assert "name = Zoe Example" in (sealed / "gitconfig").read_text()


def test_yes_has_two_forms_and_other_words_are_asked_again(newcomer: Path, sealed: Path, server: Any) -> None:
    ran = setup(newcomer, "Ada Example", "ada@example.org", f"127.0.0.1:{server.port}", "-", "vsock", "sure", "Y", "n")
    assert ran.code in (0, 3), ran.err
    assert "'sure' is neither yes nor no" in ran.err
    assert git(newcomer, "config", "--global", "user.name") == "Ada Example"


def test_answers_are_not_lost(newcomer: Path, sealed: Path) -> None:
    ran = setup(newcomer, "Ada Example", "ada@example.org", "smtp.example.org:587")  # and the input ends
    assert ran.code == 2
    ran = setup(newcomer, "", "", "", "-", "vsock", "no")
    assert "[ada@example.org]" in ran.err and "[smtp.example.org:587]" in ran.err
    assert ran.code == 1 and (sealed / "gitconfig").read_text() == ""
    ran = setup(newcomer, "", "", "", "", "", "y", "n")
    assert git(newcomer, "config", "--global", "sendemail.smtpServer") == "smtp.example.org"
    assert not list((sealed / "state").rglob("setup-answers.json")), "what git config says is kept once"


def test_long_lines_break_between_words(newcomer: Path, sealed: Path) -> None:
    (sealed / "gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    child = pexpect.spawn(
        sys.executable, ["-m", "patchflow", "-C", str(newcomer), "send"], encoding="utf-8", timeout=20,
        dimensions=(24, 40), env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    child.expect(pexpect.EOF)
    lines = str(child.before).replace("\r", "").split("\n")
    assert len([line for line in lines if line]) > 1 and all(len(line) <= 40 for line in lines), lines
