"""A quiet day of 50 open series: python -m benchmarks.watch [SERIES]

A clone with so many series of two patches that were sent ten days ago, an archive and a Patchwork on loopback that have
them all and nothing new. `watch --once` looks once to learn of them, and then every half an hour of a day, as its timer
does; the requests, processor time (with all that it starts) and memory of both are printed.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import re
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from benchmarks.tui import environment
from patchflow.adapters.kernel.checksummed_cache import read_whole, write_whole
from patchflow.adapters.paths import git_paths
from patchflow.adapters.process import run
from patchflow.adapters.quiet import _next_turn, _watched
from patchflow.domain.series import Revision, SentMessage
from patchflow.flow.clone import Clone
from tests.cli.test_watch_world import Answers, World
from tests.mails import mbox
from tests.tui.clone import git, make_clone, make_series

SENT = datetime.now(UTC) - timedelta(days=10)
_ASKS = 86_400  # seconds between two questions about a thread that is ten days old


class Quiet(Answers):
    """Has every thread, and every patch as `new`."""

    def do_GET(self) -> None:
        """One request."""
        self.server.asked += 1
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if parts.path.endswith("/t.mbox.gz"):
            thread = unquote(parts.path.split("/")[-2]).partition("-")[0]
            mails = [one for one in self.server.mails if f"<{thread}-".encode() in one]
            self.answer(gzip.compress(mbox(*mails)), kind="application/gzip")
        elif parts.path.endswith("/checks/"):
            self.answer(b"[]", kind="application/json")
        else:
            ids = [match[1].decode() for one in self.server.mails if (match := re.search(rb"Message-ID: <(.*?)>", one))]
            wanted = query.get("msgid", ids)
            rows = [{"id": ids.index(one) + 1, "msgid": f"<{one}>", "name": one, "state": "new", "check": "success"}
                    for one in wanted]  # fmt: skip
            self.answer(json.dumps(rows).encode(), kind="application/json")


def send(clone: Path, name: str) -> list[bytes]:
    """Records a series as sent; its mails."""
    here = Clone(str(clone))
    series = here.store.load(name)
    messages = tuple(SentMessage(n, f"{name}-{n}@example.org", one.subject, commit=one.commit)
                     for n, one in enumerate(series.patches, 1))  # fmt: skip
    head = f"From: Ada Example <ada@example.org>\nTo: l@lists.example.org\nDate: {SENT:%a, %d %b %Y %H:%M:%S} +0000\n"
    mails = {}
    for message, patch in zip(messages, series.patches, strict=True):
        above = f"In-Reply-To: <{messages[0].message_id}>\n" if message.part > 1 else ""
        mails[f"{message.part}.eml"] = (
            f"{head}Subject: [PATCH {message.part}/{len(messages)}] {message.subject}\n"
            f"Message-ID: <{message.message_id}>\n{above}\n{patch.message}---\n{patch.diff}"
        ).encode()
    here.store.record(series, Revision(1, SENT, series.base, series.tip, "PATCH", messages), mails)
    return list(mails.values())


def main(count: int) -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as room:
        env = environment(Path(room) / "home")
        clone, world = make_clone(Path(room) / "linux"), World()
        world.RequestHandlerClass = Quiet
        profiles = Path(room) / "home/config/patchflow/profiles"
        profiles.mkdir(parents=True)
        (profiles / "here.toml").write_text(
            f'extends = "vsock"\nlore = "{world.url}/inbox/"\npatchwork = "{world.url}"\npatchwork_project = ""\n'
        )
        for number in range(count):
            name = f"s{number:03d}"
            git(clone, "checkout", "-q", "--detach", "base")
            make_series(clone, name, 2)
            git(clone, "config", f"branch.{name}.patchflow-profile", "here")
            world.mails += send(clone, name)
        cache = Path(room) / "home/cache/patchflow"
        script = Path(sys.executable).with_name("patchflow")  # as timer.py names it
        program = [str(script)] if script.exists() else [sys.executable, "-m", "patchflow"]
        begun = time.time()
        for what, looks in (("the first look", 1), ("the next day, by the timer", 48)):
            world.asked = 0
            for page in (cache / "pages").glob("*"):
                os.utime(page, (time.time() - 90_000,) * 2)
            if looks > 1:  # what came with the first look was looked at
                run([*program, "-C", str(clone), "watch", "--once"], env=env, check=False)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            begin = time.perf_counter()
            for number in range(looks):
                pass_time(clone, cache, timedelta(days=1) / 48, begun + number * 1800)
                done = run([*program, "-C", str(clone), "watch", "--once"], env=env, check=False)
            seconds = time.perf_counter() - begin
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"{what}: {looks} looks, {world.asked} requests, {cpu:.1f} s of processor time, {seconds:.1f} s, "
                  f"{after.ru_maxrss // 1024} MB; {done.text.strip()} {done.err_text[:200]}", flush=True)  # fmt: skip


def pass_time(clone: Path, cache: Path, passed: timedelta, at: float) -> None:
    """Makes what is kept so much older: what was asked when, and the last look that found nothing, where it was `at`
    that time of the day that is played (seconds since 1970): the hours at which every clone looks are that day's."""
    kept, asks = clone / ".git/patchflow/watched.json", math.inf
    if kept.exists():
        rows = json.loads(kept.read_text())
        rows["asked"] = {key: [(datetime.fromisoformat(when) - passed).isoformat(), failures]
                         for key, (when, failures) in rows["asked"].items()}  # fmt: skip
        kept.write_text(json.dumps(rows, indent=0) + "\n")
        asks = min(datetime.fromisoformat(when).timestamp() for when, _ in rows["asked"].values()) + _ASKS
    place = git_paths(str(clone))
    assert place is not None
    for quiet in cache.glob("mail/*/quiet"):
        made, until, waits, stamp, _ = bytes(read_whole(str(quiet)) or b"").decode().split()
        seconds, ends = passed.total_seconds(), float(until)
        if ends == _next_turn(float(made)):  # kept a moment ago, by the hour of this machine
            ends = min(time.time() + _next_turn(at) - at, asks + seconds)
        words = [str(float(made) - seconds), str(ends - seconds), waits, stamp, _watched(place)]
        write_whole(str(quiet), " ".join(words).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
