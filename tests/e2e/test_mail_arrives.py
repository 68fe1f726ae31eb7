"""Whatever leaves arrives: random commits under hostile configuration, out by each way, back in through `git am`.

PATCHFLOW_MAIL_EXAMPLES says how many commits (240 where it says nothing, 2,000 in `make test-attack`),
PATCHFLOW_MAIL_SEED where to begin; see benchmarks/results/send.md.
"""

from __future__ import annotations

import collections
import os
import re
import subprocess
from pathlib import Path

import pytest

from patchflow.demo.server import LoopbackServer
from patchflow.rules.registry import all_rules
from tests.conftest import git, run_patchflow
from tests.e2e.hard_commits import Maker
from tests.sampled import times

SEED = int(os.environ.get("PATCHFLOW_MAIL_SEED", "1"))
GATES = ("window-closed", "mail-size", "dirty-tree", "dropped-maintainer", "revision-sent")
NOTES = "vsock: a cover\n\nIts text.\n-- \n---\n *** BLURB HERE ***\n\nChanges in v2:\n- none\n"
# (way, commits, cover or notes): what most commits go through is cheap, what is slow gets a share.
SHAPES = (
    ("format", 1, True), ("format", 1, False), ("format", 2, False), ("format", 2, True), ("format", 250, True),
    ("to-outbox", 1, True), ("to-outbox", 120, True), ("send", 1, True), ("send", 2, False), ("send", 25, True),
    ("reflect", 8, True), ("resend", 5, True), ("b4", 60, True), ("format", 250, True),
)  # fmt: skip


EXAMPLES = int(os.environ.get("PATCHFLOW_MAIL_EXAMPLES") or times(240, 2000))


@pytest.fixture
def hard(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A series whose profile has every rule but the one under test switched off."""
    folder = tmp_path / "config"
    (folder / "profiles").mkdir(parents=True)
    off = "".join(f'"{rule.id}" = "off"\n' for rule in all_rules() if rule.id != "message-arrives")
    text = f'extends = "vsock"\nprefix = ""\nmax_mail_bytes = 100000000\ncover_from = 3\n[severities]\n{off}'
    (folder / "profiles" / "hard.toml").write_text(text)
    monkeypatch.setenv("PATCHFLOW_CONFIG_DIR", str(folder))
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base", "--profile", "hard").code == 0
    # get_maintainer.pl names nobody for an empty file whose path has a blank.
    assert run_patchflow("-C", str(small), "cc", "--add", "list@example.org").code == 0
    return small


def subject_of(raw: bytes) -> bytes:
    return b" ".join(
        raw.replace(b"\r\n", b"\n").partition(b"\nSubject: ")[2].partition(b"\n\n")[0].split(b"\n")[0].split()
    )


def rows(folder: Path, revs: str, dates: bool) -> list[str]:
    form = "%T%x00%an <%ae>%x00" + ("%aD" if dates else "") + "%x00%B%x01"
    done = subprocess.run(
        ["git", "-c", "i18n.logOutputEncoding=UTF-8", "-c", "color.ui=never", "-C", str(folder), "log", "--reverse",
         f"--format={form}", revs], capture_output=True, check=True,
    )  # fmt: skip
    return [row.strip("\n") for row in done.stdout.decode("utf-8", "replace").split("\x01")][:-1]


class Road:
    """One clone, one receiver, and the ways between them."""

    def __init__(self, clone: Path, receiver: Path, smtp: LoopbackServer, out: Path) -> None:
        self.clone, self.receiver, self.smtp, self.out = clone, receiver, smtp, out
        self.base = git(clone, "rev-parse", "base")
        self.taken: collections.Counter[str] = collections.Counter()

    def patchflow(self, *words: str) -> None:
        ran = run_patchflow("-C", str(self.clone), *words)
        assert ran.code == 0, ran.err + ran.out[-2000:]

    def leave(self, way: str) -> list[Path]:
        """The mails that came out of one way, in order, covers left out."""
        for old in [*self.out.glob("*"), *self.smtp.folder.glob("*")]:
            old.unlink()
        given = [f"--override={gate}=test" for gate in GATES]
        if way in ("format", "b4"):
            self.patchflow("format", "-o", str(self.out))
        elif way == "to-outbox":
            self.patchflow("send", "--to-outbox", str(self.out), *given)
        elif way == "reflect":
            self.patchflow("send", "--reflect", "--yes", *given)
        else:
            self.patchflow("send", "--yes", *given)
        if way == "resend":
            for old in self.smtp.folder.glob("*"):
                old.unlink()
            self.patchflow("send", "--resend", "--yes", *given)
        found = [*self.out.glob("*"), *self.smtp.folder.glob("*")]
        mails = sorted(found, key=lambda path: (path.suffix == ".eml" and len(path.name), path.name))
        return [mail for mail in mails if not re.search(rb" 0+/\d", subject_of(mail.read_bytes()))]

    def arrive(self, mails: list[Path]) -> None:
        env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_COMMITTER_NAME": "R", "GIT_COMMITTER_EMAIL": "r@x"}
        subprocess.run(["git", "-C", str(self.receiver), "checkout", "-qf", "--detach", self.base], check=True, env=env)
        subprocess.run(["git", "-C", str(self.receiver), "clean", "-qfdx"], check=True, env=env)
        done = subprocess.run(
            ["git", "-C", str(self.receiver), "am", "-q", *map(str, mails)], capture_output=True, env=env
        )
        assert done.returncode == 0, done.stderr.decode() + str(mails)


def test_what_leaves_arrives(hard: Path, tmp_path: Path, smtp: LoopbackServer) -> None:
    receiver, out = tmp_path / "receiver", tmp_path / "out"
    out.mkdir()
    subprocess.run(["git", "clone", "-q", str(hard), str(receiver)], check=True)
    own = (hard / ".git" / "config").read_text()
    road = Road(hard, receiver, smtp, out)
    seed = SEED
    while sum(road.taken.values()) < EXAMPLES:
        way, count, words = SHAPES[seed % len(SHAPES)]
        made = Maker(seed)
        made.series(hard, "demo", "base", count)
        keys, attributes = made.configuration()
        (hard / ".git" / "config").write_text(own)
        if way == "b4":
            tracking = '{"series": {"revision": 1, "change-id": "20260101-demo-0123456789ab", "prefixes": []}}'
            git(hard, "config", "branch.demo.b4-prep-cover-strategy", "branch-description")
            git(hard, "config", "branch.demo.b4-tracking", tracking)
            git(hard, "config", "branch.demo.description", NOTES)
        elif words:
            ran = run_patchflow("-C", str(hard), "cover", "--set", "-", stdin=NOTES)
            assert ran.code == 0, ran.err
        else:
            for cover in (hard / ".git" / "patchflow").glob("series/*/cover"):
                cover.unlink()
        with (hard / ".git" / "config").open("a") as file:
            file.write(keys)
        (hard / ".git" / "info").mkdir(exist_ok=True)
        (hard / ".git" / "info" / "attributes").write_text(attributes)
        try:
            road.arrive(road.leave(way))
            sent = way in ("send", "reflect", "resend")  # git send-email dates a mail by the time it leaves
            assert rows(receiver, f"{road.base}..HEAD", not sent) == rows(hard, "base..demo", not sent)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, {way}, {count} commits, under\n{keys}{attributes}\n{error}") from error
        road.taken[way] += count
        seed += 1
    print(f"{sum(road.taken.values())} commits, seeds {SEED} to {seed - 1}: {dict(road.taken)}")
