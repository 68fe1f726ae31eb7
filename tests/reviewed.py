"""Somebody else's series for the tests: posted by Uwe, as git format-patch mails it, in revisions."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.conftest import git

FILE = "net/vmw_vsock/af_vsock.c"
UWE = "Uwe Upstream <uwe@example.net>"
# A file, and two revisions of a series that changes it.
BASE = "// SPDX-License-Identifier: GPL-2.0\nint a;\nint b;\nint c;\n"
TWO = [
    ("vsock: count a", {FILE: BASE.replace("int a;", "int a = 1;")}),
    ("vsock: count c", {FILE: BASE.replace("int a;", "int a = 1;").replace("int c;", "int c = 3;")}),
]
AGAIN = [
    ("vsock: count a", {FILE: BASE.replace("int a;", "int a = 1;")}),
    ("vsock: count c", {FILE: BASE.replace("int a;", "int a = 1;").replace("int c;", "long c = 3;")}),
]
_WHO = ["-c", "user.name=Uwe Upstream", "-c", "user.email=uwe@example.net"]


def upstream(folder: Path, onto: str, changes: list[tuple[str, dict[str, str]]], when: int = 1767700000) -> str:
    """Commits of Uwe's on a commit, on no branch: (title, path -> whole text, "" removes it); the last of them. `when`
    is their committer's date."""
    env = {**os.environ, "GIT_INDEX_FILE": str(folder / ".git/uwe-index"), "GIT_COMMITTER_DATE": f"{when} +0000"}

    def run(*words: str, stdin: str = "") -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *_WHO, *words], input=stdin.encode(), capture_output=True, env=env, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode().strip()

    at = git(folder, "rev-parse", onto)
    for number, (title, files) in enumerate(changes):
        run("read-tree", at)
        for path, text in files.items():
            if text:
                blob = run("hash-object", "-w", "--stdin", stdin=text)
                run("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
            else:
                run("update-index", "--force-remove", path)
        message = f"{title}\n\nSay why it is needed.\n\nSigned-off-by: {UWE}\n"
        env["GIT_AUTHOR_DATE"] = f"{1767700000 + number} +0000"
        at = run("commit-tree", "-p", at, run("write-tree"), stdin=message)
    return at


def mbox(
    folder: Path, base: str, tip: str, version: int = 1, cover: str = "", with_base: bool = False, day: int = 7
) -> str:
    """The commits as a mailbox; the Message-IDs are <vN-PART@uwe>."""
    words = ["format-patch", "--stdout", f"-v{version}", "--thread", "--no-signature"] + (
        ["--base", base] if with_base else []
    )
    words += ["--cover-letter"] if cover else []
    text = git(folder, *_WHO, *words, f"{base}..{tip}") + "\n"
    mails = [f"From {one}" for one in ("\n" + text).split("\nFrom ")[1:]]
    first = 0 if cover else 1
    made = []
    for number, mail in enumerate(mails, first):
        head, _, body = mail.partition("\n\n")
        rows = [
            row
            for row in head.split("\n")
            if not row.startswith(("Message-I", "In-Reply-To:", "References:", "Date:", " <", "To:"))
        ]
        rows += [
            f"Message-ID: <v{version}-{number}@uwe>",
            f"Date: Wed, {day} Jan 2026 10:00:{number:02} +0000",
            "To: virtualization@lists.example.org",
        ]
        rows += (
            [f"In-Reply-To: <v{version}-{first}@uwe>", f"References: <v{version}-{first}@uwe>"]
            if number > first
            else []
        )
        if cover and number == 0:
            rows = [row.replace("*** SUBJECT HERE ***", cover) for row in rows]
            body = body.replace("*** BLURB HERE ***", "Why all of it is needed.")
        made.append("\n".join(rows) + "\n\n" + body.rstrip("\n") + "\n\n")
    return "".join(made)


def reply(
    to: str, subject: str, body: str, sender: str = "Rita Reviewer <rita@example.net>", number: int = 1, day: int = 8
) -> str:
    """An answer to a mail."""
    return (
        f"From r@example.net Thu Jan  8 10:00:00 2026\nFrom: {sender}\nTo: {UWE}\nSubject: Re: {subject}\n"
        f"Message-ID: <r{number}-{day}@example.net>\nIn-Reply-To: <{to}>\nReferences: <{to}>\n"
        f"Date: Thu, {day} Jan 2026 10:00:00 +0000\n\n{body}\n\n"
    )
