"""A newcomer with an empty git config answers six questions and can send."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.conftest import ROOT, git, run_patchflow
from tests.mails import patch_mail


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
    answers = ["Zoë Example", "zoe@example.org", f"127.0.0.1:{server.port}", "", "vsock", "-", "yes", "yes"]
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
    answers = ["Zoë Example", "zoe@example.org", f"127.0.0.1:{server.port}", "", "net-next", "-", "yes", "no"]
    assert setup(newcomer, *answers).code == 0
    ran = setup(newcomer, "", "", "", "", "", "", "no")
    assert ran.code == 0, ran.err
    assert ran.json["written"] == []
    assert ran.json["mail"] == "not sent"
    assert server.messages() == []


def test_gmail_and_ports_say_how_it_is_encrypted(newcomer: Path, sealed: Path) -> None:
    ran = setup(newcomer, "Zoë Example", "zoe@example.org", "gmail", "-", "net", "-", "yes", "no")
    assert ran.code == 0, ran.err
    config = (sealed / "gitconfig").read_text()
    for line in ("smtpServer = smtp.gmail.com", "smtpServerPort = 587", "smtpEncryption = tls",
                 "smtpUser = zoe@example.org", "profile = net"):  # fmt: skip
        assert line in config
    assert "No credential helper is set" in ran.err
    assert "git clone https://git.kernel.org/pub/scm/linux/kernel/git/netdev/net.git" in ran.err
    ran = setup(newcomer, "", "", "ada.b@mail.example.com:465", "-", "", "", "yes", "no")
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
    stdin = "Zoë Example\nzoe@example.org\nmsmtp\n-\nnet\n-\nyes\nyes\n"
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
        (["zoe@example.org"], "is not a name"),
        (["Zoë", "nobody"], "is not a mail address"),
        (["Zoë", "zoe@example.org", "no such thing"], "is not a mail server"),
        (["Zoë", "zoe@example.org", "nosuchprogram"], "is not a mail server"),
        (["Zoë", "zoe@example.org", "smtp.example.org:99999"], "is not a port"),
        (["Zoë", "zoe@example.org", "gmail", "/nowhere"], "is not a kernel tree"),
        (["Zoë", "zoe@example.org", "gmail", "-", "nosuch"], "nosuch"),
        (["Zoë", "zoe@example.org", "gmail", "-", "net", "/nowhere"], "is not there"),
        (["Zoë", "zoe@example.org", "gmail", "-", "net", "lei:"], "names nothing for lei"),
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
    ran = setup(newcomer, "Zoë", "zoe@example.org", "gmail", "-", "net", "-", "no")
    assert ran.code == 1
    assert "Nothing was written." in ran.err
    assert (sealed / "gitconfig").read_text() == ""


def test_a_server_that_is_not_there_is_told(newcomer: Path) -> None:
    ran = setup(newcomer, "Zoë", "zoe@example.org", "127.0.0.1:9", "-", "net", "-", "yes", "yes")
    assert ran.code == 4
    assert "did not leave" in ran.err
    assert "docs/recipes.md" in ran.err


def test_a_value_that_wins_elsewhere_is_named(newcomer: Path) -> None:
    git(newcomer, "config", "--local", "user.email", "old@example.org")
    ran = setup(newcomer, "Zoë", "zoe@example.org", "gmail", "", "net", "-", "yes", "no")
    assert "user.email is 'old@example.org' in .git/config, which wins here" in ran.err


def test_on_a_terminal_a_slip_is_asked_again(newcomer: Path, sealed: Path) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "patchflow", "-C", str(newcomer), "setup"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, encoding="utf-8", timeout=20,
    )  # fmt: skip
    child.expect("1/6")
    child.sendline("zoe@example.org")
    child.expect("is not a name")
    child.expect("1/6")
    child.sendline("Zoe Example")
    for number, answer in ((2, "zoe@example.org"), (3, "smtp.example.org:25"), (4, "-"), (5, "net"), (6, "-")):
        child.expect(f"{number}/6")
        child.sendline(answer)
    child.expect("Write them")
    child.sendline("yes")
    child.expect("test message")
    child.sendline("no")
    if child.expect(["ok   identity", "Set that up"]):  # where systemd or cron runs
        child.sendline("no")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus in (0, 3)
    assert "name = Zoe Example" in (sealed / "gitconfig").read_text()


def test_yes_has_two_forms_and_other_words_are_asked_again(newcomer: Path, sealed: Path, server: Any) -> None:
    ran = setup(
        newcomer, "Ada Example", "ada@example.org", f"127.0.0.1:{server.port}", "-", "vsock", "-", "sure", "Y", "n"
    )
    assert ran.code in (0, 3), ran.err
    assert "'sure' is neither yes nor no" in ran.err
    assert git(newcomer, "config", "--global", "user.name") == "Ada Example"


def test_answers_are_not_lost(newcomer: Path, sealed: Path) -> None:
    ran = setup(newcomer, "Ada Example", "ada@example.org", "smtp.example.org:587")  # and the input ends
    assert ran.code == 2
    ran = setup(newcomer, "", "", "", "-", "vsock", "-", "no")
    assert "[ada@example.org]" in ran.err and "[smtp.example.org:587]" in ran.err
    assert ran.code == 1 and (sealed / "gitconfig").read_text() == ""
    ran = setup(newcomer, "", "", "", "", "", "", "y", "n")
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


def test_a_source_of_mail_is_named(newcomer: Path, tmp_path: Path) -> None:
    box = tmp_path / "list.mbox"
    box.write_bytes(b"From x\n" + patch_mail())
    ran = setup(newcomer, "Zoë", "zoe@example.org", "gmail", "", "net", str(box), "yes", "no")
    assert f"git -C {newcomer} config --local patchflow.mail.mail {box}" in ran.json["written"]
    assert "1 new" in run_patchflow("-C", str(newcomer), "fetch").out
    git(newcomer, "config", "--global", "patchflow.mail.own", f"sent:{tmp_path}")
    ran = setup(newcomer, "", "", "", "", "", "", "no")
    assert f"read from (none: a - ) [{box}]" in ran.err and ran.json["written"] == []


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.mark.long
@pytest.mark.parametrize("how", ["systemd", "cron", "a crontab that cannot be read"])
def test_the_timer_of_watch_is_offered(how: str, newcomer: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "systemctl", f'echo "$@" >> {tmp_path}/asked' if how == "systemd" else "exit 1")
    kept = tmp_path / "crontab"
    kept.write_text("0 1 * * * backup\n")
    read = "echo denied >&2; exit 1" if "cannot" in how else f"cat {kept}"
    program(
        tmp_path / "bin", "crontab", f'[ "$1" = -l ] && {{ {read}; exit; }}; cat > {kept}.new; mv {kept}.new {kept}'
    )
    units = tmp_path / "xdg/systemd/user"
    env = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    stdin = "Zoë\nzoe@example.org\ngmail\n\nnet\n-\nyes\nno\nyes\n"
    ran = run_patchflow("-C", str(newcomer), "--json", "setup", stdin=stdin, env=env)
    assert ran.json["timer"] == (how if how in ("systemd", "cron") else "not set"), ran.err
    lines = kept.read_text().splitlines()
    if how == "cron":
        assert lines[0] == "0 1 * * * backup" and f"-C {newcomer} watch --once" in lines[1]
    else:
        assert lines == ["0 1 * * * backup"]
        assert ("denied" in ran.err) == ("cannot" in how)
    if how == "systemd":
        (service,) = units.glob("*.service")
        assert f"-C {newcomer} watch --once" in service.read_text()
        assert f"--user enable --now {service.stem}.timer" in (tmp_path / "asked").read_text()
    assert ("Set that up?" in ran.err) == (how in ("systemd", "cron"))
    again = run_patchflow("-C", str(newcomer), "--json", "setup", stdin="\n\n\n\n\n\nno\n", env=env)
    assert again.json["timer"] == ran.json["timer"] and "Set that up?" not in again.err
    assert kept.read_text().splitlines() == lines, "once"
