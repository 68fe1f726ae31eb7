"""What we say a mail would lose is what `git am` loses, and nothing else."""

# ruff: noqa: E501 - tables of messages

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from patchflow.adapters.git.mail_reader import losses_of
from tests.conftest import git, run_patchflow

HASH = "0123456789012345678901234567890123456789"
LINES = [
    "---", " ---", "--- a/file.c", "---text", "--- text", "diff -u a b", "diff --git a/x b/x", "diff is not the same",
    "Index: foo.c", "Index of it", "index 123..456", "+++ b/foo", "@@ -1 +1 @@", "--", f"From {HASH} Mon Sep 17 00:00:00 2001",
    "From here on it works", ">From here", f">From {HASH} Mon Sep 17 00:00:00 2001", "From: Otto Other <otto@other.example>",
    "From: the text", "Subject: other", "Date: Monday", "Content-Type: text/html", "[PATCH] in the body", "Cc: foo@bar.example",
    "Note: this is prose", "http://example.org is the place", "", "Words.", "    indented", "MIME-Version: 1.0", "=3D=20", "Zoë",
    "trailing ", "\u2028", "\x0c", "cr\r",
]  # fmt: skip
TITLES = [
    "vsock: peek", "[vsock] peek at the queue", "Re: vsock: peek", "[PATCH] vsock: peek", "[PATCH v3 2/7] vsock: peek",
    "vsock: a [bracket] inside", "Fwd: vsock: peek", "[RFC] vsock: maybe", "vsock: two  blanks", "vsock: Zoë",
    "vsock: one\nruns on", "=?UTF-8?q?vsock:_x?=", "RE: vsock", "re: [x] vsock", "(vsock) peek", " vsock: blank in front",
]  # fmt: skip
AUTHORS = [
    "Ada Example",
    "A. Dot",
    "Zoë",
    'The "Quote" Q',
    "Paren (nick) P",
    "Comma, C",
    "ada@example.org",
    "[bracket] B",
]


def cases() -> list[tuple[str, str]]:
    """(author, message): every line first and in the middle, every title, every author, and random mixtures."""
    pick = random.Random(1)
    made = [("Ada Example", f"vsock: x\n\n{line}\n\nMore words.\n") for line in LINES]
    made += [("Ada Example", f"vsock: x\n\nWords.\n{line}\nMore words.\n") for line in LINES]
    made += [("Ada Example", f"{title}\n\nWords.\n") for title in TITLES]
    made += [(name, "vsock: x\n\nWords.\n") for name in AUTHORS]
    for _ in range(60):
        body = "\n".join(pick.choice(LINES) for _ in range(pick.randrange(1, 5)))
        made.append((pick.choice(AUTHORS), f"{pick.choice(TITLES)}\n\n{body}\nEnd.\n"))
    return made


def raw(folder: Path, *words: str, stdin: bytes = b"", check: bool = True) -> bytes:
    """What git prints, byte for byte; "failed" where it may fail and does."""
    done = subprocess.run(["git", "-C", str(folder), *words], input=stdin, capture_output=True, check=check)
    return done.stdout if done.returncode == 0 else b"failed"


def through_git(folder: Path, name: str, message: str) -> bool:
    """Whether git am gets author and message out of git format-patch's mail."""
    env = {**os.environ, "GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": "ada@example.org"}
    words = ["git", "-C", str(folder), "commit-tree", "-p", "base", "change^{tree}", "-F", "-"]
    made = subprocess.run(words, input=message.encode(), env=env, capture_output=True, check=True).stdout.decode()
    mail = raw(folder, "format-patch", "-1", "--stdout", made.strip())
    raw(folder, "checkout", "-qf", "--detach", "base")
    if raw(folder, "am", "-q", "-", stdin=mail, check=False) == b"failed":
        raw(folder, "am", "--abort", check=False)
        return False
    show = ["show", "-s", "--format=%an%x00%ae%x00%B%x00%T"]
    return raw(folder, *show, "HEAD") == raw(folder, *show, made.strip())


@pytest.mark.long
def test_a_loss_is_what_git_am_loses(small: Path) -> None:
    (small / "net/vmw_vsock/af_vsock.c").write_text("int other;\n")
    git(small, "commit", "-qam", "x")
    git(small, "tag", "change")
    wrong = [
        (name, message, said, kept)
        for name, message in cases()
        for said in [[loss.text for loss in losses_of(name, "ada@example.org", message)]]
        if (kept := through_git(small, name, message)) != (not said)
    ]
    assert not wrong


def test_scissors_are_told_though_git_am_minds_them_only_when_asked() -> None:
    (loss,) = losses_of("Ada", "ada@example.org", "vsock: x\n\nAbove.\n\n-- >8 --\nBelow.\n")
    assert loss.line == 5
    assert "scissors" in loss.text


@pytest.mark.parametrize(
    ("message", "line", "words"),
    [
        ("vsock: x\n\nBefore:\n---\ntext\n", 4, "ends the message there; indent"),
        ("vsock: x\n\nFrom: Otto <o@example.org>\n", 3, "header"),
        (f"vsock: x\n\nA mailbox:\nFrom {HASH} Mon Sep 17 00:00:00 2001\nEnd.\n", 4, "next mail"),
        ("[vsock] x\n\nWords.\n", 1, "`x`: write it without the bracket"),
        ("Re: vsock: x\n\nWords.\n", 1, "without `Re:`"),
        ("vsock: x\nmore\n\nWords.\n", 1, "empty line below it"),
        ("vsock: x\n\nWords. \n", 3, "blanks"),
    ],
)
def test_a_loss_names_its_line_and_how_to_write_it(message: str, line: int, words: str) -> None:
    found = losses_of("Ada", "ada@example.org", message)
    assert any(loss.line == line and words in loss.text for loss in found), [(one.line, one.text) for one in found]


def test_needless_blanks_are_taken_out_by_fix(series: Path) -> None:
    git(
        series,
        "commit",
        "-q",
        "--amend",
        "--cleanup=verbatim",
        "-m",
        "vsock: x \n\n\nWords. \n\nSigned-off-by: Ada Example <ada@example.org>\n",
    )
    assert "[message-arrives]" in run_patchflow("-C", str(series), "check").out
    assert run_patchflow("-C", str(series), "check", "--fix", "--yes").code == 0
    assert git(series, "show", "-s", "--format=%B").startswith("vsock: x\n\nWords.\n\nSigned-off-by")
