"""The blocks of README and docs run as they stand, in order, in the hands of somebody who reads them."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.reviewed import FILE, mbox, upstream
from tests.test_docs import FENCE, PAGES, blocks


class Reader:
    """Somebody who types the blocks of a page, line by line, into a shell of their own."""

    def __init__(self, home: Path, tree: Path, port: int, delivered: Path) -> None:
        self.home, self.tree, self.delivered = home, tree, delivered
        self.folder = tree
        self.port = port
        self.commits = 0
        bin_ = home / "bin"
        bin_.mkdir()
        (bin_ / "patchflow").write_text(f'#!/bin/sh\nexec {sys.executable} -m patchflow "$@"\n')
        editor = Path(__file__).parent / "fake_editor.py"
        (bin_ / "hand").write_text(f'#!/bin/sh\nexec {sys.executable} {editor} "$@"\n')
        (bin_ / "b4").write_text(f"#!{sys.executable}\nimport sys\nfrom b4.command import cmd\nsys.exit(cmd())\n")
        (bin_ / "patatt").write_text(f"#!{sys.executable}\nfrom patatt import command\ncommand()\n")
        for path in bin_.iterdir():
            path.chmod(0o755)
        (home / "linux").symlink_to(tree)
        self.env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{bin_}:{os.environ['PATH']}", "GIT_EDITOR": "hand"}

    def run(self, line: str, code: tuple[int, ...] = (0,), stdin: str = "") -> str:
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=self.env, input=stdin, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode in code, f"{line}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    def type(self, line: str) -> None:
        """One line, with what a person does around it: changes a file before a commit, presses the key."""
        words = shlex.split(line, comments=True)
        if not words:
            return
        if words[0] == "cd":
            self.folder = Path(words[1].replace("~", str(self.home))).resolve()
            return
        if words[:2] == ["git", "commit"]:
            self.change("--amend" in words)
        if words[:2] == ["patchflow", "setup"]:
            answers = ["Ada Example", "ada@example.org", f"127.0.0.1:{self.port}", "", "vsock", "-", "yes", "yes"]
            self.run(line, stdin="\n".join(answers) + "\n", code=(0, 3))
            return
        if "replies.mbox" in line:
            (self.folder / "replies.mbox").write_bytes(b"From r Mon Nov 23 10:00:00 2026\n" + self.answer())
        if "--maildir" in words:
            self.sync(Path(words[-1].replace("~", str(self.home))))
        if "3f2a91" in line:
            line = line.replace("3f2a91", self.comment())
        command = line
        # This small tree has no headers to build against, and `try` says so (3); tests/e2e/test_try_*.py have them.
        judged = {"check", "window", "doctor", "todo", "diff", "trailers", "try"}
        may_find = len(words) > 1 and words[0] == "patchflow" and words[1] in judged
        may_find = may_find or words[1:3] in (["review", "check"], ["review", "build"])
        if words[:2] == ["patchflow", "send"] or "--send" in words:
            command = line.partition("#")[0].strip() + " --yes"
            if words[1] == "send":
                command += " --override repost-24h='one test' --override window-closed='a test'"
        self.run(command, code=(0, 1, 3) if may_find else (0,))

    def change(self, amend: bool) -> None:
        self.commits += 1
        source = self.tree / "net/vmw_vsock/af_vsock.c"
        source.write_text(source.read_text() + f"int number_{self.commits};\n")
        self.run("git add net")

    def answer(self) -> bytes:
        """A reviewer answers the last patch that reached the server."""
        from email import message_from_bytes

        mails = [message_from_bytes(path.read_bytes()) for path in sorted(self.delivered.glob("*.eml"))]
        patch = next(mail for mail in reversed(mails) if "1/" in mail["Subject"] and "vsock" in mail["Subject"])
        line = next(line for line in patch.get_payload(decode=True).decode().splitlines() if line.startswith("+int"))  # type: ignore[union-attr]
        return (
            "From: Rita Reviewer <rita@example.net>\nTo: ada@example.org\n"
            f"Subject: Re: {patch['Subject']}\nMessage-ID: <r{len(mails)}@example.net>\n"
            f"In-Reply-To: {patch['Message-Id']}\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n\n"
            f"> {line}\n\nPlease call this something else.\n"
        ).encode()

    def sync(self, maildir: Path) -> None:
        """The reviewer's answer lies in a Maildir, where mbsync or the like put it."""
        for name in ("cur", "new", "tmp"):
            (maildir / name).mkdir(parents=True)
        (maildir / "new/1.M1.host").write_bytes(self.answer())

    def comment(self) -> str:
        found = json.loads(self.run("patchflow --json todo --all", code=(0, 1)))["comments"]
        assert found, "the reviewer's comment is a task"
        return str(found[-1]["id"])


@pytest.fixture
def reader(small: Path, sealed: Path, smtp: Any, tmp_path: Path) -> Reader:
    return Reader(sealed, small, smtp.port, smtp.folder)


def read_page(reader: Reader, *names: str) -> None:
    for name in names:
        for text, why in blocks(ROOT / name):
            if not why:
                read(reader, text)


def read(reader: Reader, text: str) -> None:
    for line in text.replace("\\\n", "").splitlines():
        reader.type(line)


@pytest.mark.long
def test_the_readme_is_a_journey_that_runs(reader: Reader) -> None:
    read_page(reader, "README.md")
    raw = b"\n".join(path.read_bytes() for path in sorted(reader.delivered.glob("*.eml")))
    subjects = [found.decode() for found in re.findall(rb"(?m)^Subject: (.*)$", raw)]
    assert any("v2" in subject for subject in subjects)
    assert any(subject.startswith("Re: ") for subject in subjects)


@pytest.mark.long
def test_the_pages_of_a_first_patch_run_in_their_order(reader: Reader) -> None:
    read_page(reader, "docs/first-patch.md", "docs/review.md", "docs/respin.md", "docs/recipes.md",
              "docs/mail-programs.md", "docs/troubleshooting.md")  # fmt: skip


@pytest.mark.long
def test_the_page_of_reviewing_runs(reader: Reader) -> None:
    old, new = (upstream(reader.tree, "base", [("vsock: count", {FILE: f"int a = {n};\n"})]) for n in (1, 2))
    mail = mbox(reader.tree, "base", old) + mbox(reader.tree, "base", new, 2, day=9)
    (reader.tree / "series.mbox").write_text(mail)
    read_page(reader, "docs/reviewing.md")


@pytest.mark.long
def test_the_page_of_other_tools_runs(reader: Reader) -> None:
    (of_b4, _), (by_hand, _), _ = blocks(ROOT / "docs/other-tools.md")
    reader.run("git config b4.prep-cover-strategy commit && b4 prep -n vsock-topic -f base")
    reader.type("git commit -s")
    read(reader, of_b4)
    assert "revision: 2" in reader.run("b4 prep --show-info"), "b4 knows that v1 is out"

    reader.run("git tag v6.12 base && git checkout -q -b topic base")
    reader.type("git commit -s")
    reader.run("git format-patch --stdout --to=list@example.org -v1 base.. > netdev.mbox")
    read(reader, by_hand)
    assert "v1 sent" in reader.run("patchflow status")


@pytest.mark.long
def test_the_page_of_signatures_runs(reader: Reader) -> None:
    reader.run("patchflow new topic --base base")
    reader.type("git commit -s -m 'vsock: add a number' -m 'It is needed.'")
    read_page(reader, "docs/endpoint.md")
    reader.run("git config --unset branch.topic.patchflow-sign")
    assert "signed with ed25519:work by ada@example.org" in reader.run("patchflow send --dry-run", code=(0, 1))


# Nothing else has to be believed: every other block runs, or names the test or the page that runs the same.
_BELIEVED = ("installs packages on the machine", "downloads a kernel tree")


def test_what_is_not_run_names_what_runs_it() -> None:
    for why in (why for page in PAGES for _, why in blocks(page) if why):
        named = re.findall(r"(?:tests|docs)/[\w/-]+\.(?:py|md)", why)
        assert named or why in _BELIEVED, why
        assert all((ROOT / name).is_file() for name in named), why


def test_commands_stand_in_blocks_that_run() -> None:
    for page in PAGES:
        fences = [(fence["language"], fence["text"]) for fence in FENCE.finditer(page.read_text())]
        assert {language for language, _ in fences} <= {"sh", "text", "python", ""}, page.name
        others = [line for language, text in fences if language != "sh" for line in text.splitlines()]
        assert not [line for line in others if re.match(r"(\$ |patchflow |git |make )", line)], page.name
