"""`watch`: what is new of what was sent and of what waits, each thing told once; the exit code tells what waits."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.cli.main import main
from patchflow.flow.watch.events import is_due, next_ping
from patchflow.flow.watch.rounds import look
from tests.adapters.test_inbox import Inbox, needs_inbox
from tests.conftest import ROOT, git, run_patchflow
from tests.mails import PATCH_BODY, mail, mbox
from tests.sampled import times

ADA, RIK = "Ada Example <ada@example.org>", "Rik Reviewer <rik@example.net>"


@pytest.fixture
def sent(series: Path, smtp: Any) -> Path:
    """A series that was sent."""
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    return series


def roots(folder: Path) -> list[str]:
    """The Message-IDs of what was sent last."""
    (one,) = run_patchflow("-C", str(folder), "--json", "status").json["series"]
    found: list[str] = one["sent"][-1]["message_ids"]
    return found


def come(folder: Path, *mails: bytes) -> None:
    """More mail comes."""
    path = folder.parent / "list.mbox"
    with path.open("ab") as file:
        file.write(mbox(*mails))
    assert run_patchflow("-C", str(folder), "fetch", "--mbox", str(path)).code == 0


def said(text: str, to: str, id: str, sender: str = RIK, minutes: int = 1) -> bytes:
    date = (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return mail(text, sender=sender, subject="Re: [PATCH net-next 2/2] vsock: add two", id=id, to=f"<{to}>", date=date)


def watch(folder: Path, *words: str) -> tuple[int, list[str]]:
    """The exit code, and the lines that are told."""
    ran = run_patchflow("-C", str(folder), "watch", "--once", "--offline", *words)
    return ran.code, ran.out.split("\n")[:-1]


def test_more_words_below_an_open_comment_are_told(sent: Path) -> None:
    """Whoever says them, and though a mail names none but the one it answers; thanks are no more words."""
    last = roots(sent)[-1]
    come(sent, said("> +int add_two;\nWhy?\n", last, "c1@rik"))
    assert watch(sent) == (1, ["demo: 1 new comment"])
    marta = "Marta Maintainer <marta@example.net>"
    come(sent, said("> Why?\nThis wants an answer before I take it.\n", "c1@rik", "c2@marta", marta, minutes=5))
    assert watch(sent) == (1, ["demo: 1 comment goes on"])
    assert watch(sent) == (1, ["Nothing new; 1 thing waits for you."])
    log = run_patchflow("-C", str(sent), "watch", "--log").out
    assert "Marta Maintainer: This wants an answer before I take it." in log
    (one,) = run_patchflow("-C", str(sent), "--json", "status").json["series"]
    heard = datetime.fromisoformat(one["last_activity"]) - datetime.now(UTC)
    assert timedelta(minutes=3) < heard < timedelta(minutes=6)
    come(sent, said("> This wants an answer before I take it.\nThanks!\n", "c2@marta", "c3@rik", minutes=7))
    assert watch(sent)[1] == ["Nothing new; 1 thing waits for you."]


def test_each_thing_is_told_once(sent: Path) -> None:
    assert watch(sent) == (0, ["Nothing new."])
    last = roots(sent)[-1]
    come(sent, said("> +int add_two;\nWhy?\n", last, "c1@rik"))
    assert watch(sent) == (1, ["demo: 1 new comment"])
    assert watch(sent) == (1, ["Nothing new; 1 thing waits for you."])
    (comment,) = run_patchflow("-C", str(sent), "--json", "todo").json["comments"]
    run_patchflow("-C", str(sent), "todo", "--addressed", comment["id"])
    assert watch(sent) == (0, ["Nothing new."])
    come(sent, said("> Why?\nAnd where is it used?\n", "c1@rik", "c2@rik", minutes=5))
    assert watch(sent) == (1, ["demo: 1 asks again"])
    come(sent, said("Reviewed-by: Ole Other <ole@example.com>\n", last, "t1@ole", "Ole Other <ole@example.com>", 6))
    assert watch(sent) == (1, ["demo: Reviewed-by from Ole Other"])
    log = run_patchflow("-C", str(sent), "--json", "watch", "--log").json["log"]
    assert [row["text"] for row in log] == ["Rik Reviewer: Why?", "Rik Reviewer: And where is it used?",
                                            "Reviewed-by from Ole Other"]  # fmt: skip


def test_a_tag_from_a_second_address_is_its_givers(sent: Path) -> None:
    (sent / ".mailmap").write_text("Rik Reviewer <rik@example.net> <rik@work.example>\n")
    come(sent, said("Reviewed-by: Rik Reviewer <rik@example.net>\n", roots(sent)[-1], "t1@rik",
                    "Rik Reviewer <rik@work.example>"))  # fmt: skip
    assert watch(sent) == (0, ["demo: Reviewed-by from Rik Reviewer"])


@pytest.mark.long
def test_a_series_that_waits_for_a_review(sent: Path) -> None:
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    come(sent, mail(PATCH_BODY, sender=RIK, subject="[PATCH] widget: Fix a leak", id="p1@rik", date=date,
                    extra=f"To: {ADA}"))  # fmt: skip
    code, lines = watch(sent)
    assert code == 1 and lines == ["widget: Fix a leak: addressed to you"]
    assert run_patchflow("-C", str(sent), "review", "snooze", "p1@rik", "next").code == 0
    assert watch(sent) == (0, ["Nothing new."])


@pytest.mark.long
def test_a_command_is_told(sent: Path, tmp_path: Path) -> None:
    (tmp_path / "tell").write_text(f'#!/bin/sh\nprintf "%s|" "$@" >> {tmp_path}/told\n')
    (tmp_path / "tell").chmod(0o755)
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    come(sent, said("> +int add_two;\nWhy; touch /tmp/$(x)?\n", roots(sent)[-1], "c1@rik"),
         mail(PATCH_BODY, sender=RIK, subject="[PATCH] --help", id="p@rik", date=date, extra=f"To: {ADA}"))  # fmt: skip
    assert watch(sent, "--notify", f"{tmp_path}/tell -u low")[0] == 1
    told = "-u|low|demo: 1 new comment|-u|low| --help: addressed to you|"
    assert (tmp_path / "told").read_text() == told, "a stranger's title is no option"
    come(sent, said("> +int add_two;\nAnd why here?\n", roots(sent)[-1], "c2@rik"))
    ran = run_patchflow("-C", str(sent), "watch", "--once", "--offline", "--notify", "/no/such/program")
    assert ran.code == 1 and "demo: 1 new comment" in ran.out and "/no/such/program" in ran.err
    come(sent, said("> +int add_two;\nOnce more?\n", roots(sent)[-1], "c3@rik"))
    ran = run_patchflow("-C", str(sent), "watch", "--once", "--offline", "--notify", "'")
    assert (ran.code, ran.out) == (2, "") and watch(sent)[1] == ["demo: 1 new comment"], "nothing is told unheard"


def test_servers_that_are_not_there_are_no_error(sent: Path) -> None:
    ran = run_patchflow("-C", str(sent), "watch", "--once", env={"https_proxy": "http://127.0.0.1:9"})
    assert ran.code == 0 and "Nothing new." in ran.out and "demo: " in ran.err
    again = run_patchflow("-C", str(sent), "watch", "--once", env={"https_proxy": "http://127.0.0.1:9"})
    assert again.err == "", "they are not asked again at once"


@pytest.mark.long
def test_killed_at_any_time_nothing_is_told_twice_or_lost(sent: Path) -> None:
    chance, told = random.Random(1), list[str]()
    argv = [sys.executable, "-m", "patchflow", "-C", str(sent), "--json", "watch", "--once", "--offline"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    last = roots(sent)[-1]
    for number in range(times(4, 30)):
        come(sent, said(f"> +int add_two;\nWhy number {number}?\n", last, f"c{number}@rik"))
        child = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(0.1 + chance.random() * 0.5)
        child.send_signal(signal.SIGKILL)
        out, _ = child.communicate()
        told += [one["key"] for one in json.loads(out)["events"]] if out.strip().endswith(b"}") else []
    told += [one["key"] for one in run_patchflow(*argv[3:]).json["events"]]
    assert len(told) == len(set(told))
    log = run_patchflow("-C", str(sent), "--json", "watch", "--log").json["log"]
    assert [row["text"] for row in log] == [f"Rik Reviewer: Why number {n}?" for n in range(times(4, 30))]


@pytest.mark.long
@pytest.mark.parametrize("text", ["nonsense", "[]", '{"told": 3}', '{"told": [], "asked": {"a": 1}, "log": []}'])
def test_a_damaged_file_costs_what_it_held(sent: Path, text: str) -> None:
    come(sent, said("> +int add_two;\nWhy?\n", roots(sent)[-1], "c1@rik"))
    watch(sent)
    (sent / ".git/patchflow/watched.json").write_text(text)
    ran = run_patchflow("-C", str(sent), "watch", "--once", "--offline")
    assert (ran.code, ran.out) == (1, "demo: 1 new comment\n") and "watched.json is damaged" in ran.err


def test_the_timer_names_the_clone(sent: Path) -> None:
    ran = run_patchflow("-C", str(sent), "watch", "--timer")
    assert ran.code == 0 and ran.out.count(f" -C {sent} watch --once") == 2 and "OnUnitActiveSec=" in ran.out
    units = run_patchflow("-C", str(sent), "--json", "watch", "--timer").json
    assert units["cron"] in ran.out and units["timer"].startswith("[Timer]\n"), "it was text with --json, too"


@needs_inbox
@pytest.mark.long
def test_an_archive_is_asked(
    series: Path, smtp: Any, sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real public-inbox is the list: what arrived there, and who answered, comes by asking it."""
    monkeypatch.setenv("PI_CONFIG", str(tmp_path / "config"))
    inbox = Inbox(tmp_path, "-V2")
    with served(port := free_port()):
        profiles = sealed / "config/patchflow/profiles"
        profiles.mkdir(parents=True)
        (profiles / "here.toml").write_text(f'extends = "vsock"\nlore = "http://127.0.0.1:{port}/inbox/"\n')
        git(series, "config", "branch.demo.patchflow-profile", "here")
        assert run_patchflow("-C", str(series), "send", "--yes").code == 0
        inbox.write("add", *smtp.messages())
        inbox.write("add", said("> +int add_two;\nWhy?\n", roots(series)[-1], "c1@rik"))
        ran = run_patchflow("-C", str(series), "watch", "--once")
        assert (ran.code, ran.out) == (1, "demo: 1 new comment, v1 arrived\n"), ran.err
        inbox.write("add", said("> +int add_two;\nAnd where?\n", roots(series)[-1], "c2@rik"))
        assert run_patchflow("-C", str(series), "watch", "--once").out.startswith("Nothing new"), "not so soon again"
        kept = series / ".git/patchflow/watched.json"
        before = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        kept.write_text(re.sub(r'"20[^"]{20,40}",\n0', f'"{before}",\n0', kept.read_text()))
        assert run_patchflow("-C", str(series), "watch", "--once").out == "demo: 1 new comment\n"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def served(port: int) -> Iterator[None]:
    """public-inbox's own server, until the end of the block."""
    httpd = subprocess.Popen(["public-inbox-httpd", "-l", f"127.0.0.1:{port}", "-W0"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.05)
        yield
    finally:
        httpd.terminate()
        httpd.wait()


NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "word", "failures", "due"),
    [
        (None, NOW - timedelta(days=1), 0, True),
        (None, NOW - timedelta(days=200), 0, False),
        (NOW - timedelta(minutes=14), NOW, 0, False),
        (NOW - timedelta(minutes=16), NOW, 0, True),
        (NOW - timedelta(minutes=16), NOW, 1, False),
        (NOW - timedelta(minutes=31), NOW, 1, True),
        (NOW - timedelta(minutes=119), NOW, 3, False),
        (NOW - timedelta(hours=1), NOW - timedelta(hours=20), 0, False),
        (NOW - timedelta(hours=3), NOW - timedelta(hours=20), 0, True),
        (NOW - timedelta(hours=3), NOW - timedelta(hours=20), 1, False),
        (NOW - timedelta(hours=23), NOW - timedelta(days=50), 0, False),
        (NOW - timedelta(hours=25), NOW - timedelta(days=50), 9, True),
        (NOW + timedelta(hours=25), NOW, 0, True),
    ],
)
def test_how_often_an_archive_is_asked(asked: datetime | None, word: datetime, failures: int, due: bool) -> None:
    assert is_due(asked, word, failures, NOW) == due


@given(st.integers(0, 24 * 200), st.integers(1, 40))
def test_between_two_pings_nothing_is_told(hours: int, first: int) -> None:
    word = datetime(2026, 3, 2, 7, tzinfo=UTC)

    def told(at: datetime) -> int | None:
        days = (at - word).days
        return None if days < first else days // 14

    now = word + timedelta(hours=hours)
    then = next_ping(word, timedelta(days=first), now)
    assert then > now and told(then - timedelta(seconds=1)) == told(now) != told(then)


def test_it_looks_again_until_it_is_interrupted(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds / 60)
        if len(waited) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("patchflow.cli.watching.time", SimpleNamespace(sleep=sleep))
    assert main(["-C", str(small), "watch", "--offline"]) == 130
    assert len(waited) == 3 and all(27 <= one <= 33 for one in waited), "about every 30 minutes"
    waited.clear()
    assert main(["-C", str(small), "watch", "--offline", "--every", "10"]) == 130
    assert all(9 <= one <= 11 for one in waited)
    assert capsys.readouterr().out == "", "what is not new is not told again and again"


def test_a_look_that_can_find_nothing_is_not_taken(
    small: Path, tmp_path: Path, sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timer looks 48 times a day: where nothing changed and nobody is to be asked, the files alone tell it."""
    looks, clock, box = Mock(side_effect=look), [0.0], tmp_path / "Mail"
    monkeypatch.setattr("patchflow.cli.watching.look", looks)
    monkeypatch.setattr("patchflow.cli.watch.time", SimpleNamespace(time=lambda: time.time() + clock[0]))

    def looked() -> bool:
        before = looks.call_count
        assert main(["-C", str(small), "watch", "--once"]) == 0
        return looks.call_count > before

    def settled() -> bool:
        """Whether no look is taken any more, once what it wrote itself stands."""
        return not looked() or not looked() or not looked()

    def letter(id: str) -> None:
        (box / "new").mkdir(parents=True, exist_ok=True)
        (box / "new" / id).write_bytes(mail("Hello.\n", id=f"{id}@example.net", subject=f"about {id}"))
        for place in (box, box / "new"):  # long ago: what came just now is looked at once more
            os.utime(place, (0, 1_700_000_000 + looks.call_count))

    def by_environment() -> None:
        for name, value in (("COUNT", "1"), ("KEY_0", "patchflow.alsoMe"), ("VALUE_0", "rik@example.net")):
            monkeypatch.setenv(f"GIT_CONFIG_{name}", value)

    letter("a1")
    assert run_patchflow("-C", str(small), "fetch", "--maildir", str(box)).code == 0
    assert looked() and settled()
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    changes: list[Any] = [
        lambda: git(small, "update-ref", "refs/remotes/net-next/main", "HEAD"),
        lambda: git(small, "pack-refs", "--all"),
        lambda: git(small, "config", "patchflow.profile", "vsock"),
        lambda: git(small, "config", "--global", "user.name", "Ada"),
        by_environment,
        lambda: letter("a2"),
        lambda: run_patchflow("-C", str(small), "thread", "a2@example.net", "--mark", "read"),
        lambda: os.utime(small / ".git/patchflow/watched.json", (1, 1)),
        lambda: (profiles / "here.toml").write_text('extends = "vsock"\n'),
        lambda: shutil.rmtree(sealed / "cache/patchflow/mail"),
        lambda: clock.append(clock.pop() - 3600),
        lambda: clock.append(clock.pop() + 3600 + 18 * 3600),
    ]
    for number, change in enumerate(changes):
        change()
        assert looked(), number
        clock[0] = 0.0
        assert settled(), number
    soon = datetime.now(UTC) + timedelta(hours=1)
    rows = {"due something": {"until": soon.isoformat()}}
    (small / ".git/patchflow/snoozed.json").write_text(json.dumps(rows))
    assert looked() and settled()
    clock[0] = 3700.0
    assert looked(), "something is due, at another hour than days begin"
    clock[0] = 0.0
    letter("a3")
    assert run_patchflow("-C", str(small), "fetch", "--maildir", str(box)).code == 0
    assert looked(), "mail that another command took in"
    assert run_patchflow("-C", str(small), "--json", "watch", "--once").json == {
        "events": [],
        "waits": 0,
        "unreadable": [],
    }
