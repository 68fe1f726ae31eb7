"""What is wrong with a send is named before anything leaves, with how to go on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import commit, git, run_patchflow


def gates(folder: Path, *words: str) -> dict[str, str]:
    ran = run_patchflow("-C", str(folder), "--json", "send", "--yes", *words)
    assert ran.code == 1, ran.out + ran.err
    return {gate["id"]: f"{gate['text']}; {gate['go_on']}" for gate in ran.json["gates"]}


def set_cover(folder: Path, text: str) -> None:
    assert run_patchflow("-C", str(folder), "cover", "--set", "-", stdin=text).code == 0


@pytest.mark.parametrize(
    ("cover", "says"),
    [("vsock: x\n\nEDITME: say more\n", "placeholder"), ("vsock: x\n", "cover letter is empty")],
)
def test_an_unfinished_cover(series: Path, smtp: Any, cover: str, says: str) -> None:
    set_cover(series, cover)
    assert says in gates(series)["cover-letter"]
    assert smtp.messages() == []


def test_a_cover_without_a_subject_is_not_taken(series: Path) -> None:
    ran = run_patchflow("-C", str(series), "cover", "--set", "-", stdin="\n\n")
    assert ran.code == 2
    assert "no subject" in ran.err


@pytest.mark.long
def test_a_patch_over_the_lists_size(series: Path, smtp: Any) -> None:
    commit(series, "add much", "".join(f"int much_{n};\n" for n in range(30_000)))
    found = gates(series)
    assert "kB" in found["mail-size"]
    assert smtp.messages() == []


def test_an_address_that_does_not_parse_is_named_with_its_key(series: Path, smtp: Any) -> None:
    git(series, "config", "sendemail.cc", "not an address at all <x@@y>")
    found = gates(series)
    assert "x@@y" in found["git-send-email"]
    assert "sendemail.cc" in found["git-send-email"]
    assert smtp.messages() == []


def test_keys_that_contradict_each_other(series: Path, smtp: Any) -> None:
    git(series, "config", "sendemail.smtpServerPort", "notaport")
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code in (1, 4)
    assert smtp.messages() == []


@pytest.mark.long
def test_a_comma_in_a_name_stays_one_address(series: Path, smtp: Any) -> None:
    assert run_patchflow("-C", str(series), "cc", "--add", '"Doe, Jane" <jane@example.net>').code == 0
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    for mail in smtp.messages():
        assert b'"Doe, Jane" <jane@example.net>' in mail
        assert b"jane@example.net" in mail.split(b"\n")[1]


def test_a_maintainer_who_was_dropped(series: Path, smtp: Any) -> None:
    assert run_patchflow("-C", str(series), "cc", "--drop", "marco@example.net").code == 0
    assert "marco@example.net" in gates(series)["dropped-maintainer"]
    ran = run_patchflow("-C", str(series), "send", "--yes", "--override", "dropped-maintainer=he asked for it",
                        "--override", "cc-maintainers=he asked for it")  # fmt: skip
    assert ran.code == 0, ran.out + ran.err
    assert not [mail for mail in smtp.messages() if b"marco@example.net" in mail]
    record = git(series, "for-each-ref", "--format=%(refname)", "refs/patchflow")
    assert "he asked for it" in git(series, "show", f"{record}:revision.json")


@pytest.mark.long
def test_a_maintainer_who_is_written_to_at_another_address(series: Path, smtp: Any) -> None:
    git(series, "config", "status.showUntrackedFiles", "no")
    (series / ".mailmap").write_text("Marco Example <marco@example.net> <marco@old.example.net>\n")
    words = ("cc", "--drop", "marco@example.net", "--add", "marco@old.example.net")
    assert run_patchflow("-C", str(series), *words).code == 0
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert all(b"marco@old.example.net" in mail for mail in smtp.messages())
    assert "cc-maintainers" not in ran.out


@pytest.mark.long
def test_sixteen_patches(series: Path, smtp: Any) -> None:
    for number in range(14):
        commit(series, f"more {number}")
    assert "at most 15" in gates(series)["patch-count"]


def test_a_base_that_is_not_in_the_named_tree(series: Path, smtp: Any) -> None:
    git(series, "update-ref", "refs/remotes/net-next/main", git(series, "commit-tree", "-m", "other", "HEAD^{tree}"))
    assert "net-next/main" in gates(series)["base-not-in-tree"]


def test_a_series_that_does_not_apply_to_its_tree(series: Path, smtp: Any) -> None:
    """What `check` learns by asking git and the linters stops a send as well."""
    git(series, "checkout", "-q", "-b", "upstream", "base")
    (series / "net/vmw_vsock/af_vsock.c").write_text("// SPDX-License-Identifier: GPL-2.0\nint quite_other;\n")
    git(series, "commit", "-q", "-a", "-m", "vsock: another way")
    git(series, "update-ref", "refs/remotes/net-next/main", "upstream")
    git(series, "checkout", "-q", "demo")
    assert "net/vmw_vsock/af_vsock.c" in gates(series)["applies"]
    assert smtp.messages() == []


def test_what_a_tool_newly_says_stops_a_send(series: Path, smtp: Any) -> None:
    script = series / "scripts/kernel-doc"
    script.write_text('#!/usr/bin/env perl\nprint STDERR "$ARGV[-1]:5: warning: add_two not described\\n" '
                      'if `grep -c add_two $ARGV[-1]` > 0;\n')  # fmt: skip
    git(series, "config", "status.showUntrackedFiles", "no")
    with (series / "net/vmw_vsock/af_vsock.c").open("a") as file:
        file.write("/** add_two - adds two */\n")
    git(series, "commit", "-q", "-a", "--amend", "--no-edit")
    assert "add_two not described" in gates(series)["kdoc"]
    assert smtp.messages() == []


def test_an_override_wants_a_reason(series: Path) -> None:
    ran = run_patchflow("-C", str(series), "send", "--override", "patch-count")
    assert ran.code == 2
    assert "RULE=REASON" in ran.err


def test_a_closed_window_stops_patches_but_not_rfc(series: Path, smtp: Any) -> None:
    """A release was tagged a day ago."""
    git(series, "tag", "-a", "-m", "release", "v7.2")
    assert "net-next is closed" in gates(series)["window-closed"]
    ran = run_patchflow("-C", str(series), "send", "--yes", "--rfc")
    assert ran.code == 0, ran.out + ran.err
    assert b"Subject: [RFC PATCH net-next 0/2]" in smtp.messages()[0]


def test_your_own_configuration_is_shown_and_used(series: Path, smtp: Any) -> None:
    git(series, "config", "sendemail.bcc", "archive@example.org")
    ran = run_patchflow("-C", str(series), "send", "--dry-run")
    assert "Bcc      archive@example.org" in ran.out
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    assert b"archive@example.org" in smtp.messages()[0].split(b"\n")[1]


def test_a_sendmail_command_is_the_users(series: Path, tmp_path: Path) -> None:
    out = tmp_path / "sendmail"
    script = tmp_path / "fake-msmtp"
    script.write_text(f'#!/bin/sh\necho "$@" >> "{out}"\ncat >> "{out}"\n')
    script.chmod(0o755)
    git(series, "config", "sendemail.sendmailCmd", str(script))
    ran = run_patchflow("-C", str(series), "--json", "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert {message["state"] for message in ran.json["messages"]} == {"sent"}
    assert out.read_text().lower().count("\nmessage-id: ") == 3  # git 2.47 writes it as `Message-ID`


def test_a_ping_is_never_sent_before_two_weeks(series: Path, smtp: Any) -> None:
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    ran = run_patchflow("-C", str(series), "reply", "--nudge")
    assert ran.code == 1
    assert "before two weeks" in ran.err


def test_a_polite_ping_is_drafted_after_two_weeks(series: Path, smtp: Any) -> None:
    from dataclasses import replace
    from datetime import timedelta

    from patchflow.flow.clone import Clone

    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    here = Clone(str(series))
    now = here.store.load()
    last = now.revisions[-1]
    here.store.record(now, replace(last, date=last.date - timedelta(days=22)), _mails(here))
    status = run_patchflow("-C", str(series), "--json", "status").json["series"][0]
    assert status["days_quiet"] == 22
    assert "--nudge" in status["next_step"]
    ran = run_patchflow("-C", str(series), "--json", "reply", "--nudge")
    assert ran.code == 0, ran.err
    draft = Path(ran.json["draft"]).read_text()
    assert "3 weeks" in draft
    assert f"In-Reply-To: <{last.root}>" in draft
    assert "marco@example.net" in draft
    git(series, "tag", "-a", "-m", "release", "v7.2")
    assert run_patchflow("-C", str(series), "reply", "--nudge").code == 1, "never while the window is closed"


def _mails(here: Any) -> dict[str, bytes]:
    (commit_id,) = here.repository.refs("refs/patchflow/").values()
    return {
        path.rpartition("/")[2]: here.repository.read_blob(commit_id, path)
        for path in here.repository.paths(commit_id, "messages")
    }


@pytest.mark.long
def test_fifteen_patches_that_wait(series: Path, smtp: Any) -> None:
    """Across series at most 15 patches of one author wait in a tree; what was applied does not wait."""
    for number in range(6):
        commit(series, f"more {number}")
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    assert run_patchflow("-C", str(series), "new", "second", "--base", "base").code == 0
    for number in range(8):
        commit(series, f"other {number}", path="net/vmw_vsock/other.c")
    set_cover(series, "vsock: other ones\n\nThey are needed.\n")
    assert "8 patches of yours wait already; with these 16" in gates(series)["outstanding"]
    git(series, "update-ref", "refs/remotes/net-next/main", "demo")
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 0, ran.out + ran.err


def test_a_patch_that_nobody_would_get(series: Path, smtp: Any) -> None:
    (series / "MAINTAINERS").write_text("\n")
    assert "has no recipient" in gates(series)["no-recipients"]
    assert smtp.messages() == []


def test_a_comment_that_nobody_answered_asks_and_does_not_block(series: Path, smtp: Any, tmp_path: Path) -> None:
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    (patch,) = [m for m in smtp.messages() if b" 1/2] " in m.partition(b"\n\n")[0]]
    message_id = re.findall(rb"(?im)^message-id: (<.*>)$", patch)[0].decode()
    mbox = tmp_path / "reply.mbox"
    mbox.write_text(
        "From x Mon Nov 23 12:00:00 2026\nFrom: Rita <rita@example.net>\nSubject: Re: add one\n"
        f"Message-ID: <r1@example.net>\nIn-Reply-To: {message_id}\nDate: Mon, 23 Nov 2026 12:00:00 +0000\n\n"
        "> +int add_one;\nWhy not static?\n\n"
    )
    assert run_patchflow("-C", str(series), "fetch", "--mbox", str(mbox)).code == 0
    assert run_patchflow("-C", str(series), "respin").code == 0
    commit(series, "add three")
    set_cover(series, "vsock: add one and two\n\nThey are needed.\n\n---\nChanges in v2:\n- add three\n- Link to v1: "
              "https://lore.kernel.org/r/x\n")  # fmt: skip
    ran = run_patchflow("-C", str(series), "send", "--yes", "--override", "repost-24h=a test")
    assert ran.code == 0, ran.out + ran.err
    assert "look: 1 review comment of v1 has no answer yet" in ran.out + ran.err


@pytest.mark.long
def test_resent_unmodified(series: Path, smtp: Any) -> None:
    """RESEND says that nothing changed: the same version, new Message-IDs, a thread of its own."""
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    first = len(smtp.messages())
    ran = run_patchflow("-C", str(series), "send", "--yes", "--resend", "--override", "repost-24h=a test")
    assert ran.code == 0, ran.out + ran.err
    again = [message.partition(b"\n\n")[0] for message in smtp.messages()[first:]]
    assert len(again) == first
    assert all(b"RESEND" in head and b"net-next" in head and b" v2" not in head for head in again)
    ids = [re.findall(rb"(?im)^message-id: (<.*>)$", message)[0] for message in smtp.messages()]
    assert len(set(ids)) == 2 * first
