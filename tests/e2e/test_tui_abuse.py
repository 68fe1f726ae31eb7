"""The terminal UI under hostile mail, random keys, pulled windows and a killed terminal: nothing is lost or sent."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from tempfile import gettempdir

import pytest

from patchflow.demo.server import LoopbackServer
from patchflow.domain.series import Revision, SentMessage
from patchflow.flow.clone import Clone
from patchflow.formats.safe import safe
from patchflow.tui.actions import ACTIONS
from tests.sampled import times
from tests.tui.clone import git, make_clone, make_series, seal
from tests.tui.terminal import KEYS, Terminal

SEED = int(os.environ.get("PATCHFLOW_RANDOM_SEED") or 20260309)
KEYS_IN_ALL = int(os.environ.get("PATCHFLOW_RANDOM_KEYS") or times(150, 1000))
HOSTILE = (
    b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"
    b"From: =?utf-8?q?Mallory=1B=5D0=3Bowned=07=E2=80=AE?= <mallory@example.net>\n"
    b"Subject: Re: [PATCH net-next 0/3] \x1b]52;c;b3duZWQ=\x07 =?utf-8?b?G1szMW1yZWQ=?=\n"
    b"Date: Mon, 9 Mar 2026 12:00:00 +0000\nMessage-ID: <evil-1@example.net>\nIn-Reply-To: <%s>\nReferences: <%s>\n"
    b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    b"> Tested\n\nPlease rename \x1b[2J\x1b[31m this \xe2\x80\xae backwards [bold]markup[/bold] [/] \x9b31m\n\n"
)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, str]]:
    """A clone with two series, one of them sent once."""
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    make_series(folder, "other", 2)
    return folder, env


def sent_with_hostile_answer(folder: Path, tmp_path: Path) -> None:
    """The series counts as sent, and a hostile mail answers its cover."""
    here = Clone(str(folder))
    series = here.store.load("other")
    root = "20260302-other-v1-0@example.org"
    messages = (SentMessage(0, root, "[PATCH net-next 0/2] other"),)
    from datetime import UTC, datetime

    revision = Revision(1, datetime(2026, 3, 2, tzinfo=UTC), series.base, series.tip, "PATCH net-next", messages)
    cover = f"From: ada@example.org\nSubject: [PATCH net-next 0/2] other\nMessage-ID: <{root}>\n\nTested\n"
    here.store.record(series, revision, {"0000.patch": cover.encode()})
    mbox = tmp_path / "evil.mbox"
    mbox.write_bytes(HOSTILE % (root.encode(), root.encode()))
    from patchflow.flow.review.mail import take_in

    take_in(here, str(mbox))


def test_hostile_mail_shows_no_escape_sequence(made: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, env = made
    sent_with_hostile_answer(folder, tmp_path)
    terminal = Terminal(folder, env)
    terminal.see("other")
    terminal.press("g", "j")
    terminal.press("enter")
    terminal.see("alpha: change number 1")
    terminal.press("5")
    terminal.see("Mallory")
    terminal.press("j")
    terminal.see("Please rename")
    terminal.press("6")
    terminal.see(r"\[ \]")
    assert "[bold]markup[/bold]" in terminal.text() or "this" in terminal.text()
    for word in (b"\x1b]52;", b"\x1b]0;owned", b"\x1b[2J\x1b[31m this", "\u202e".encode(), b"\x9b31m"):
        assert word not in terminal.raw, word
    assert all(safe(line) == line for line in terminal.screen.display)
    terminal.press("q", "q")
    assert terminal.end() == 0


def everything(folder: Path) -> dict[str, str]:
    """All that may not be lost: branches' trees at every commit ever made reachable, and the files."""
    return {
        "branches": git(folder, "for-each-ref", "--format=%(refname)", "refs/heads"),
        "files": git(folder, "status", "--porcelain", "-uno"),
    }


@pytest.mark.long
def test_random_keys_in_any_size(made: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """Seeded keys of the whole table with resizes between; those that confirm a send come, but never after the page was
    looked at. What they changed undo takes back, all of it."""
    folder, env = made
    server = LoopbackServer(tmp_path / "delivered")
    git(folder, "config", "sendemail.smtpServerPort", str(server.port))
    sent_with_hostile_answer(folder, tmp_path)
    chance = random.Random(SEED)
    # All but those that run a shell, build and boot.
    letters = {key for one in ACTIONS for key in one.keys if len(key) == 1} - set("!BOQT")
    alphabet = [*sorted(letters), *KEYS, " ", "\x04", "\x15", "\x10", "\x06"]
    (folder / "alpha/a.c").write_text((folder / "alpha/a.c").read_text() + "int one;\nint two;\n")
    before, begun = standing(folder), max(one.path.name for one in Clone(str(folder)).store.ledger.steps())
    terminal = Terminal(folder, env)
    terminal.see("peek")
    try:
        for count in range(KEYS_IN_ALL):
            if count % (KEYS_IN_ALL // 5) == 0:
                terminal.resize(*chance.choice([(80, 24), (20, 5), (200, 50), (132, 30), (40, 10)]))
            terminal.press(chance.choice(alphabet))
            if not terminal.child.isalive():
                terminal = Terminal(folder, env)
                terminal.wait(1.5)
        terminal.resize(80, 24)
        for _ in range(8):
            terminal.press("escape")
            terminal.wait(0.3)
        assert "bug in patchflow" not in terminal.text()
        assert not list(Path(gettempdir()).glob("patchflow-report-*-tui")), "a bug was reported"
        assert server.messages() == []
        ledger = Clone(str(folder)).store.ledger
        while (step := ledger.newest()) and step.path.name > begun:
            ledger.undo(past_sends=True)
        assert standing(folder) == before
        git(folder, "fsck", "--no-dangling", "--connectivity-only")
    finally:
        terminal.child.close(force=True)
        server.stop()


def standing(folder: Path) -> str:
    """Every branch, what is staged, and the files."""
    shown = (("for-each-ref", "refs/heads"), ("status", "--porcelain=v2"), ("diff", "HEAD"))
    return "".join(git(folder, *words) for words in shown)


@pytest.mark.long
def test_a_killed_terminal_loses_nothing(made: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, env = made
    sent_with_hostile_answer(folder, tmp_path)
    terminal = Terminal(folder, env)
    terminal.see("other")
    terminal.press("g", "j", "enter")
    terminal.see("alpha: change number 1")
    terminal.press("6")
    terminal.see(r"\[ \]")
    terminal.press("g", "j", "j", "r")
    terminal.see("i write")
    terminal.press("i")
    terminal.wait(0.5)
    terminal.press(*"half a thought")
    terminal.wait(1.5)
    pid = terminal.pid
    os.kill(pid, signal.SIGHUP)
    for _ in range(50):
        terminal.read(0.1)
        if not terminal.child.isalive():
            break
    else:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)
    again = Terminal(folder, env)
    again.see("other")
    again.press("D")
    again.see("Re: ")
    again.press("enter")
    again.see("i write")
    again.press("G")
    again.wait(0.5)
    drafts = [path.read_text() for path in (folder / ".git" / "patchflow" / "drafts").glob("*.draft")]
    assert any("half a thought" in text for text in drafts)
    again.press("q", "q", "q")
    assert again.end() == 0
