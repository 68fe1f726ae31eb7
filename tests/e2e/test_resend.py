"""Which version a send is, and what its bracket says: as it was sent, or as the user names it."""

from __future__ import annotations

import email
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MESSAGE, commit, git, run_patchflow
from tests.e2e.test_one_writer import second_terminal
from tests.faulty import FaultyServer

NOW = ("--override", "repost-24h=a test", "--override", "changelog=a test")


def p(folder: Path, *words: str, code: int | None = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words)
    assert code is None or ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


def subjects(mails: list[bytes]) -> list[str]:
    return [" ".join(str(email.message_from_bytes(one)["Subject"]).split()) for one in mails]


def diffs(mails: list[bytes]) -> list[bytes]:
    return [one.partition(b"\ndiff --git ")[2].partition(b"\n-- \n")[0] for one in mails]


def test_a_revision_is_sent_again_as_it_was_sent(series: Path, smtp: Any) -> None:
    """Whatever the branch has become since: its last one, and an older one."""
    p(series, "send", "--yes")
    first = smtp.messages()
    git(series, "commit", "-q", "--amend", "-m", MESSAGE.format(title="add it better"))
    p(series, "respin")
    letter = "vsock: add one and two\n\nThey are better.\n"
    assert run_patchflow("-C", str(series), "cover", "--set", "-", stdin=letter).code == 0
    p(series, "send", "--yes", *NOW)
    second = smtp.messages()[3:]
    tip = commit(series, "add what nobody saw")
    p(series, "send", "--resend", "--yes", *NOW)
    again = smtp.messages()[3 + len(second) :]
    assert diffs(again) == diffs(second) and all("RESEND" in one and "v2" in one for one in subjects(again))
    assert "They are better." in again[0].decode()
    before = len(smtp.messages())
    p(series, "send", "--resend", "--revision", "v1", "--yes", *NOW)
    oldest = smtp.messages()[before:]
    assert diffs(oldest) == diffs(first) and "They are needed." in oldest[0].decode()
    assert [one.replace("RESEND ", "") for one in subjects(oldest)] == subjects(first)
    ids = [str(email.message_from_bytes(one)["Message-ID"]) for one in smtp.messages()]
    assert len(ids) == len(set(ids))
    assert git(series, "rev-parse", "demo") == tip
    status = p(series, "status")["series"][0]
    assert [row["revision"] for row in status["sent"]] == [1, 2] and status["revision"] == 3
    for words in (("--resend", "--revision", "7"), ("--revision", "2"), ("--revision", "x"), ("--revision", "v0")):
        assert run_patchflow("-C", str(series), "send", "--dry-run", *words).code == 2, words


@pytest.mark.long
def test_the_next_version_has_the_number_that_was_named(series: Path, smtp: Any) -> None:
    """Versions that were sent by other means are counted on."""
    assert p(series, "send", "--dry-run", "--revision", "4", *NOW)["revision"] == 4
    assert p(series, "send", "--dry-run")["revision"] == 1, "a dry run keeps nothing"
    p(series, "send", "--revision", "v3", "--yes", *NOW)
    assert subjects(smtp.messages())[0] == "[PATCH net-next v3 0/2] vsock: add one and two"
    p(series, "respin")
    assert p(series, "status")["series"][0]["revision"] == 4


@pytest.mark.long
def test_a_branch_of_b4s_is_sent_again_without_its_cover_commit(small: Path, smtp: Any) -> None:
    p(small, "new", "demo", "--base", "base", "--b4")
    commit(small, "add one")
    commit(small, "add two")
    letter = "vsock: add one and two\n\nThey are needed.\n"
    assert run_patchflow("-C", str(small), "cover", "--set", "-", stdin=letter).code == 0
    p(small, "send", "--yes")
    first = smtp.messages()
    commit(small, "add what nobody saw")
    p(small, "send", "--resend", "--yes", *NOW)
    again = smtp.messages()[len(first) :]
    assert [one.replace("RESEND ", "") for one in subjects(again)] == subjects(first)
    assert diffs(again) == diffs(first) and "They are needed." in again[0].decode()


@pytest.mark.parametrize("b4", [(), ("--b4",)])
@pytest.mark.long
def test_the_words_of_the_bracket_are_the_users(small: Path, b4: tuple[str, ...]) -> None:
    p(small, "new", "demo", "--base", "base", *b4)
    commit(small, "add one")
    before = (small / ".git/config").read_text(), git(small, "log", "--format=%T %B", "-2")

    def subject() -> str:
        out = p(small, "send", "--dry-run", "--override", "fixes=a test", code=None)["messages"][0]["subject"]
        return str(out)

    assert subject() == "[PATCH net-next] vsock: add one"
    assert p(small, "cover", "--prefixes", "RFC net")["prefixes"] == ["RFC", "net"]
    assert subject() == "[RFC PATCH net] vsock: add one"
    for words in ("v3", "PATCH", "1/2", "a]b", "x\ny [", "-x y", "resend"):
        assert run_patchflow("-C", str(small), "cover", f"--prefixes={words}").code == 2, words
    p(small, "cover", "--prefixes=")
    assert subject() == "[PATCH net-next] vsock: add one"
    p(small, "undo")
    p(small, "undo")
    assert ((small / ".git/config").read_text(), git(small, "log", "--format=%T %B", "-2")) == before


@pytest.mark.long
@pytest.mark.parametrize("b4", [(), ("--b4",)])
def test_a_lists_own_bracket_stands_before_that_of_the_patch(small: Path, smtp: Any, b4: tuple[str, ...]) -> None:
    p(small, "new", "demo", "--base", "base", *b4)
    commit(small, "add one")
    commit(small, "add two")
    before = (small / ".git/config").read_text(), git(small, "log", "--format=%T %B", "-3")
    for text in ("mylist", "[a", "[PATCH]", "[v3]", "[1/2]", "[a] b", "[ä]", "[a]\n[b]", "[]", "[[a]]"):
        assert run_patchflow("-C", str(small), "cover", f"--presubject={text}").code == 2, text
    assert p(small, "cover", "--presubject", "[mylist]")["presubject"] == "[mylist]"
    p(small, "cover", "--presubject", "")
    p(small, "undo")
    p(small, "send", "--preview-to", "kim@example.org", "--yes")
    p(small, "send", "--yes")
    titles = ["vsock: add one", "vsock: add two"]
    assert subjects(smtp.messages()) == [
        *(f"[mylist][PATCH PREVIEW net-next {n}/2] {title}" for n, title in enumerate(titles, 1)),
        *(f"[mylist][PATCH net-next {n}/2] {title}" for n, title in enumerate(titles, 1)),
    ]
    sent = p(small, "status")["series"][0]
    assert sent["state"] == "sent" and sent["name"] == "demo"
    p(small, "send", "--resend", "--yes", *NOW)
    assert subjects(smtp.messages())[-1] == "[mylist][RESEND PATCH net-next 2/2] vsock: add two"
    if not b4:  # b4's record has the send in it
        p(small, "cover", "--presubject=")
        assert ((small / ".git/config").read_text(), git(small, "log", "--format=%T %B", "-3")) == before


@pytest.mark.long
def test_one_patch_of_a_version_goes_out_again(series: Path, smtp: Any) -> None:
    """As it was sent, in the thread it belongs to, for who got it; the record of the version stays, answers to the mail
    are found, and a second time it is another mail."""
    p(series, "send", "--yes")
    first = smtp.messages()
    for words in (("--patch", "2"), ("--resend", "--patch", "3"), ("--resend", "--patch", "-1")):
        assert run_patchflow("-C", str(series), "send", "--dry-run", *words).code == 2, words
    page = p(series, "send", "--resend", "--patch", "2", "--dry-run", *NOW)
    assert [one["id"] for one in page["gates"] if not one["blocks"]].count("full-resend") == 1
    p(series, "send", "--resend", "--patch", "2", "--yes", *NOW)
    (again,) = smtp.messages()[3:]
    assert diffs([again]) == diffs(first)[2:] and subjects([again])[0].startswith("[RESEND PATCH net-next 2/2]")
    old, new = (email.message_from_bytes(one) for one in (first[2], again))
    assert new["In-Reply-To"] == email.message_from_bytes(first[0])["Message-ID"]
    assert (new["To"], new["Cc"]) == (old["To"], old["Cc"]) and new["Message-ID"] != old["Message-ID"]
    status = p(series, "status")["series"][0]
    assert [row["revision"] for row in status["sent"]] == [1] and not status["sent"][0].get("resend")
    answer = series.parent / "answer.mbox"
    answer.write_text(
        f"From x Thu Jan  1 00:00:00 2026\nFrom: Bob Example <bob@example.org>\nMessage-ID: <answer@example.org>\n"
        f"In-Reply-To: {new['Message-ID']}\nReferences: {new['Message-ID']}\nSubject: Re: {subjects([again])[0]}\n"
        f"Date: Sun, 29 Nov 2026 12:00:00 +0000\n\n> +int two;\n\nWhy is this not static?\n"
    )
    p(series, "fetch", "--mbox", str(answer))
    assert [one["text"] for one in p(series, "todo", code=1)["comments"]] == ["Why is this not static?"]
    p(series, "send", "--resend", "--patch", "2", "--yes", *NOW, "--override", "open-comments=a test")
    ids = [str(email.message_from_bytes(one)["Message-ID"]) for one in smtp.messages()]
    assert len(ids) == len(set(ids)) == 5


@pytest.mark.long
def test_one_patch_that_was_refused_goes_out_once(series: Path, smtp: Any, sealed: Path) -> None:
    """The same command goes on with the same mail."""
    p(series, "send", "--yes")
    server = FaultyServer("451 mail", 1)
    config = sealed / "gitconfig"
    text = config.read_text()
    config.write_text(text.replace(f"smtpServerPort = {smtp.port}", f"smtpServerPort = {server.port}"))
    words = ("send", "--resend", "--patch", "2", "--yes", *NOW)
    refused = run_patchflow("-C", str(series), *words)
    assert refused.code == 4 and "send --resend --patch 2" in refused.err, refused.err
    (row,) = p(series, *words)["messages"]
    assert row["state"] == "sent" and server.ids() == [row["message_id"]]
    server.stop()


@pytest.mark.long
def test_one_patch_that_waited_for_its_key_does_not_leave_twice(series: Path, smtp: Any) -> None:
    """A second terminal sent it meanwhile."""
    p(series, "send", "--yes")
    _, said = second_terminal(series, "send", "--resend", "--patch", "2", *NOW)
    assert "nothing was sent" in said
    assert len(smtp.messages()) == 4


@pytest.mark.long
def test_one_patch_waits_for_another_that_was_cut_off(series: Path, smtp: Any, sealed: Path) -> None:
    """What may have left is not forgotten for another patch; the command that goes on with it is named."""
    p(series, "send", "--yes")
    server = FaultyServer("close after data", 1)
    config = sealed / "gitconfig"
    text = config.read_text()
    config.write_text(text.replace(f"smtpServerPort = {smtp.port}", f"smtpServerPort = {server.port}"))
    assert run_patchflow("-C", str(series), "send", "--resend", "--patch", "2", "--yes", *NOW).code == 4
    other = run_patchflow("-C", str(series), "send", "--resend", "--patch", "1", "--yes", *NOW)
    assert other.code == 1 and "send --resend --patch 2" in other.err, other.err
    p(series, "send", "--resend", "--patch", "2", "--yes", "--arrived", "all", *NOW)
    p(series, "send", "--resend", "--patch", "1", "--yes", *NOW)
    assert len(server.ids()) == len(set(server.ids())) == 2
    server.stop()
