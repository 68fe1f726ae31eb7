"""Made series, begun by either: b4 reads what patchflow wrote, and patchflow what b4 wrote: records and mails."""

from __future__ import annotations

import email
import email.header
import os
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import git, run_patchflow
from tests.e2e.test_b4 import b4, b4_cover, p, tracking
from tests.sampled import times

HEAD = b"From x Thu Jan  1 00:00:00 2026\n"
WORDS = ("größe", "中文", "queue", "the ring", "vhost", "a  b", "x86/urgent", "it's", "1/2", "RFC", "->len")
TAGS = ("Reviewed-by: Größe Ä <g@example.net>", "Tested-by: Tom <tom@example.net>", "Acked-by: x@example.net",
        "Suggested-by: Kim O'Neil <kim@example.net>", "Link: https://lore.example.org/r/1@example.net")  # fmt: skip


@dataclass
class Made:
    """A series as it is to be; `needs` tells whether it stands on another one."""

    chance: random.Random

    def __post_init__(self) -> None:
        chance = self.chance
        self.needs = chance.random() < 0.5
        self.strategy = chance.choice(("commit", "branch-description"))
        self.prefixes = chance.choice((["net-next"], ["RFC", "net-next"]))
        self.presubject = chance.choice(("", "", "[mylist]", "[a list][b.c]"))
        titles = [f"vsock: add {self.words(3)} n{n}" for n in range(chance.randint(1, 4))]
        self.titles = [" ".join(title.split()) for title in titles]  # `message-arrives` wants just that
        self.tags = [chance.sample(TAGS, chance.randint(0, 3)) for _ in self.titles]
        paragraphs = [self.paragraph() for _ in range(chance.randint(1, 4))]
        self.subject, self.body = f"vsock: {self.words(4)}", "\n\n".join(paragraphs)

    def words(self, most: int) -> str:
        return " ".join(self.chance.choice(WORDS) for _ in range(self.chance.randint(1, most)))

    def paragraph(self) -> str:
        first = self.chance.choice(("It is ", "  - ", "1. ", "> "))
        return "\n".join(first + self.words(6) for _ in range(self.chance.randint(1, 3)))

    def commits(self, folder: Path) -> None:
        for number, (title, tags) in enumerate(zip(self.titles, self.tags, strict=True)):
            path = folder / "net/vmw_vsock/top.c"
            path.write_text(f"{path.read_text() if path.exists() else ''}int n{number};\n")
            git(folder, "add", "-A", "-f", "net")
            rows = "\n".join([*tags, "Signed-off-by: Ada Example <ada@example.org>"])
            git(folder, "commit", "-q", "-m", f"{title}\n\nSay why {self.words(5)}.\n\n{rows}\n")


def begun_here(folder: Path, made: Made) -> None:
    p(folder, "new", "top", "--b4", "--base", "demo" if made.needs else "base")
    made.commits(folder)
    p(folder, "cover", "--set", "-", stdin=f"{made.subject}\n\n{made.body}\n")
    p(folder, "cover", "--prefixes", " ".join(made.prefixes), "--presubject", made.presubject)
    if made.needs:
        p(folder, "dep", "add", "demo")


def begun_by_b4(folder: Path, made: Made) -> None:
    git(folder, "config", "b4.prep-cover-strategy", made.strategy)
    git(folder, "branch", "base-branch", "base")
    base = "demo" if made.needs else "base-branch"
    b4(folder, "prep", "-n", "top", "-f", base)
    made.commits(folder)
    b4_cover(folder, f"{made.subject}\n\n{made.body}\n")
    b4(folder, "prep", "--set-prefixes", *made.prefixes)
    if made.presubject:
        b4(folder, "prep", "--set-presubject", made.presubject)
    if made.needs:
        deps = folder.parent / "deps"
        change_id = git(folder, "config", "branch.demo.patchflow-change-id")
        deps.write_text(f"change-id: {change_id}:v1\nbase-commit: {git(folder, 'rev-parse', 'base^{commit}')}\n")
        b4(folder, "prep", "--edit-deps", GIT_EDITOR=f"cp {deps}", EDITOR=f"cp {deps}")
    p(folder, "adopt", *(() if made.strategy == "commit" else ("--base", base)))


def facts(raw: bytes) -> dict[str, Any]:
    """What a mail says, however it is dressed."""
    mail = email.message_from_bytes(raw)
    subject = " ".join(str(email.header.make_header(email.header.decode_header(mail["Subject"]))).split())
    before, bracket, title = re.fullmatch(r"((?:\[[^]]*\])*)\[([^]]*PATCH[^]]*)\] (.*)", subject).groups()  # type: ignore[union-attr]
    body = bytes(mail.get_payload(decode=True)).decode().replace("\r", "")
    named = re.findall(r"(?m)^(?:base-commit|change-id|prerequisite-(?!patch-id)[a-z-]*): .*$", body)
    above = re.split(r"\n(?:---\n)?Ada Example \(\d+\):\n", body)[0]  # of a cover letter
    message, _, rest = above.partition("\n---\n")
    message = re.sub(r"\n\n +", "\n\n", message)  # b4 takes the blanks away that a letter's last paragraph begins with
    diff = re.split(r"\n--[- ]*\n", rest.partition("\ndiff --git ")[2])[0]
    return {"presubject": before, "bracket": sorted(bracket.split()), "title": title, "message": message.strip(),
            "diff": re.findall(r"(?m)^(?:[-+@]|diff ).*$", diff), "named": named}  # fmt: skip


def box(path: Path, mails: list[bytes]) -> str:
    path.write_bytes(b"".join(HEAD + one.rstrip(b"\n") + b"\n\n" for one in mails))
    return str(path)


@pytest.mark.parametrize("seed", range(int(os.environ.get("PATCHFLOW_B4_SERIES", times(2, 10)))))
def test_each_reads_what_the_other_wrote(series: Path, seed: int, tmp_path: Path, smtp: Any) -> None:
    made, folder = Made(random.Random(seed)), series
    (begun_by_b4 if seed % 2 else begun_here)(folder, made)
    # The record, as each of them reads it.
    info = b4(folder, "prep", "--show-info")
    own, shown = tracking(folder, "b4/top"), p(folder, "cover")
    assert f"cover-subject: {' '.join(made.subject.split())}\n" in info.replace("  ", " ")
    assert f"prefixes: {' '.join(made.prefixes)}\n" in info and "revision: 1\n" in info
    assert (own["prefixes"], own.get("presubject", "")) == (made.prefixes, made.presubject)
    assert (shown["subject"], shown["body"].strip()) == (made.subject, made.body.strip())
    (status,) = [one for one in p(folder, "status", "--all")["series"] if one["name"] == "top"]
    assert [one["subject"] for one in status["patches"]] == made.titles
    kinds = [one["kind"] for one in p(folder, "dep", "list")["dependencies"]]
    assert kinds == (["change-id"] if made.needs else [])

    # The mails that each of them makes of it say the same.
    b4(folder, "send", "--no-sign", "-o", str(tmp_path / "b4"), "--to", "list@example.org")
    theirs = [path.read_bytes() for path in sorted((tmp_path / "b4").iterdir())]
    ran = run_patchflow("-C", str(folder), "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    ours = smtp.messages()
    for one, other in zip(ours, theirs, strict=True):
        assert facts(one) == facts(other)

    # And each takes the patches out of the other's mails.
    b4(folder, "am", "-m", box(tmp_path / "ours.mbox", ours), "-o", str(tmp_path / "am"))
    (taken,) = (tmp_path / "am").glob("*.mbx")
    git(folder, "switch", "-q", "--detach", "demo" if made.needs else "base")
    git(folder, "am", "-q", str(taken))
    count = f"-{len(made.titles)}"
    tip = "b4/top"
    assert git(folder, "log", count, "--format=%T %an %B") == git(folder, "log", count, "--format=%T %an %B", tip)
    found = p(folder, "review", box(tmp_path / "theirs.mbox", theirs))
    assert [one["subject"] for one in found["patches"]] == made.titles and not found["faults"]
    for one, tags in zip(found["patches"], made.tags, strict=True):
        assert one["trailers"] == [*tags, "Signed-off-by: Ada Example <ada@example.org>"]
    read = found["series"]
    assert (read["change_id"], read["revision"], read["rfc"]) == (own["change-id"], 1, "RFC" in made.prefixes)
    assert read["base"]["named"] == git(folder, "rev-parse", "base^{commit}")
    assert [one["kind"] for one in read["base"]["prerequisites"]] == kinds
