"""README and docs: every command in them exists with its options, and the blocks run as they stand, in order."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from patchflow.cli.main import COMMANDS, build_parser
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
_HOSTS = ("git.kernel.org", "lore.kernel.org", "patchwork.kernel.org", "netdev.bots.linux.dev")
_BLOCK = re.compile(r"(?:<!-- not run: (?P<why>[^>]+) -->\n\n)?```sh\n(?P<text>.*?)```", re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """The shell blocks of a page, each with the reason why it is not run, "" where it is."""
    return [(match["text"], match["why"] or "") for match in _BLOCK.finditer(page.read_text())]


def commands(text: str) -> Iterator[list[str]]:
    """The words of every patchflow command in a text: lines of blocks, and code within lines."""
    lines = [line.strip() for match in _BLOCK.finditer(text) for line in match["text"].split("\n")]
    typed = [line for line in lines if line.startswith("patchflow ")]
    for line in [*typed, *re.findall(r"`(patchflow [^`]+)`", _BLOCK.sub("", text))]:
        yield shlex.split(re.split(r" [|>] ?", line)[0], comments=True)[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_exists_and_its_options_parse(page: Path) -> None:
    parser = build_parser()
    for words in commands(page.read_text()):
        if {"COMMAND", "…"} & set(words):
            continue
        try:
            parser.parse_args(words)
        except SystemExit:
            # A command that is spoken of may lack its arguments; its name and its options must be there.
            name = next((word for word in words if word in COMMANDS), "")
            assert name, f"{page.name}: patchflow {shlex.join(words)}"
            subs = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
            have = {option for action in subs.choices[name]._actions for option in action.option_strings}
            asked = {word.partition("=")[0] for word in words[words.index(name) + 1 :] if word.startswith("-")}
            assert asked <= have, f"{page.name}: patchflow {shlex.join(words)}"
            assert len(words) - words.index(name) <= 2, f"{page.name}: patchflow {shlex.join(words)}"


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z-]+)`", page.read_text()))
        named |= set(re.findall(r"(?m)^make ([a-z-]+)", page.read_text()))
        assert named <= targets, page.name


def test_every_file_that_is_linked_is_there() -> None:
    for page in (ROOT / "README.md", ROOT / "SECURITY.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (ROOT / link).exists(), f"{page.name} links {link}"


@pytest.mark.parametrize(("link", "code"), [("recipes.md#passwords", 0), ("recipes.md#nosuch", 2), ("nosuch.md", 2)])
def test_make_docs_fails_at_a_dead_link_or_anchor(tmp_path: Path, link: str, code: int) -> None:
    mkdocs = Path(sys.executable).parent / "mkdocs"
    if not mkdocs.exists():
        pytest.skip("mkdocs is not installed here: the group docs of pyproject.toml has it")
    for name in ("Makefile", "mkdocs.yml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/mkdocs").symlink_to(mkdocs)
    with (tmp_path / "docs/respin.md").open("a") as page:
        page.write(f"\n[a link]({link})\n")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["make", "docs"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr


def test_links_that_lead_outside_are_whole_and_go_to_known_hosts() -> None:
    for path in (*PAGES, ROOT / "ARCHITECTURE.md", *sorted((ROOT / "kernel/profiles").glob("*.toml"))):
        for link in re.findall(r"https?://[^\s)`>\"']+", path.read_text()):
            found = urlsplit(link)
            assert found.scheme == "https" and found.hostname, f"{path.name}: {link}"
            assert found.hostname in _HOSTS, f"{path.name}: {link}"


def test_every_check_of_doctor_is_explained(small: Path) -> None:
    from tests.conftest import run_patchflow

    names = {check["name"] for check in run_patchflow("-C", str(small), "--json", "doctor").json["checks"]}
    rows = re.findall(r"(?m)^\| ([^|]+) \|", (ROOT / "docs/troubleshooting.md").read_text())
    explained = {name.strip() for row in rows for name in row.split(",")}
    assert names <= explained


def test_the_rules_page_holds_every_rule() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from pages import rules_page  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    from patchflow.rules.registry import all_rules

    page = rules_page()
    for rule in all_rules():
        assert f"\n### {rule.id}\n" in page
        assert rule.source in page


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
        (bin_ / "hand").write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).parent / "hand.py"} "$@"\n')
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
            answers = ["Ada Example", "ada@example.org", f"127.0.0.1:{self.port}", "", "vsock", "yes", "yes"]
            self.run(line, stdin="\n".join(answers) + "\n", code=(0, 3))
            return
        if "replies.mbox" in line:
            self.answer()
        if "3f2a91" in line:
            line = line.replace("3f2a91", self.comment())
        command = line
        # This small tree has no headers to build against, and `try` says so (3); tests/e2e/test_try_*.py have them.
        judged = {"check", "window", "doctor", "todo", "diff", "trailers", "try"}
        may_find = len(words) > 1 and words[0] == "patchflow" and words[1] in judged
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

    def answer(self) -> None:
        """A reviewer answers the last patch that reached the server."""
        from email import message_from_bytes

        mails = [message_from_bytes(path.read_bytes()) for path in sorted(self.delivered.glob("*.eml"))]
        patch = next(mail for mail in reversed(mails) if "1/" in mail["Subject"] and "vsock" in mail["Subject"])
        line = next(line for line in patch.get_payload(decode=True).decode().splitlines() if line.startswith("+int"))  # type: ignore[union-attr]
        (self.folder / "replies.mbox").write_text(
            "From r Mon Nov 23 10:00:00 2026\nFrom: Rita Reviewer <rita@example.net>\nTo: ada@example.org\n"
            f"Subject: Re: {patch['Subject']}\nMessage-ID: <r{len(mails)}@example.net>\n"
            f"In-Reply-To: {patch['Message-Id']}\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n\n"
            f"> {line}\n\nPlease call this something else.\n"
        )

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
                for line in text.replace("\\\n", "").splitlines():
                    reader.type(line)


def test_the_readme_is_a_journey_that_runs(reader: Reader) -> None:
    read_page(reader, "README.md")
    raw = b"\n".join(path.read_bytes() for path in sorted(reader.delivered.glob("*.eml")))
    subjects = [found.decode() for found in re.findall(rb"(?m)^Subject: (.*)$", raw)]
    assert any("v2" in subject for subject in subjects)
    assert any(subject.startswith("Re: ") for subject in subjects)


def test_the_pages_of_a_first_patch_run_in_their_order(reader: Reader) -> None:
    read_page(reader, "docs/first-patch.md", "docs/review.md", "docs/respin.md", "docs/recipes.md",
              "docs/mail-programs.md", "docs/troubleshooting.md")  # fmt: skip


def test_what_is_not_run_says_why() -> None:
    named = {page.name for page in PAGES for _, why in blocks(page) if why}
    assert named <= {
        "first-patch.md",
        "review.md",
        "mail-programs.md",
        "other-tools.md",
        "maintaining.md",
        "recipes.md",
        "README.md",
    }
    run = {page.name for page in PAGES for _, why in blocks(page) if not why}
    assert {"README.md", "first-patch.md", "review.md", "respin.md", "recipes.md"} <= run
