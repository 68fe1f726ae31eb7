"""`review waiting` and `snooze`: which of other people's series wait for the user, and until when they were put off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import run_patchflow
from tests.mails import PATCH_BODY, mail, mbox

ME = "Ada Example <ada@example.org>"
UWE = "Uwe Upstream <uwe@example.net>"
TITLE = "widget: Fix a leak"


def when(days: int) -> str:
    """A Date so many days ago."""
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%a, %d %b %Y %H:%M:%S +0000")


def patch(days: int = 9, version: int = 1, id: str = "", extra: str = f"To: {ME}", sender: str = UWE) -> bytes:
    word = f" v{version}" if version > 1 else ""
    subject = f"[PATCH{word}] {TITLE}"
    return mail(PATCH_BODY, sender=sender, subject=subject, id=id or f"p{version}@uwe", date=when(days), extra=extra)


def reply(text: str, days: int, id: str, to: str, sender: str = ME) -> bytes:
    return mail(text, sender=sender, subject=f"Re: [PATCH] {TITLE}", id=id, to=f"<{to}>", date=when(days))


MINE = reply("> +\tkfree(widget);\nDouble free?\n", 8, "m1@ada", "p1@uwe")
ANSWER = reply("> Double free?\nNo, see above.\n", 7, "a1@uwe", "m1@ada", UWE)
LIST = "Cc: list@lists.example.org"
WAITS = {
    "addressed to you": ([patch()], ["addressed to you"]),
    "not to me": ([patch(extra=LIST)], []),
    "from me": ([patch(sender=ME)], []),
    "too old": ([patch(days=100)], []),
    "I answered": ([patch(), MINE], []),
    "answers you": ([patch(extra=LIST), MINE, ANSWER], ["answers you"]),
    "I had the last word": ([patch(), MINE, ANSWER, reply("> No, see above.\nI see.\n", 6, "m2@ada", "a1@uwe")], []),
    "another answers another": ([patch(), MINE, reply("Nice.\n", 6, "o1@o", "p1@uwe", "Ole <ole@example.com>")], []),
    "a bot answers": ([patch(), MINE, reply("Hi,\n", 6, "b1@b", "m1@ada", "kernel test robot <lkp@intel.com>")], []),
    "new version": ([patch(extra=LIST), MINE, patch(5, 2, extra=LIST)], ["new version"]),
    "I answered that, too": ([patch(), MINE, patch(5, 2), reply("Good.\n", 4, "m3@ada", "p2@uwe")], []),
}  # fmt: skip


def take_in(folder: Path, mails: list[bytes]) -> None:
    (folder.parent / "list.mbox").write_bytes(mbox(*mails))
    assert run_patchflow("-C", str(folder), "fetch", "--mbox", str(folder.parent / "list.mbox")).code == 0


def waiting(folder: Path, *words: str) -> list[Any]:
    ran = run_patchflow("-C", str(folder), "--json", "review", "waiting", *words)
    found: list[Any] = ran.json["waiting"]
    assert ran.code == any(not row["snoozed"] for row in found), ran.err
    return found


@pytest.mark.parametrize("what", WAITS)
def test_what_waits(what: str, small: Path) -> None:
    mails, why = WAITS[what]
    take_in(small, mails)
    assert [row["why"] for row in waiting(small)] == why


def test_what_touches_a_file_that_i_sent_patches_for(series: Path, smtp: Any) -> None:
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    body = PATCH_BODY.replace("drivers/widget/core.c", "net/vmw_vsock/af_vsock.c")
    there = mail(body, sender=UWE, subject="[PATCH] vsock: Fix a leak", id="p7@uwe", date=when(3), extra=LIST)
    take_in(series, [there, patch(extra=LIST)])
    (row,) = waiting(series)
    assert (row["why"], row["paths"], row["newest"]) == (
        "touches what you sent",
        ["net/vmw_vsock/af_vsock.c"],
        "p7@uwe",
    )


@pytest.mark.parametrize(
    ("until", "more", "wakes"),
    [
        ("answer", [reply("> Double free?\nYes.\n", 6, "a2@uwe", "m1@ada", UWE)], True),
        ("next", [reply("> Double free?\nYes.\n", 6, "a2@uwe", "m1@ada", UWE)], False),
        ("next", [patch(5, 2)], True),
        ("2999-01-01", [patch(5, 2)], False),
    ],
)
def test_put_off_until(until: str, more: list[bytes], wakes: bool, small: Path) -> None:
    mails = [patch(), MINE, ANSWER]
    take_in(small, mails)
    ran = run_patchflow("-C", str(small), "--json", "review", "snooze", "p1@uwe", until)
    assert ran.code == 0, ran.err
    assert waiting(small) == []
    assert [row["snoozed"] for row in waiting(small, "--all")] == [True]
    take_in(small, [*mails, *more])
    assert bool(waiting(small)) == wakes
    assert run_patchflow("-C", str(small), "undo").code == 0
    assert len(waiting(small)) == 1


def test_off_and_what_cannot_be_put_off(small: Path) -> None:
    take_in(small, [patch()])
    assert run_patchflow("-C", str(small), "review", "snooze", "p1@uwe", "next").code == 0
    assert waiting(small) == []
    assert run_patchflow("-C", str(small), "review", "snooze", "p1@uwe", "off").code == 0
    assert len(waiting(small)) == 1
    for words, says in (
        (["p1@uwe", "tomorrow"], "'tomorrow' is not a date"), (["p1@uwe", "2001-01-01"], "2001-01-01 is past"),
        (["no@such", "next"], "not a series that waits"),
        (["p1@uwe"], "until when"), ([], "until when"),
    ):  # fmt: skip
        ran = run_patchflow("-C", str(small), "review", "snooze", *words)
        assert ran.code == 2 and says in ran.err, ran.err


@pytest.mark.parametrize("text", ["nonsense", "[1]", '{"p1@uwe": 3}', '{"p1@uwe": {"until": "soon"}}'])
def test_a_damaged_file_costs_what_it_held(text: str, small: Path) -> None:
    take_in(small, [patch()])
    (small / ".git/patchflow/snoozed.json").write_text(text)
    ran = run_patchflow("-C", str(small), "review", "waiting")
    assert "addressed to you" in ran.out and "snoozed.json is damaged" in ran.err


def test_a_day_without_a_zone_is_one_in_utc(small: Path) -> None:
    take_in(small, [patch()])
    (small / ".git/patchflow/snoozed.json").write_text('{"p1@uwe": {"until": "2999-01-01"}}')
    assert [row["snoozed"] for row in waiting(small, "--all")] == [True]


def test_what_was_read_is_told_from_what_was_not(small: Path) -> None:
    """A whole thread is marked; what comes later is unread again, and one's own mail never is."""
    take_in(small, [patch(extra=LIST), MINE, ANSWER])

    def unread(*words: str) -> list[str]:
        ran = run_patchflow("-C", str(small), "--json", "search", "--unread", *words)
        assert all(row["unread"] for row in ran.json["messages"]) and ran.code == int(not ran.json["messages"])
        return [row["id"] for row in ran.json["messages"]]

    def mark(word: str, id: str = "a1@uwe") -> Any:
        return run_patchflow("-C", str(small), "--json", "thread", f"<{id}>", "--mark", word)

    assert unread() == ["a1@uwe", "p1@uwe"] and unread("dfn:widget", "f:uwe", f"tc:{LIST[4:]}") == ["p1@uwe"]
    assert [row["unread"] for row in waiting(small, "--unread")] == [2]
    assert mark("read").json == {"marked": "read", "messages": 3}
    assert unread() == [] and waiting(small, "--unread") == [] and [row["unread"] for row in waiting(small)] == [0]
    both = run_patchflow("-C", str(small), "--json", "search", "widget").json["messages"]
    assert {row["id"]: row["unread"] for row in both}["p1@uwe"] is False
    take_in(small, [patch(extra=LIST), MINE, ANSWER, reply("> Double free?\nSee v2.\n", 6, "a2@uwe", "m1@ada", UWE)])
    assert unread() == ["a2@uwe"] and [row["unread"] for row in waiting(small, "--unread")] == [1]
    assert mark("unread").code == 0 and unread() == ["a2@uwe", "a1@uwe", "p1@uwe"]
    refused = mark("read", "nowhere@x")
    assert refused.code == 2 and "nowhere@x" in refused.err
    assert run_patchflow("-C", str(small), "thread", "--mark", "read").code == 2, "no thread is meant"
