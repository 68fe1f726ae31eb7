"""Mails read back: many of them by one `git am`, with the same verdict as each by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from patchflow.adapters.git.clean import CleanGit
from patchflow.flow.clone import Clone
from patchflow.flow.send import posting, run
from patchflow.flow.send.mails import lost_on_the_way, mails_of
from patchflow.flow.send.plan import Options
from patchflow.flow.send.posting import Mail
from tests.conftest import commit, git, run_patchflow

MANY = 12


@pytest.fixture
def many(small: Path) -> Path:
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base", "--profile", "vsock").code == 0
    for number in range(MANY - 4):
        commit(small, f"add number {number}")
    commit(small, "add a file", "one\ntwo\n", "net/vmw_vsock/new file.c")
    git(small, "mv", "net/vmw_vsock/new file.c", "net/vmw_vsock/moved.c")
    git(small, "update-index", "--chmod=+x", "net/vmw_vsock/moved.c")
    git(small, "commit", "-q", "-s", "-m", "vsock: move it\n\nIt is better there.")
    (small / "net/vmw_vsock/data.bin").write_bytes(bytes(range(256)))
    git(small, "add", "-A")
    git(
        small,
        "commit",
        "-q",
        "-s",
        "-m",
        "vsock: add what is no text\n\nIt is needed.",
        "--author=Zoë Ä <zoe@example.org>",
    )
    git(small, "rm", "-q", "net/vmw_vsock/moved.c")
    git(small, "commit", "-q", "-s", "-m", "vsock: remove it\n\nNobody needs it.")
    return small


def mails(folder: Path) -> tuple[Clone, list[Mail]]:
    here = Clone(str(folder))
    series = here.store.load("demo")
    return here, mails_of(here, series, here.profile_of(series))


def nobody_asked(*words: Any, **how: Any) -> Any:
    raise AssertionError("a mail was looked at by itself")


def test_many_mails_are_read_at_once(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, made = mails(many)
    monkeypatch.setattr(CleanGit, "is_quick", True, raising=False)
    monkeypatch.setattr(CleanGit, "applied", nobody_asked)
    assert len(made) == MANY + 1 and lost_on_the_way(here, made) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Say why it is needed, in a body.", "Say something else."),
        ("+int add_number_5;", "+int add_number_6;"),
        ("From: Ada Example", "From: Eve Example"),
        ("Date: ", "Date: Thu, 1 Jan 1970 00:00:00 +0000\nX-Date: "),
        ("\n int add_number_4;", "\n int another;"),
        ("Subject: [PATCH", "Subject: [PATCH] [x] [PATCH"),
        ("in a body.\n", "in a body.\n\n-- >8 --\n"),
        (
            "\n---\n",
            "\n---\n\nFrom 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: x <x@y.z>\n\n",
        ),
    ],
)
@pytest.mark.long
def test_a_mail_that_loses_something_is_named(many: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    here, made = mails(many)
    at = next(n for n, one in enumerate(made) if "number 5" in one.subject)
    assert old in made[at].text
    made[at] = replace(made[at], text=made[at].text.replace(old, new, 1))
    together = lost_on_the_way(here, made)
    monkeypatch.setattr(posting, "_MANY", 1000)
    assert together == lost_on_the_way(here, made)
    if not old.startswith("Subject"):
        assert {one.commit for one in together} == {made[at].commit}


def test_mails_in_another_order_are_read_one_by_one(many: Path) -> None:
    here, made = mails(many)
    assert lost_on_the_way(here, list(reversed(made))) == []


def test_what_the_mails_keep_is_not_asked_again(many: Path, monkeypatch: pytest.MonkeyPatch, smtp: Any) -> None:
    monkeypatch.setattr("patchflow.adapters.git.history.losses_of", nobody_asked)
    here = Clone(str(many))
    plan = run.plan_send(here, here.store.load("demo"), Options())
    assert not [f for f in plan.report.all() if f.rule == "message-arrives"]
    assert "mail-arrives" not in {gate.id for gate in plan.gates}


def test_a_lost_line_is_told_by_the_rule_alone(many: Path, smtp: Any) -> None:
    git(
        many,
        "commit",
        "-q",
        "--allow-empty-message",
        "--amend",
        "-m",
        "vsock: remove it\n\nWhy.\n\n---\nThis goes.\n\nSigned-off-by: Ada Example <ada@example.org>",
    )
    for key in (None, "sendemail.cc"):
        if key:
            git(many, "config", key, "list@example.org")
        here = Clone(str(many))
        plan = run.plan_send(here, here.store.load("demo"), Options())
        assert [f.line for f in plan.report.all() if f.rule == "message-arrives"] == [5]
        assert "mail-arrives" not in {gate.id for gate in plan.gates}, "what the rule has said is not said twice"


def test_people_that_keys_add_are_in_the_mails_that_are_read(
    many: Path, monkeypatch: pytest.MonkeyPatch, smtp: Any
) -> None:
    seen: list[str] = []

    def reads(here: Clone, made: list[Mail]) -> list[Any]:
        seen.extend(one.text for one in made)
        return []

    monkeypatch.setattr(run, "lost_on_the_way", reads)
    git(many, "config", "sendemail.cc", "copy@example.org")
    here = Clone(str(many))
    run.plan_send(here, here.store.load("demo"), Options())
    assert len(seen) == MANY + 1 and all("copy@example.org" in text for text in seen)
