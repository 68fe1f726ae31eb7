"""A series whose first mail answers another one: a bug report, a request."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MESSAGE, commit, git, run_patchflow

NOW = ("--override", "repost-24h=a test", "--override", "changelog=a test")
REPORT = """From x Thu Jan  1 00:00:00 2026
From: Rita Reporter <rita@example.net>
Date: Thu, 1 Jan 2026 10:00:00 +0000
Message-ID: <report@example.net>
In-Reply-To: <older@example.net>
References: <oldest@example.net> <older@example.net>
Subject: Re: vsock: it hangs
To: netdev@lists.example.org

It hangs.
"""


def p(folder: Path, *words: str, code: int = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


def headers(raw: bytes) -> tuple[str, list[str]]:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    return mail["In-Reply-To"] or "", (mail["References"] or "").split()


@pytest.fixture
def reported(series: Path, tmp_path: Path) -> Path:
    (tmp_path / "mbox").write_text(REPORT)
    p(series, "fetch", "--mbox", str(tmp_path / "mbox"))
    return series


@pytest.mark.long
def test_a_series_answers_a_report(reported: Path, smtp: Any) -> None:
    before = (reported / ".git/config").read_text()
    url = "https://lore.kernel.org/netdev/report@example.net/"
    assert p(reported, "send", "--dry-run", "--answers", url)["answers"] == "report@example.net"
    assert (reported / ".git/config").read_text() == before, "a dry run keeps nothing"
    page = run_patchflow("-C", str(reported), "send", "--dry-run", "--answers", "<report@example.net>").out
    assert "answers  <report@example.net>  Re: vsock: it hangs, from Rita Reporter <rita@example.net>" in page
    p(reported, "send", "--yes", "--answers", url)
    above = ["<oldest@example.net>", "<older@example.net>", "<report@example.net>"]
    cover, *patches = smtp.messages()
    own = str(email.message_from_bytes(cover)["Message-ID"])
    assert headers(cover) == (above[-1], above)
    assert [headers(one) for one in patches] == [(own, [*above, own])] * 2

    # The next version begins a thread of its own, as the profile wants; only an override sends it into the old one.
    git(reported, "commit", "-q", "--amend", "-m", MESSAGE.format(title="add it better"))
    p(reported, "respin")
    dry = run_patchflow("-C", str(reported), "send", "--dry-run", *NOW).out
    assert "answers  nothing: v1 answered <report@example.net>" in dry and "[fresh-thread]" not in dry
    held = p(reported, "send", "--yes", "--answers", "report@example.net", *NOW, code=1)
    assert "fresh-thread" in {gate["id"] for gate in held["gates"]} and len(smtp.messages()) == 3
    assert p(reported, "send", "--dry-run", *NOW, code=1)["answers"] == "report@example.net", "kept with the series"
    p(reported, "undo")
    p(reported, "send", "--yes", "--override", "cover-letter=a test", *NOW)
    assert headers(smtp.messages()[3]) == ("", [])


def test_some_maintainers_want_no_answer_at_all(reported: Path) -> None:
    words = ("--answers", "report@example.net")
    assert "fresh-thread" not in {gate["id"] for gate in p(reported, "send", "--dry-run", *words)["gates"]}
    git(reported, "config", "branch.demo.patchflow-profile", "kvm-x86")
    page = run_patchflow("-C", str(reported), "send", "--dry-run", *words).out
    assert "which these maintainers do not want" in page


def test_ids_that_cannot_stand_in_a_header_are_left_out(series: Path, tmp_path: Path, smtp: Any) -> None:
    odd = f"<oldest@example.net> <{'y' * 1500}@x> <caf\u00e9@x>"
    (tmp_path / "mbox").write_text(REPORT.replace("<oldest@example.net>", odd))
    p(series, "fetch", "--mbox", str(tmp_path / "mbox"))
    p(series, "send", "--yes", "--answers", "report@example.net")
    assert headers(smtp.messages()[0])[1] == ["<oldest@example.net>", "<older@example.net>", "<report@example.net>"]


@pytest.mark.long
def test_a_report_that_is_not_at_hand_and_words_that_are_none(series: Path, smtp: Any) -> None:
    for word in ("nothing", "a@b\nBcc: all@example.org", "a b@c", "@", "<a@b> <c@d>", "x@" + "y" * 400, "a\u202e@b"):
        assert run_patchflow("-C", str(series), "send", "--dry-run", "--answers", word).code == 2, word
    assert p(series, "send", "--dry-run", "--answers", "there@example.net")["answers"] == "there@example.net"
    git(series, "config", "branch.demo.patchflow-answers", "1 x@y\nBcc: all@example.org")  # by hand
    assert p(series, "send", "--dry-run")["answers"] is None
    p(series, "send", "--yes", "--answers", "there@example.net")
    assert headers(smtp.messages()[0]) == ("<there@example.net>", ["<there@example.net>"])


@pytest.mark.parametrize(("where", "parent"), [("first", 0), ("last", 1)])
@pytest.mark.long
def test_a_profile_says_what_a_new_version_answers(small: Path, where: str, parent: int, sealed: Path) -> None:
    """Shallow (the first version's mail) or the last one's; a report that is closed where the profile says so."""
    folder = sealed / "config/patchflow/profiles"
    folder.mkdir(parents=True)
    text = f'extends = "vsock"\nfresh_thread = false\nanswer_closes = true\nversions_answer = "{where}"\n'
    (folder / "mine.toml").write_text(text)
    p(small, "new", "demo", "--base", "base", "--profile", "mine")
    commit(small, "add one")
    closes = "Closes: https://lore.kernel.org/all/report@example.net/\nSigned-off-by"
    git(small, "commit", "-q", "--amend", "-m", MESSAGE.format(title="add one").replace("Signed-off-by", closes))
    from patchflow.demo.server import LoopbackServer

    server = LoopbackServer(sealed / "delivered")
    git(small, "config", "sendemail.smtpServer", "127.0.0.1")
    git(small, "config", "sendemail.smtpServerPort", str(server.port))
    try:
        for number in range(3):
            p(small, "send", "--yes", *NOW, "--override", "fixes=a test")
            git(small, "commit", "-q", "--amend", "-m", MESSAGE.format(title=f"add one, {number}"))
            p(small, "respin")
        sent = server.messages()
    finally:
        server.stop()
    ids = [str(email.message_from_bytes(one)["Message-ID"]) for one in sent]
    assert [headers(one)[0] for one in sent] == ["<report@example.net>", ids[0], ids[parent]]
    (folder / "mine.toml").write_text(text.replace("fresh_thread = false", "fresh_thread = true"))
    ran = run_patchflow("-C", str(small), "send", "--dry-run")
    assert ran.code == 2 and "contradicts fresh_thread" in ran.err
