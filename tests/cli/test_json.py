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

# What scripts rely on; more may be there. `x[].y`: each of the list x has a y.
KEYS = {
    "status": "series[].name series[].branch series[].profile series[].base series[].revision series[].state "
    "series[].next_step series[].patches series[].open_comments series[].sent[].revision series[].sent[].date "
    "series[].sent[].message_ids unreadable",
    "cover": "subject body",
    "check": "ruleset.version ruleset.date patches[].commit patches[].subject patches[].findings series "
    "summary.errors summary.warnings summary.advice",
    "cc": "patches[].patch patches[].recipients[].address patches[].recipients[].role patches[].recipients[].section "
    "patches[].recipients[].header patches[].recipients[].because cover",
    "window --offline": "tree state since until evidence[].source evidence[].says evidence[].age evidence[].detail "
    "forecast.closes forecast.reopens may_post",
    "format -o {tmp}/out": "revision files",
    "diff": "pairs[].left pairs[].right pairs[].status",
    "send --dry-run --resend": "revision messages[].message_id messages[].subject messages[].to messages[].cc "
    "messages[].state",
    "verify --offline": "messages[].message_id messages[].state messages[].changed",
    "fetch --mbox {tmp}/list.mbox": "new threads skipped",
    "thread": "threads[].root threads[].subject threads[].messages[].id threads[].messages[].parent "
    "threads[].messages[].depth threads[].messages[].from threads[].messages[].date threads[].messages[].subject "
    "threads[].messages[].kind threads[].messages[].revision threads[].messages[].part threads[].messages[].parts "
    "threads[].messages[].trailers threads[].messages[].comments",
    "todo": "comments",
    "trailers": "patches[].subject patches[].trailers rejected",
    "doctor": "checks[].name checks[].ok checks[].detail checks[].mend",
    "profile": "home sections tree branch bracket lists patchwork document window recipients prefix width",
    "review {tmp}/list.mbox": "series.title series.author series.revision series.base series.parts series.missing "
    "series.trailers worktree applied conflicts findings",
    "dig HEAD --offline": "threads",
    "dep list": "dependencies",
    "watch --once --offline": "events waits unreadable",
}


def lacks(document: Any, path: str) -> bool:
    """Whether a key is missing somewhere."""
    head, _, rest = path.partition(".")
    name = head.removesuffix("[]")
    if not isinstance(document, dict) or name not in document:
        return True
    below = document[name] if head.endswith("[]") else [document[name]]
    return bool(rest) and any(lacks(one, rest) for one in below)


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
    document = json.loads(ran.out)
    assert ran.code in (0, 1, 3) and isinstance(document, dict | list), ran.out + ran.err
    assert not [path for path in KEYS.get(line, "").split() if lacks(document, path)]


def test_every_command_is_tried() -> None:
    assert {line.split()[0] for line in LINES} == set(COMMANDS) - {"backport", "demo"} and {*KEYS} < {*LINES}
