"""Three months of a series in a world on loopback: an archive, a Patchwork and trees, of which each fails now and then.

Time passes by what is kept being older: what was asked when, when the series was sent, and the copies of pages.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.cli.test_follow_ups import older
from tests.cli.test_watch import roots, said
from tests.conftest import ROOT, commit, git, run_patchflow
from tests.mails import mbox
from tests.sampled import times

_ID = re.compile(rb"(?im)^message-id:\s*<(.*?)>")
FAULTS = ("429", "html", "half", "500", "gone")


class World(ThreadingHTTPServer):
    """The archive with one thread, and Patchwork; `fault` is how both fail now, `asked` counts the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.mails: list[bytes] = []
        self.state, self.checks, self.fault, self.asked = "new", list[dict[str, str]](), "", 0
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who was killed hangs up."""


class Answers(BaseHTTPRequestHandler):
    server: World

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def answer(self, body: bytes, status: int = 200, kind: str = "text/plain", **headers: str) -> None:
        self.send_response(status)
        half = self.server.fault == "half"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if half else body)
        self.close_connection = half

    def do_GET(self) -> None:
        """One request."""
        self.server.asked += 1
        if self.server.fault == "429":
            return self.answer(b"later", 429, Retry_After="3600")
        if self.server.fault == "500":
            return self.answer(b"oops", 503, Retry_After="3600")
        if self.server.fault == "html":
            return self.answer(b"<html><title>Are you a robot?</title></html>", kind="text/html")
        if self.server.fault == "gone":
            self.connection.close()
            return None
        parts = urlsplit(self.path)
        if parts.path.startswith("/elsewhere/"):
            return self.answer(b"", 404)
        if parts.path.endswith("/t.mbox.gz"):
            return self.answer(gzip.compress(mbox(*self.server.mails)), kind="application/gzip")
        if parts.path.endswith("/raw"):
            id = unquote(parts.path.split("/")[-2])
            found = [one for one in self.server.mails if re.search(rb"(?im)^message-id: <" + id.encode() + b">", one)]
            return self.answer(found[0]) if found else self.answer(b"", 404)
        if parts.path.endswith("/checks/"):
            return self.answer(json.dumps(self.server.checks).encode(), kind="application/json")
        ids = [m[1].decode() for one in self.server.mails if b"\ndiff --git" in one and (m := _ID.search(one))]
        ids = parse_qs(parts.query).get("msgid", ids)
        check = "fail" if self.server.checks else "pending"
        rows = [{"id": 1, "msgid": f"<{id}>", "name": "x", "state": self.server.state, "check": check} for id in ids]
        return self.answer(json.dumps(rows).encode(), kind="application/json")


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.shutdown()


class Contributor:
    """Who sent a series, and lets `watch` look."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home, self.chance = folder, home, random.Random(7)

    def time_passes(self, ahead: bool = False) -> None:
        """A day and a half, as far as `watch` can tell; or its clock was a year ahead the last time."""
        kept = self.folder / ".git/patchflow/watched.json"
        with suppress(FileNotFoundError):
            then = (datetime.now(UTC) + (timedelta(days=365) if ahead else -timedelta(hours=36))).isoformat()
            kept.write_text(re.sub(r'"20[^"]{20,40}",\n\d+', f'"{then}",\n0', kept.read_text()))
        before = time.time() - 36 * 3600
        for path in (self.home / "cache").rglob("*"):
            if path.is_file() and "mail" not in path.parts:
                os.utime(path, (before, before))

    def look(self) -> str:
        ran = run_patchflow("-C", str(self.folder), "watch", "--once")
        assert ran.code in (0, 1), ran.err
        return ran.out

    def look_and_die(self) -> None:
        """Killed at any of its steps."""
        argv = [sys.executable, "-m", "patchflow", "-C", str(self.folder), "watch", "--once"]
        quiet = subprocess.DEVNULL
        child = subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=quiet, stderr=quiet)
        time.sleep(0.1 + self.chance.random() * 0.9)
        child.send_signal(signal.SIGKILL)
        child.wait()

    def told(self) -> list[str]:
        log = run_patchflow("-C", str(self.folder), "--json", "watch", "--log").json["log"]
        return [row["text"] for row in log]


@pytest.mark.long
def test_three_months_of_a_series(series: Path, smtp: Any, sealed: Path, world: World, tmp_path: Path) -> None:
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    (profiles / "here.toml").write_text(
        f'extends = "vsock"\nlore = "{world.url}/inbox/"\npatchwork = "{world.url}"\npatchwork_project = ""\n'
    )
    git(series, "config", "branch.demo.patchflow-profile", "here")
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    me, last, chance = Contributor(series, sealed), roots(series)[-1], random.Random(3)
    world.mails = [*smtp.messages()]
    ole, expected = "Ole Other <ole@example.com>", list[str]()

    def applied(to: str) -> None:
        git(series, "update-ref", f"refs/remotes/{to}", "refs/heads/upstream")

    def comment(text: str, id: str, to: str, sender: str = "Rik Reviewer <rik@example.net>") -> None:
        world.mails.append(said(text, to, id, sender, len(world.mails)))

    def upstream() -> None:
        """A maintainer has the patches, with hashes of their own."""
        above = git(series, "rev-parse", "base")
        for one in git(series, "rev-list", "--reverse", "base..demo").split():
            tree, text = git(series, "rev-parse", f"{one}^{{tree}}"), git(series, "log", "-1", "--format=%B", one)
            above = git(series, "commit-tree", tree, "-p", above, "-m", f"{text}\n\nSigned-off-by: M <m@example.net>")
        git(series, "update-ref", "refs/heads/upstream", above)
        applied("net-next/main")

    def addressed() -> None:
        (one,) = run_patchflow("-C", str(series), "--json", "todo").json["comments"]
        run_patchflow("-C", str(series), "todo", "--addressed", one["id"])
        comment("> Why?\nAnd where?\n", "c2@rik", "c1@rik")

    failed = {"context": "build", "state": "fail", "description": "no", "date": "2026-01-01"}
    story: list[tuple[Any, list[str]]] = [
        (lambda: None, ["v1 arrived"]),
        (lambda: world.checks.append(failed), ["build: no", "build: no"]),
        (lambda: older(series, 16), ["no answer for 16 days: a ping is due"]),
        (lambda: comment("> +int add_two;\nWhy?\n", "c1@rik", last), ["Rik Reviewer: Why?"]),
        (addressed, ["Rik Reviewer: And where?"]),
        (lambda: comment(f"Reviewed-by: {ole}\n", "t1@ole", last, ole), ["Reviewed-by from Ole Other"]),
        (lambda: setattr(world, "state", "accepted"), ["v1 is accepted in Patchwork"]),
        (lambda: older(series, 74), []),
        (upstream, ["applied to net-next/main"]),
        (lambda: applied("linux-next/master"), [f"in linux-next since {datetime.now(UTC):%a %d %b}"]),
        (lambda: git(series, "tag", "-a", "-m", "x", "v7.3-rc1", "upstream"), ["released in v7.3-rc1"]),
    ]
    for number, (happens, new) in enumerate(story):
        happens()
        world.fault = chance.choice(FAULTS)
        me.time_passes()
        for _ in range(times(0, 3)):
            me.look_and_die()
        me.look()
        world.fault = ""
        me.time_passes(ahead=number % 3 == 2)
        for _ in range(times(1, 3)):
            me.look_and_die()
        me.look()
        expected += new
        mine = [one for one in me.told() if "net-next is" not in one]
        assert mine == expected, f"step {number}"
        before = world.asked
        assert me.look().startswith("Nothing new") and world.asked == before, "nothing is asked twice"


def test_a_host_that_asks_to_be_left_alone_is(series: Path, smtp: Any, sealed: Path, world: World) -> None:
    """One request is answered by "later, in an hour": nobody asks that host until then, for whichever series."""
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    (profiles / "here.toml").write_text(f'extends = "vsock"\nlore = "{world.url}/inbox/"\npatchwork = "{world.url}"\n')
    git(series, "config", "branch.demo.patchflow-profile", "here")
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    world.mails, world.fault = [*smtp.messages()], "429"
    me = Contributor(series, sealed)
    me.look()
    assert world.asked == 1
    ran = run_patchflow("-C", str(series), "fetch", "--lore")
    assert ran.code == 4 and "asked to be left alone" in ran.err and world.asked == 1
    world.fault = ""
    me.time_passes()
    assert "arrived" in me.look() and world.asked > 1


def test_each_series_is_looked_for_in_its_own_lists_archive(
    series: Path, smtp: Any, sealed: Path, world: World
) -> None:
    """Whatever branch is checked out: the archive of its subsystem has none of the mails of another's."""
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    (profiles / "here.toml").write_text(f'extends = "vsock"\nlore = "{world.url}/inbox/"\npatchwork = ""\n')
    (profiles / "other.toml").write_text(f'extends = "vsock"\nlore = "{world.url}/elsewhere/"\n')
    git(series, "config", "branch.demo.patchflow-profile", "here")
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    world.mails = [*smtp.messages(), said("> +int add_two;\nWhy?\n", roots(series)[-1], "c1@rik")]
    git(series, "checkout", "-q", "--detach", "base")
    git(series, "config", "patchflow.profile", "other")
    ran = run_patchflow("-C", str(series), "watch", "--once")
    assert "1 new comment" in ran.out and "v1 arrived" in ran.out, ran.out + ran.err
    ran = run_patchflow("-C", str(series), "fetch", "--lore")
    assert ran.code == 0 and "does not have it" not in ran.out, ran.out


def test_the_threads_of_several_series_come_over_one_connection(
    series: Path, smtp: Any, sealed: Path, world: World
) -> None:
    """Each had one of its own, with a question to git about mirrors."""
    connections: list[str] = []

    class Kept(Answers):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            connections.append("")
            super().setup()

        def do_GET(self) -> None:
            connections[-1] += self.path
            super().do_GET()

    world.RequestHandlerClass = Kept
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    (profiles / "here.toml").write_text(f'extends = "vsock"\nlore = "{world.url}/inbox/"\npatchwork = ""\n')
    git(series, "config", "patchflow.profile", "here")
    assert run_patchflow("-C", str(series), "new", "other", "--base", "base").code == 0
    commit(series, "add three")
    for name in ("demo", "other"):
        git(series, "checkout", "-q", name)
        git(series, "config", f"branch.{name}.patchflow-profile", "here")
        assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    world.mails = [*smtp.messages()]
    run_patchflow("-C", str(series), "watch", "--once")
    assert [one.count("/t.mbox.gz") for one in connections if "t.mbox" in one] == [2]
