"""A changelog where the lists want it: in the cover letter, and below the `---` of the patch that a line is about."""

from __future__ import annotations

import email
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import commit, git, run_patchflow

NOW = ("--override", "repost-24h=a test", "--override", "changelog=a test")


def p(folder: Path, *words: str, code: int = 0, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


def below(text: str) -> str:
    """What stands between a patch's `---` and its diffstat."""
    return ("\n" + text.partition("\n---\n")[2]).partition("\n net/")[0].strip("\n")


def mails(folder: Path, out: Path, *words: str) -> list[str]:
    return [Path(name).read_text() for name in p(folder, "format", "-o", str(out), *words)["files"]]


def answer(message: Any) -> bytes:
    lines = message.get_payload().split("\n")
    at = lines.index("+int add_two;")
    quoted = "\n".join(f"> {line}" for line in lines[at - 3 : at + 1])
    return (
        "From x Thu Jan  1 00:00:00 2026\nFrom: Rita Reviewer <rita@example.net>\n"
        f"Date: {message['Date']}\nMessage-ID: <r1@example.net>\nIn-Reply-To: {message['Message-ID']}\n"
        f"Subject: Re: {message['Subject']}\nTo: ada@example.org\n\n{quoted}\n\n"
        "Please give this one a longer name that says what it is there for, because two says nothing.\n"
    ).encode()


@pytest.fixture
def second(series: Path, tmp_path: Path, smtp: Any) -> Path:
    """v2: its second patch as Rita asked, its third one new."""
    p(series, "send", "--yes")
    sent = [email.message_from_bytes(raw) for raw in smtp.messages()]
    (tmp_path / "mbox").write_bytes(answer(sent[2]))
    p(series, "fetch", "--mbox", str(tmp_path / "mbox"))
    (comment,) = p(series, "todo", code=1)["comments"]
    source = series / "net/vmw_vsock/af_vsock.c"
    source.write_text(source.read_text().replace("int add_two;", "int add_two_more;"))
    git(series, "commit", "-q", "--amend", "-a", "--no-edit")
    p(series, "todo", "--addressed", comment["id"])
    commit(series, "add three")
    p(series, "respin")
    return series


def test_a_comment_goes_to_its_patch_and_into_the_cover(second: Path, tmp_path: Path) -> None:
    cover, one, two, three = mails(second, tmp_path / "a")
    said = "Please give this one a longer name that says what it is there for, because two says nothing (Rita Reviewer)"
    assert f"- vsock: add two: {said}" in " ".join(cover.split())
    assert "Range-diff" not in cover
    assert below(one) == "(no changes since v1)" and below(three) == "(new in v2)"
    assert below(two) == f"Changes in v2:\n- {said}"
    assert "Range-diff against v1:" in mails_with(second, tmp_path / "b", "patchflow.rangediff", "yes")[0]
    page = run_patchflow("-C", str(second), "send", "--dry-run").out
    assert "changed since the last revision:\n  1:  " in page, "the page shows the range-diff all the same"

    # What the user wrote: words of their own in the changelog, and git notes.
    text = p(second, "cover")
    body = text["body"].replace("- Link to v1", "- vsock: add one: Said why\n- Link to v1")
    p(second, "cover", "--set", "-", stdin=f"{text['subject']}\n\n{body}\n")
    git(second, "notes", "add", "-m", "A note of mine:\n---\nwith a line", "HEAD~1")
    assert below(mails(second, tmp_path / "c")[2]).startswith("Changes in v2:"), "as git: only where it is asked for"
    one, two = mails_with(second, tmp_path / "d", "format.notes", "true")[1:3]
    assert below(one) == "Changes in v2:\n- Said why"
    assert below(two).startswith("A note of mine:\n---\nwith a line\n\nChanges in v2:\n- Please")
    p(second, "send", "--yes", *NOW)  # which reads the mails back: nothing of the commits is lost by what stands there
    subprocess.run(["git", "-C", str(second), "rebase", "-q", "--exec", "git commit -q --amend --no-edit --date now",
                    "base"], check=True, capture_output=True)  # fmt: skip
    p(second, "respin")
    two = mails(second, tmp_path / "e")[2]
    assert below(two).startswith("A note of mine:\n---\nwith a line\n\n(no changes since v2)"), (
        "of the commit that was sent"
    )


def mails_with(folder: Path, out: Path, key: str, value: str) -> list[str]:
    git(folder, "config", key, value)
    return mails(folder, out)


@pytest.mark.long
def test_a_profile_says_where(second: Path, tmp_path: Path, sealed: Path) -> None:
    folder = sealed / "config/patchflow/profiles"
    folder.mkdir(parents=True)
    git(second, "config", "branch.demo.patchflow-profile", "mine")
    for place in ("cover", "patch", "both", "notes"):
        (folder / "mine.toml").write_text(f'extends = "vsock"\nchangelog_place = "{place}"\nrange_diff = true\n')
        cover, one, two, _ = mails(second, tmp_path / place)
        assert ("- vsock: add two: Please" in cover) is (place != "patch")
        assert "Changes in v2:" in cover and "- Link to v1: https://" in cover and "Range-diff against v1:" in cover
        assert (below(one), "Changes in v2:" in two) == (("", False) if place == "cover" else
                                                         ("(no changes since v1)", True))  # fmt: skip
    (folder / "mine.toml").write_text('extends = "vsock"\nchangelog_place = "nowhere"\n')
    assert "changelog_place is one of cover, patch, both" in run_patchflow("-C", str(second), "check").err


@pytest.mark.long
def test_no_changes_since_the_first_one_that_was_the_same(second: Path, tmp_path: Path) -> None:
    p(second, "send", "--yes", *NOW)
    git(second, "commit", "-q", "--amend", "-m", git(second, "log", "-1", "--format=%B").replace("why", "better why"))
    p(second, "respin")
    cover, one, two, three = mails(second, tmp_path / "a")
    assert below(one) == "(no changes since v1)"
    assert below(two).startswith("(no changes since v2)\n\nChanges in v2:\n- Please")
    assert below(three) == "", "its message was changed, and nobody said how"
    assert (
        "Changes in v3:" in cover and "+    Say better why" in run_patchflow("-C", str(second), "send", "--dry-run").out
    )
    message = git(second, "log", "-1", "--format=%B")
    with (second / "net/vmw_vsock/af_vsock.c").open("a") as file:
        file.write("int more;\n")
    git(second, "commit", "-q", "--amend", "-a", "-m", message.replace("better why", "why"))
    assert below(mails(second, tmp_path / "b")[3]) == "", "its message is that of v2, its change is another"
    git(second, "commit", "-q", "--amend", "-m", message.replace("three", "a third"))
    assert below(mails(second, tmp_path / "c")[3]) == "", "under another title it is not called new"


@pytest.mark.long
def test_patches_of_one_title_keep_their_own_notes(series: Path, tmp_path: Path, smtp: Any) -> None:
    message = git(series, "log", "-1", "--format=%B").replace("add two", "add one")
    git(series, "commit", "-q", "--amend", "-m", message)
    git(series, "notes", "add", "-m", "Of the first alone", "HEAD~1")
    p(series, "send", "--yes", "--override", "unique-titles=a test")
    git(series, "rebase", "-q", "--exec", "git commit -q --amend --no-edit --date now", "base")
    p(series, "respin")
    text = p(series, "cover")
    body = text["body"].replace("- Link to v1", "- vsock: add one: Who knows which\n- Link to v1")
    p(series, "cover", "--set", "-", stdin=f"{text['subject']}\n\n{body}\n")
    cover, one, two = mails_with(series, tmp_path / "a", "format.notes", "true")
    assert below(one) == "Of the first alone\n\n(no changes since v1)" and below(two) == "(no changes since v1)"
    assert "Who knows which" in cover
    git(series, "notes", "add", "-m", "Of the second", "HEAD")
    assert below(mails_with(series, tmp_path / "b", "format.notes", "")[2]) == "(no changes since v1)", "as git: none"
    with (series / ".git/config").open("a") as file:
        file.write("[format]\n\tnotes\n")
    assert "Of the second" in mails(series, tmp_path / "c")[2]
