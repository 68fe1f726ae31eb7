"""What shows that a series was applied: notices, Patchwork, a tree's commits; and what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_series import p
from tests.conftest import commit, git


def bots_mail(parent: str, text: str, number: int = 1) -> str:
    return (
        "From x Thu Jan  1 00:00:00 1970\nFrom: patchwork-bot+netdevbpf@kernel.org\nTo: ada@example.org\n"
        f"Subject: Re: [PATCH net-next 0/2] vsock: add one and two\nMessage-ID: <bot{number}@example.net>\n"
        f"In-Reply-To: <{parent}>\nDate: Mon, 02 Mar 2026 12:00:00 +0000\n\n{text}\n\n"
    )


def test_a_notice_of_applied_counts_with_evidence_alone(series: Path, smtp: Any, tmp_path: Path) -> None:
    p(series, "send", "--yes")
    (one,) = p(series, "status")["series"]
    assert one["state"] == "sent"
    root = one["sent"][0]["message_ids"][0]
    mbox = tmp_path / "bot.mbox"

    def heard(text: str, number: int, who: str = "") -> dict[str, Any]:
        mail = bots_mail(root, text, number)
        mbox.write_text(mail.replace("patchwork-bot+netdevbpf@kernel.org", who) if who else mail)
        p(series, "fetch", "--mbox", str(mbox))
        return dict(p(series, "status")["series"][0])

    said = "Hello:\n\nThis series was applied to netdev/net-next.git (main)\nby M:\n"
    assert heard("Hello:\n\nThis series was not applied to netdev/net-next.git.", 1)["state"] == "under review"
    assert heard(said, 2, "mallory@evil.example")["state"] == "under review", "nobody who could know"
    one = heard(said, 3)
    assert one["state"] == "says applied" and "`git fetch net-next`" not in one["next_step"]
    assert "patchwork-bot+netdevbpf@kernel.org says v1 was applied to netdev/net-next.git (main)" in one["next_step"]
    own = git(series, "rev-parse", "demo~1", "demo").split()
    named = "".join(f"  https://git.kernel.org/x/c/{commit}\n" for commit in own)
    assert heard(said + named, 4)["state"] == "says applied", "our own commits show nothing"
    git(series, "checkout", "-q", "-b", "upstream", "base")
    commit(series, "something else", "int other;\n", "net/vmw_vsock/other.c")
    git(series, "cherry-pick", "demo~1", "demo")
    theirs = git(series, "rev-parse", "upstream~1", "upstream").split()
    git(series, "checkout", "-q", "demo")
    one = heard(said + f"  https://git.kernel.org/x/c/{theirs[0][:12]}\n  https://git.kernel.org/x/c/{theirs[1]}\n", 5)
    assert (one["state"], one["next_step"]) == ("applied", "applied to netdev/net-next.git (main): nothing to do")
    git(series, "branch", "-q", "-D", "upstream")
    assert p(series, "status")["series"][0]["state"] == "applied", "what was shown once stays"


@pytest.mark.long
def test_some_patches_applied_and_dropped_again(series: Path, smtp: Any, tmp_path: Path) -> None:
    p(series, "send", "--yes")
    root = p(series, "status")["series"][0]["sent"][0]["message_ids"][0]
    mbox = tmp_path / "bot.mbox"

    def heard(text: str, number: int) -> dict[str, Any]:
        mbox.write_text(bots_mail(root, text, number).replace("12:00:00", f"12:00:{number:02}"))
        p(series, "fetch", "--mbox", str(mbox))
        return dict(p(series, "status")["series"][0])

    one = heard("Patch 1/2 was applied to netdev/net-next.git (main).", 1)
    assert (
        one["state"] == "under review" and "says patch 1 of v1 was applied to netdev/net-next.git" in one["next_step"]
    )
    one = heard("Both patches were applied to netdev/net-next.git (main).", 2)
    assert one["state"] == "says applied" and "says v1 was applied" in one["next_step"]
    assert one["open_comments"] == 0, "such a mail asks for nothing"
    git(series, "checkout", "-q", "-b", "upstream", "base")
    commit(series, "something else", "int other;\n", "net/vmw_vsock/other.c")
    git(series, "cherry-pick", "demo~1", "demo")
    git(series, "update-ref", "refs/remotes/net-next/main", "upstream")
    git(series, "checkout", "-q", "demo")
    assert p(series, "status")["series"][0]["state"] == "applied"
    assert heard("This series was dropped, it broke the build.", 3)["state"] == "applied", "the tree outweighs words"
    git(series, "checkout", "-q", "upstream")
    git(series, "revert", "--no-edit", "upstream")
    git(series, "update-ref", "refs/remotes/net-next/main", "upstream")
    git(series, "checkout", "-q", "demo")
    one = p(series, "status")["series"][0]
    assert one["state"] == "under review" and "says v1 was dropped again" in one["next_step"]
    assert p(series, "status")["series"][0]["state"] == "under review"


@pytest.mark.long
def test_a_note_that_answers_nothing_is_found_by_its_title(series: Path, smtp: Any, tmp_path: Path) -> None:
    p(series, "send", "--yes")
    mbox = tmp_path / "notes.mbox"
    mbox.write_text("".join(
        "From x Thu Jan  1 00:00:00 1970\nFrom: patchwork-bot+netdevbpf@kernel.org\nTo: ada@example.org\n"
        f'Subject: patch "vsock: add {word}" added to usb-testing\nMessage-ID: <note-{word}@example.net>\n'
        "Date: Mon, 02 Mar 2026 12:00:00 +0000\n\n"
        f"This is a note to let you know that I've just added the patch titled\n\n    vsock: add {word}\n\n"
        "to my usb git tree which can be found at\n    git://git.example.org/usb.git\nin the usb-testing branch.\n\n"
        for word in ("one", "two")
    ))  # fmt: skip
    p(series, "fetch", "--mbox", str(mbox))
    one = p(series, "status")["series"][0]
    assert one["state"] == "says applied" and "says v1 was applied to usb" in one["next_step"]


@pytest.mark.long
def test_linus_may_apply_what_get_maintainer_keeps_from_him(series: Path, smtp: Any, tmp_path: Path) -> None:
    p(series, "send", "--yes")
    root = p(series, "status")["series"][0]["sent"][0]["message_ids"][0]
    mbox = tmp_path / "his.mbox"
    his = bots_mail(root, "Applied, thanks.").replace(
        "patchwork-bot+netdevbpf@kernel.org", "torvalds@linux-foundation.org"
    )
    mbox.write_text(his)
    p(series, "fetch", "--mbox", str(mbox))
    assert p(series, "status")["series"][0]["state"] == "says applied"


@pytest.mark.long
def test_a_notice_keeps_comments_open_and_patchwork_is_evidence(series: Path, smtp: Any, tmp_path: Path) -> None:
    p(series, "send", "--yes")
    root = p(series, "status")["series"][0]["sent"][0]["message_ids"][0]
    mbox = tmp_path / "all.mbox"
    mbox.write_text(
        bots_mail(root, "This series was applied to netdev/net-next.git (main)", 1)
        + "From x Thu Jan  1 00:00:00 1970\nFrom: Rik Reviewer <rik@example.net>\nTo: ada@example.org\n"
        f"Subject: Re: [PATCH net-next 0/2] vsock: add one and two\n"
        f"Message-ID: <c@example.net>\nIn-Reply-To: <{root}>\n"
        "Date: Mon, 02 Mar 2026 12:00:00 +0000\n\nPlease say how this was tested.\n\n"
    )
    p(series, "fetch", "--mbox", str(mbox))
    (one,) = p(series, "status")["series"]
    assert (one["state"], one["open_comments"]) == ("says applied", 1)
    assert one["next_step"].endswith("1 open comment: `patchflow todo`, then `patchflow respin`")
    assert len(p(series, "todo", code=1)["comments"]) == 1
    kept = series / ".git/patchflow/patchwork" / f"{one['change_id']}.json"
    kept.parent.mkdir()
    ids = one["sent"][0]["message_ids"][1:]
    rows = [{"message_id": id, "name": "x", "state": "accepted", "tests": []} for id in ids]
    kept.write_text(json.dumps({"revision": 1, "patches": rows}))
    (one,) = [p(series, "status")["series"][0] for _ in range(2)][1:]
    assert one["state"] == "applied" and one["next_step"].endswith(": 1 open comment: `patchflow todo`")


def test_applied_is_seen_in_the_tree_by_link_or_patch_id(series: Path, smtp: Any) -> None:
    p(series, "send", "--yes")
    (one,) = p(series, "status")["series"]
    ids = one["sent"][0]["message_ids"]
    git(series, "checkout", "-q", "-b", "upstream", "base")
    commit(series, "something else", "int other;\n", "net/vmw_vsock/other.c")
    git(series, "cherry-pick", "demo~1")
    git(series, "update-ref", "refs/remotes/net-next/main", "upstream")
    git(series, "checkout", "-q", "demo")
    assert p(series, "status")["series"][0]["state"] == "sent", "one of the two is not there yet"
    git(series, "checkout", "-q", "upstream")
    (series / "net/vmw_vsock/af_vsock.c").write_text("int mended_by_the_maintainer;\n")
    git(series, "commit", "-q", "-a", "-m", f"vsock: add two\n\nLink: https://patch.msgid.link/{ids[2]}\n")
    git(series, "update-ref", "refs/remotes/net-next/main", "upstream")
    git(series, "checkout", "-q", "demo")
    for _ in range(2):
        (one,) = p(series, "status")["series"]
        assert (one["state"], one["next_step"]) == ("applied", "applied to net-next/main: nothing to do")
    git(series, "update-ref", "refs/remotes/net-next/main", "base")
    assert p(series, "status")["series"][0]["state"] == "applied", "a tree that was rebased takes nothing back"
