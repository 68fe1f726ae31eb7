"""The whole circle: an author and a reviewer in two clones, a server between them, and a public-inbox as the list."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from patchflow.formats.mail.message import parse_mail
from tests.adapters.test_inbox import Inbox, needs_inbox
from tests.conftest import commit, git, run_patchflow
from tests.e2e.test_b4 import b4

FILE = "net/vmw_vsock/af_vsock.c"
HERE = {
    "author": ("Ada Example", "ada@example.org"),
    "reviewer": ("Rik Reviewer", "rik@example.net"),
}


class Circle:
    """Both clones, and what carries mail between them: what reached the server comes to the list."""

    def __init__(self, small: Path, inbox: Inbox, smtp: Any) -> None:
        self.inbox, self.smtp, self.carried = inbox, smtp, 0
        self.author, self.reviewer = small, small.parent / "theirs"
        shutil.copytree(small, self.reviewer, symlinks=True)
        for who, (name, email) in HERE.items():
            git(self.clone(who), "config", "user.name", name)
            git(self.clone(who), "config", "user.email", email)

    def clone(self, who: str) -> Path:
        """Whose clone stands where."""
        return self.author if who == "author" else self.reviewer

    def p(self, who: str, *words: str, stdin: str = "", code: int | None = 0) -> Any:
        """Runs patchflow as one of them and gives its document."""
        name, email = HERE[who]
        env = {
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": email,
        }
        ran = run_patchflow("-C", str(self.clone(who)), "--json", *words, stdin=stdin, env=env)
        assert code is None or ran.code == code, ran.out + ran.err
        return json.loads(ran.out) if ran.out.strip() else None

    def carry(self) -> list[bytes]:
        """Brings what reached the server since to the list."""
        new = self.smtp.messages()[self.carried :]
        self.carried += len(new)
        assert new
        self.inbox.write("add", *new)
        return list(new)


@pytest.fixture
def circle(small: Path, smtp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Circle:
    monkeypatch.setenv("PI_CONFIG", str(tmp_path / "config"))
    return Circle(small, Inbox(tmp_path, "-V2"), smtp)


def change(folder: Path, old: str, new: str) -> None:
    """Changes the file of the series, and the last commit with it."""
    source = folder / FILE
    text = source.read_text()
    assert old in text
    source.write_text(text.replace(old, new))
    git(folder, "commit", "-q", "--amend", "-a", "--no-edit")


@pytest.mark.long
@needs_inbox
def test_a_series_through_review_to_its_third_version(circle: Circle) -> None:
    c, listed = circle, str(circle.inbox.folder)
    c.p("author", "new", "demo", "--base", "base")
    commit(c.author, "add one")
    commit(c.author, "add two")
    c.p("author", "cover", "--set", "-", stdin="vsock: add one and two\n\nThey are needed.\n")
    c.p("author", "send", "--yes")
    assert len(c.carry()) == 3

    found = c.p("reviewer", "review", listed)
    assert (found["series"]["revision"], len(found["patches"])) == (1, 2)
    c.p("reviewer", "review", "comment", f"2:{FILE}:6", "-m", "Why is this one needed?")
    c.p("reviewer", "review", "tag", "Reviewed-by", "1")
    assert [one["state"] for one in c.p("reviewer", "review", "send", "--yes")["mails"]] == ["sent", "sent"]
    assert len(c.carry()) == 2

    c.p("author", "fetch", "--mbox", listed)
    (task,) = c.p("author", "todo", code=None)["comments"]
    assert (task["file"], task["line"], task["text"]) == (FILE, 6, "Why is this one needed?")
    change(c.author, "int add_two;", "int add_two = 2;")
    c.p("author", "todo", "--addressed", task["id"], code=None)
    c.p("author", "respin")
    assert "Reviewed-by: Rik Reviewer <rik@example.net>" in git(c.author, "log", "-1", "--format=%B", "HEAD~1")
    c.p("author", "send", "--yes", "--override", "repost-24h=a test does not wait")
    assert len(c.carry()) == 3

    again = c.p("reviewer", "review", listed)
    assert again["series"]["revision"] == 2
    assert [(row["fate"], row["line"]) for row in again["yours"]] == [("settled", 6)]
    c.p("reviewer", "review", "tag", "Reviewed-by", "2")
    c.p("reviewer", "review", "send", "--yes")
    c.carry()

    c.p("author", "respin")
    for at in ("HEAD", "HEAD~1"):
        assert git(c.author, "log", "-1", "--format=%B", at).count("Reviewed-by: Rik Reviewer <rik@example.net>") == 1
    c.p("author", "send", "--yes", "--override", "repost-24h=a test does not wait")
    third = c.carry()
    assert all(b"v3" in one for one in third) and sum(b"Reviewed-by: Rik Reviewer" in one for one in third) == 2


def whole_list(circle: Circle, path: Path) -> Path:
    """The list as a mailbox, for b4, which reads no public-inbox on disk."""
    head = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"
    path.write_bytes(b"".join(head + one.rstrip(b"\n") + b"\n\n" for one in circle.smtp.messages()))
    return path


@needs_inbox
@pytest.mark.long
def test_b4_is_the_author(circle: Circle, tmp_path: Path) -> None:
    c, listed = circle, str(circle.inbox.folder)
    for key, value in (("prep-cover-strategy", "branch-description"), ("send-no-patatt-sign", "yes")):
        git(c.author, "config", f"b4.{key}", value)
    b4(c.author, "prep", "-n", "topic", "-f", "base")
    commit(c.author, "add one")
    commit(c.author, "add two")
    git(c.author, "config", "branch.b4/topic.description", "vsock: add one and two\n\nThey are needed.")
    words = ("--to", "list@lists.example.org", "--no-trailer-to-cc")
    b4(c.author, "send", *words, stdin="\n" * 4)
    assert len(c.carry()) == 3

    found = c.p("reviewer", "review", listed)
    assert [one["subject"] for one in found["patches"]] == ["vsock: add one", "vsock: add two"]
    assert found["series"]["change_id"] and not found["notes"]
    assert c.p("reviewer", "review", "apply")["state"] == "applied"
    c.p("reviewer", "review", "comment", f"2:{FILE}:6", "-m", "Why is this one needed?")
    c.p("reviewer", "review", "tag", "Reviewed-by", "1")
    c.p("reviewer", "review", "send", "--yes")
    c.carry()

    said = b4(c.author, "trailers", "-u", "-m", str(whole_list(c, tmp_path / "list.mbox")))
    assert "Reviewed-by: Rik Reviewer <rik@example.net>" in said
    assert "Reviewed-by: Rik Reviewer" in git(c.author, "log", "-1", "--format=%B", "HEAD~1")
    change(c.author, "int add_two;", "int add_two = 2;")
    b4(c.author, "send", *words, stdin="\n" * 4)
    c.carry()
    again = c.p("reviewer", "review", listed)
    assert again["series"]["revision"] == 2 and [row["fate"] for row in again["yours"]] == ["settled"]
    assert [row["unchanged"] for row in again["patches"]] == [True, False]


@needs_inbox
@pytest.mark.long
def test_b4_is_the_reviewer(circle: Circle, tmp_path: Path) -> None:
    c = circle
    c.p("author", "new", "demo", "--base", "base")
    commit(c.author, "add one")
    commit(c.author, "add two")
    c.p("author", "cover", "--set", "-", stdin="vsock: add one and two\n\nThey are needed.\n")
    c.p("author", "send", "--yes")
    v1 = c.carry()
    b4(c.reviewer, "am", "-m", str(whole_list(c, tmp_path / "list.mbox")), "-o", str(tmp_path))
    (series,) = tmp_path.glob("*.mbx")
    git(c.reviewer, "am", "-q", str(series))
    assert git(c.reviewer, "log", "-2", "--format=%s") == git(c.author, "log", "-2", "--format=%s")

    body = "".join(f"> {line}\n" if line else ">\n" for line in v1[2].decode().partition("\n\n")[2].split("\n")[:-4])
    mine = next(at for at, line in enumerate(body.split("\n")) if line == "> +int add_two;")
    text = "\n".join([*body.split("\n")[: mine + 1], "", "Why is this one needed?", ""])
    for at, said in ((1, "Reviewed-by: Rik Reviewer <rik@example.net>\n"), (2, text)):
        parent = parse_mail(v1[at])
        subject = " ".join(parent.subject.split())
        head = f"From: Rik Reviewer <rik@example.net>\nTo: ada@example.org\nSubject: Re: {subject}\n"
        (tmp_path / "reply").write_text(f"{head}In-Reply-To: <{parent.id}>\n\n{said}")
        git(c.reviewer, "send-email", "--quiet", "--confirm=never", "--suppress-cc=all", str(tmp_path / "reply"))
    c.carry()
    c.p("author", "fetch", "--mbox", str(c.inbox.folder))
    (task,) = c.p("author", "todo", code=None)["comments"]
    assert (task["file"], task["line"], task["text"]) == (FILE, 6, "Why is this one needed?")
    c.p("author", "trailers", "--apply", "--yes")
    assert "Reviewed-by: Rik Reviewer <rik@example.net>" in git(c.author, "log", "-1", "--format=%B", "HEAD~1")
