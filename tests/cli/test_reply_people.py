"""A reply whose recipients cannot all be written to: dropped, corrected, or let through with a reason; remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from patchflow.demo.server import header
from tests.conftest import git, run_patchflow

_REPLY = """From x@y Thu Jan  1 00:00:00 2026
From: Rev <rev@example.net>
To: Ada Example <ada@example.org>
Cc: netdev@vger.kernel.org, {cc}
Subject: Re: [PATCH net-next 1/2] vsock: add one
Date: Sat, 28 Nov 2026 20:00:00 +0000
Message-ID: <{name}@example.net>
In-Reply-To: <{parent}>

> +int add_one;

Why {name}?
"""


@pytest.fixture
def commented(series: Path, smtp: Any, tmp_path: Path) -> Any:
    """Takes a reviewer's mail in; gives back a function that does so and returns the comment's id."""
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    parent = header(smtp.messages()[1], "Message-ID").strip("<>")
    for path in smtp.folder.glob("*"):
        path.unlink()

    def take(name: str, cc: str) -> str:
        text = _REPLY.format(name=name, cc=cc, parent=parent)
        assert run_patchflow("-C", str(series), "fetch", "--mbox", "-", stdin=text).code == 0
        rows = run_patchflow("-C", str(series), "--json", "todo").json["comments"]
        return str(next(row["id"] for row in rows if row["message"] == f"{name}@example.net"))

    return take


def reply(series: Path, *words: str) -> Any:
    editor = {"GIT_EDITOR": 'sh -c \'printf "\\nBecause.\\n" >> "$1"\' x'}
    return run_patchflow("-C", str(series), "reply", *words, env=editor)


def reached(smtp: Any) -> set[str]:
    found = {one for mail in smtp.messages() for one in header(mail, "X-Envelope-To").split(", ")}
    for path in smtp.folder.glob("*"):
        path.unlink()
    return found


@pytest.mark.parametrize("cc", ["stable@vger.kernel.org # 5.10", "Stable <stable@vger.kernel.org[4.8+]>"])
@pytest.mark.long
def test_a_comment_behind_an_address_is_no_part_of_it(series: Path, smtp: Any, commented: Any, cc: str) -> None:
    one = commented("n1", cc)
    assert reply(series, one, "--edit").code == 0
    ran = reply(series, one, "--send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert reached(smtp) == {"rev@example.net", "netdev@vger.kernel.org", "stable@vger.kernel.org"}


def test_an_address_is_dropped_for_the_series(series: Path, smtp: Any, commented: Any) -> None:
    one = commented("n1", "Dead <dead@gone.example>")
    assert reply(series, one, "--edit").code == 0
    ran = reply(series, one, "--drop", "dead@gone.example", "--send", "--yes")
    assert ran.code == 0 and ran.out.startswith("sent: Re: "), "which one was sent, not what the server said"
    assert reached(smtp) == {"rev@example.net", "netdev@vger.kernel.org"}
    two = commented("n2", "Dead <dead@gone.example>")
    assert reply(series, two, "--edit").code == 0
    assert reply(series, two, "--send", "--yes").code == 0, "remembered"
    assert reached(smtp) == {"rev@example.net", "netdev@vger.kernel.org"}
    assert "dead@gone.example" in git(series, "config", "branch.demo.patchflow-cc-drop")


@pytest.mark.long
def test_an_address_is_corrected(series: Path, smtp: Any, commented: Any) -> None:
    one = commented("n1", "Old <old@gone.example>")
    assert reply(series, one, "--edit").code == 0
    ran = reply(series, one, "--correct", "old@gone.example=New <new@here.example>", "--send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert reached(smtp) == {"rev@example.net", "netdev@vger.kernel.org", "new@here.example"}


@pytest.mark.long
def test_the_lint_is_let_through_with_a_reason(series: Path, smtp: Any, commented: Any, tmp_path: Path) -> None:
    one = commented("n1", "Dead <dead@gone.example>")
    editor = {"GIT_EDITOR": 'sh -c \'sed -i /^Cc:/d "$1"; printf "\\nBecause.\\n" >> "$1"\' x'}
    run_patchflow("-C", str(series), "reply", one, "--edit", env=editor)
    ran = reply(series, one, "--send", "--yes")
    assert ran.code == 1 and "--override RULE=REASON" in ran.err and smtp.messages() == []
    assert reply(series, one, "--send", "--yes", "--override", "reply-recipients").code == 2
    ran = reply(series, one, "--send", "--yes", "--override", "reply-recipients=a private word")
    assert ran.code == 0 and "override reply-recipients: a private word" in ran.err
    assert reached(smtp) == {"rev@example.net"}


@pytest.mark.long
def test_what_the_configuration_adds_is_named_or_stops_it(series: Path, smtp: Any, commented: Any) -> None:
    one = commented("n1", "x@example.net")
    git(series, "config", "sendemail.bcc", "hidden@more.example")
    git(series, "config", "sendemail.ccCmd", "echo cmd@more.example #")
    assert reply(series, one, "--edit").code == 0
    ran = reply(series, one, "--send", "--yes")
    assert ran.code == 0 and "Bcc: cmd@more.example, hidden@more.example" in ran.err, ran.err
    assert reached(smtp) >= {"rev@example.net", "hidden@more.example", "cmd@more.example"}
    two = commented("n2", "x@example.net")
    git(series, "config", "sendemail.suppresscc", "all")
    assert reply(series, two, "--edit").code == 0
    ran = reply(series, two, "--send", "--yes")
    assert ran.code == 1 and "sendemail.suppresscc" in ran.err and smtp.messages() == []


@pytest.mark.long
def test_it_is_remembered_for_the_series_of_the_mail(series: Path, smtp: Any, commented: Any) -> None:
    """Not for the one that happens to be checked out."""
    one = commented("n1", "Dead <dead@gone.example>")
    assert reply(series, one, "--edit").code == 0
    assert run_patchflow("-C", str(series), "new", "other", "--base", "base").code == 0
    ran = reply(series, "n1@example.net", "--drop", "dead@gone.example", "--send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert "dead@gone.example" in git(series, "config", "branch.demo.patchflow-cc-drop")
    assert run_patchflow("-C", str(series), "--json", "cc").json is not None
    assert "branch.other.patchflow-cc-drop" not in git(series, "config", "--list")


def test_a_mail_about_no_series_here_keeps_nothing(series: Path, smtp: Any) -> None:
    text = _REPLY.format(name="n9", cc="dead@gone.example", parent="elsewhere@example.net")
    assert run_patchflow("-C", str(series), "fetch", "--mbox", "-", stdin=text).code == 0
    assert reply(series, "n9@example.net", "--edit").code in (0, 1)
    ran = reply(series, "n9@example.net", "--drop", "dead@gone.example", "--send", "--yes")
    assert ran.code == 2 and "no series of this clone" in ran.err and smtp.messages() == []


def test_a_draft_in_which_nothing_was_written_is_none(series: Path, smtp: Any, commented: Any) -> None:
    one = commented("n1", "marco@example.net")
    assert run_patchflow("-C", str(series), "reply", one).code == 1, "the lint asks for words"
    assert run_patchflow("-C", str(series), "reply", "--list").out == "No drafts.\n"
    reply(series, one, "--edit")
    (row,) = run_patchflow("-C", str(series), "--json", "reply", "--list").json
    assert row["to"] == ["Rev"] and row["comments"] == 1
    assert "(to Rev, 1 comment)" in run_patchflow("-C", str(series), "reply", "--list").out
