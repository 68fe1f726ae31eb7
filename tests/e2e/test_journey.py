"""The demo's journey on the real kernel tree, judged by the messages that were delivered."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from tests.conftest import git, run_patchflow


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "room"


@pytest.fixture
def delivered(room: Path, tree: Path) -> list[Message]:
    """Plays the demo once and reads what reached the server; `asked` beside it says whether a proxy was asked."""
    if not room.exists():
        with socket.create_server(("127.0.0.1", 0)) as proxy:
            way = f"http://127.0.0.1:{proxy.getsockname()[1]}"
            env = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), way)
            ran = run_patchflow("--json", "demo", "--tree", str(tree), "--folder", str(room), env=env)
            assert ran.code == 0, ran.err
            assert ran.json["held"] is True
            proxy.settimeout(0)
            with suppress(BlockingIOError):
                proxy.accept()
                (room.parent / "asked").touch()
    return [message_from_bytes(path.read_bytes()) for path in sorted((room / "delivered").glob("*.eml"))]


def ids(mails: list[Message]) -> list[str]:
    return [mail["Message-Id"] for mail in mails]


def body(mail: Message) -> str:
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def test_subjects_name_tree_version_and_part(delivered: list[Message]) -> None:
    brackets = [re.match(r"(?:Re: )?\[[^]]*\]", mail["Subject"])[0] for mail in delivered]  # type: ignore[index]
    assert brackets == [
        "[PATCH net-next 0/3]", "[PATCH net-next 1/3]", "[PATCH net-next 2/3]", "[PATCH net-next 3/3]",
        "Re: [PATCH net-next 1/3]",
        "[PATCH net-next v2 0/3]", "[PATCH net-next v2 1/3]", "[PATCH net-next v2 2/3]", "[PATCH net-next v2 3/3]",
    ]  # fmt: skip


def test_patches_reply_to_their_own_cover_and_a_new_version_starts_a_thread(delivered: list[Message]) -> None:
    first, second = delivered[:4], delivered[5:]
    for mails in (first, second):
        assert mails[0]["In-Reply-To"] is None
        assert mails[0]["References"] is None
        assert {mail["In-Reply-To"] for mail in mails[1:]} == {mails[0]["Message-Id"]}
    assert len(set(ids(delivered))) == len(delivered)


def test_the_answer_is_in_the_thread(delivered: list[Message]) -> None:
    answer = delivered[4]
    assert answer["In-Reply-To"] == "<b-1@example.net>"
    assert answer["References"].split() == [delivered[0]["Message-Id"], delivered[1]["Message-Id"], "<b-1@example.net>"]
    assert "netdev@vger.kernel.org" in answer["Cc"]
    assert ">> +\tatomic64_inc(&vsock->pkt_count);" in body(answer)


def test_maintainers_are_in_to_and_lists_in_cc(delivered: list[Message]) -> None:
    for mail in (*delivered[:4], *delivered[5:]):
        assert "Jakub Kicinski" in mail["To"]
        assert "netdev@vger.kernel.org" in mail["Cc"]
        assert "ada@example.org" not in mail["X-Envelope-To"]
    assert "Marco Maintainer" in delivered[5]["Cc"], "who commented on v1 gets v2"


def test_base_and_change_id_stand_in_the_cover(delivered: list[Message], room: Path) -> None:
    base = git(room / "linux", "rev-parse", "base")
    for cover in (delivered[0], delivered[5]):
        assert f"base-commit: {base}" in body(cover)
        assert "change-id: " in body(cover)


def test_v2_says_what_changed_and_links_to_v1(delivered: list[Message]) -> None:
    cover = body(delivered[5])
    root = delivered[0]["Message-Id"].strip("<>")
    assert "Changes in v2:" in cover
    assert "renamed the counter to pkts_queued" in " ".join(cover.split())
    assert f"- Link to v1: https://lore.kernel.org/r/{root}" in cover
    assert "Range-diff" not in cover, "it is on the page; a cover letter holds it where that is wanted"
    assert "Reviewed-by: Rita Reviewer <rita@example.net>\nSigned-off-by: Ada Example" in body(delivered[7])


def test_the_delivered_patches_apply(delivered: list[Message], room: Path, tmp_path: Path) -> None:
    """What left is what git am takes: the same trees as on the branch."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--shared", str(room / "linux"), str(clone))
    git(clone, "checkout", "-q", "base")
    mbox = tmp_path / "v2.mbox"
    mails = [(room / "delivered" / f"{n:04d}.eml").read_bytes().replace(b"\r\n", b"\n") for n in range(7, 10)]
    mbox.write_bytes(b"".join(b"From x Thu Jan  1 00:00:00 1970\n" + mail + b"\n" for mail in mails))
    git(clone, "am", "-q", str(mbox))
    assert git(clone, "rev-parse", "HEAD^{tree}") == git(room / "linux", "rev-parse", "vsock-demo^{tree}")


def test_nobody_outside_is_asked(delivered: list[Message], room: Path) -> None:
    """`send` asked netdev's status page, and git send-email the DNS for the name of this machine."""
    assert not (room.parent / "asked").exists()
    assert git(room / "linux", "config", "--file", str(room / "home/gitconfig"), "sendemail.smtpDomain") == "localhost"


def test_nothing_of_the_tree_it_stands_next_to_changed(delivered: list[Message], tree: Path) -> None:
    assert git(tree, "status", "--porcelain") == ""
    assert git(tree, "for-each-ref", "refs/patchflow") == ""
