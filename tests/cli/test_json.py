"""Every command speaks --json: one document on standard output, whatever else is said on standard error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from patchflow.cli.main import COMMANDS
from tests.conftest import Once, git, run_patchflow
from tests.mails import mail, mbox, patch_mail

_ANSWERS = "Ada Example\nada@example.org\n127.0.0.1:9\n\nvsock\n-\nyes\nno\n"
# What is typed, in a clone with a series that was sent (and, of `backport` and `demo`, elsewhere: their own tests).
LINES = (
    "new more --base base", "adopt other --base base", "status", "status --all --stats", "cover", "check",
    "check --fix", "rules", "rules fixes-format", "cc", "cc -f net/vmw_vsock/af_vsock.c", "profile",
    "window --offline", "format -o {tmp}/out", "diff", "send --dry-run --resend", "verify --offline",
    "fetch --mbox {tmp}/list.mbox", "fetch --sources", "thread", "todo", "reply --list", "trailers", "respin",
    "sync push home", "dep list", "archive demo", "archive --list", "review {tmp}/list.mbox", "review list",
    "review waiting", "dig HEAD --offline", "watch --once --offline", "watch --log", "watch --timer", "search widget",
    "try clean", "hook install", "hook list", "hook uninstall", "setup", "trust", "trust --list", "trust --remove",
    "doctor", "config", "config profile", "completion bash", "undo --list", "undo --yes", "redo",
    "patch fixup 2 --dry-run",
)  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_it_is_one_document(series: Path, smtp: Any, once: Once, tmp_path: Path, line: str) -> None:
    (tmp_path / "list.mbox").write_bytes(mbox(patch_mail(), mail("> +int one;\n\nWhy?\n", to="<p1@example.org>")))
    once("sent", series, lambda folder: run_patchflow("-C", str(folder), "send", "--yes"))
    git(series, "branch", "other")
    git(tmp_path, "init", "-q", "--bare", "home.git")
    git(series, "remote", "add", "home", str(tmp_path / "home.git"))
    if line.startswith(("search", "thread")):
        assert run_patchflow("-C", str(series), "fetch", "--mbox", str(tmp_path / "list.mbox")).code == 0
    if line == "redo":
        assert run_patchflow("-C", str(series), "cover", "--set", "-", stdin="A\n\nB.\n").code == 0
        assert run_patchflow("-C", str(series), "undo").code == 0
    words = line.format(tmp=tmp_path).split()
    ran = run_patchflow("-C", str(series), "--json", *words, stdin=_ANSWERS if line == "setup" else "")
    assert ran.code in (0, 1, 3) and isinstance(json.loads(ran.out), dict | list), ran.out + ran.err


def test_every_command_is_tried() -> None:
    assert {line.split()[0] for line in LINES} == set(COMMANDS) - {"backport", "demo"}
