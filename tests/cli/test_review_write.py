"""`review comment`, `tag`, `reply`, `send`: a review of somebody else's series, from the remark to the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from patchflow.demo.server import header
from patchflow.formats.mail.message import parse_mail
from tests.conftest import ADA, git, run_patchflow
from tests.review_checks import check_review_mail
from tests.reviewed import FILE, mbox, reply, upstream

BASE = "// SPDX-License-Identifier: GPL-2.0\nint a;\nint b;\nint c;\n"
ONE = BASE.replace("int a;", "int a = 1;")
TWO = [("vsock: count a", {FILE: ONE}), ("vsock: count c", {FILE: ONE.replace("int c;", "int c = 3;")})]


def p(folder: Path, *words: str, code: int = 0, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == code, ran.out + ran.err
    return json.loads(ran.out) if ran.out.strip() else ran.err


@pytest.fixture
def posted(small: Path, smtp: Any) -> tuple[Path, str]:
    """A clone in which a series with a cover letter was taken in, and its mails."""
    mail = mbox(small, "base", upstream(small, "base", TWO), 1, "vsock: count", with_base=True)
    p(small, "review", "-", stdin=mail)
    return small, mail


def sent(smtp: Any) -> list[Any]:
    """The mails that reached the server, each once."""
    found = {header(one, "Message-ID"): parse_mail(one) for one in smtp.messages()}
    assert len(found) == len({header(one, "Message-ID") for one in smtp.messages()})
    return list(found.values())


def test_a_review_from_the_remark_to_the_server(posted: tuple[Path, str], smtp: Any, tmp_path: Path) -> None:
    folder, mail = posted
    (tmp_path / "thread.mbox").write_text(mail)
    p(folder, "review", "comment", f"2:{FILE}:4", "-m", "Why three? " + "It is not said anywhere in the message. " * 3)
    p(folder, "review", "comment", "1:af_vsock.c:-2", "-m", "Was it used?")
    p(folder, "review", "comment", "1:message:3", "-m", "This says nothing.")
    p(folder, "review", "comment", "0", "-m", "Nice series, but does it need both?")
    listed = p(folder, "review", "tag", "acked-by", "2")
    assert [(one["part"], one["file"], one["line"]) for one in listed["remarks"]] == [
        (2, FILE, 4), (1, FILE, 2), (1, "COMMIT_MSG", 3), (0, "", 0),
    ]  # fmt: skip
    assert [(one["part"], one["tag"]) for one in listed["tags"]] == [(2, "Acked-by")]
    shown = p(folder, "review", "reply")["mails"]
    assert [one["part"] for one in shown] == [0, 1, 2] and not any(one["findings"] for one in shown)
    assert p(folder, "review", "send", code=0) and sent(smtp) == [], "nobody pressed the key"
    left = p(folder, "review", "send", "--yes")["mails"]
    assert [one["state"] for one in left] == ["sent"] * 3
    mails = sorted(sent(smtp), key=lambda one: one.in_reply_to)
    originals = {one.id: one for one in map(parse_mail, mail.encode().split(b"\nFrom "))}
    for got, one in zip(mails, shown, strict=True):
        assert got.in_reply_to == (one["answers"],) and got.references[-1] == one["answers"]
        assert [a.email for a in got.to] == ["uwe@example.net"]
        assert [a.email for a in got.cc] == ["virtualization@lists.example.org"]
        assert one["text"].partition("\n\n")[2].strip() == got.body.strip(), "what was shown is what left"
        check_review_mail(got.body, originals[one["answers"]].body)
    assert mails[2].body.endswith("\nAcked-by: Ada Example <ada@example.org>\n")
    assert "> +int c = 3;\n\nWhy three? It is" in mails[2].body and max(map(len, mails[2].body.split("\n"))) <= 75
    assert "Nothing waits to be sent" in p(folder, "review", "send", "--yes", code=2) and len(sent(smtp)) == 3
    read = run_patchflow("-C", str(folder), "--json", "todo", "--all", "--mbox", thread_of(smtp, tmp_path)).json
    places = {(one["patch"], one["file"], one["line"], one["side"]) for one in read["comments"]}
    assert places == {
        ("v1-0@uwe", "cover", 0, "new"), ("v1-1@uwe", FILE, 2, "old"), ("v1-1@uwe", "COMMIT_MSG", 3, "new"),
        ("v1-2@uwe", FILE, 4, "new"),
    }  # fmt: skip


def thread_of(smtp: Any, folder: Path) -> str:
    """The thread with the review in it, as the author's mailbox has it."""
    path = folder / "thread.mbox"
    got = "".join(f"From x@y Thu Jan  8 10:00:00 2026\n{one.decode().rstrip()}\n\n" for one in smtp.messages())
    path.write_text(path.read_text() + got)
    return str(path)


def test_an_editor_shows_the_lines_and_a_remark_is_changed_and_dropped(
    posted: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = posted
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\ncat "$1" >> "$SEEN"\nsed -i "1i From the editor." "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("GIT_EDITOR", str(editor))
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    (one,) = p(folder, "review", "comment", f"2:{FILE}:4")["remarks"]
    assert one["text"] == "From the editor." and "+int c = 3;" in (tmp_path / "seen").read_text()
    (one,) = p(folder, "review", "comment", "--edit", one["id"], "-m", "Another.")["remarks"]
    assert one["text"] == "Another."
    assert p(folder, "review", "comment", "--drop", one["id"])["remarks"] == []
    assert "is not a remark or tag" in p(folder, "review", "comment", "--drop", one["id"], code=2)
    editor.write_text('#!/bin/sh\nsed -i "/./,\\$!d" "$1"\n')  # the blank lines go, and nothing is written
    assert "The remark is empty" in p(folder, "review", "comment", f"2:{FILE}:4", code=2)
    editor.write_text('#!/bin/sh\nsed -i "1i Much text.\\nAcked-by: Ada" "$1"\n')
    said = p(folder, "review", "comment", f"2:{FILE}:4", code=2)
    kept = Path(said.partition("What you wrote is in ")[2].strip().rstrip("."))
    assert "is a tag" in said and "Much text." in kept.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("7", "-m", "x"), "is not a patch of this series"),
        (("2:nope.c:4", "-m", "x"), "is not a file of this patch"),
        ((f"2:{FILE}:400", "-m", "x"), "it shows 1-4"),
        ((f"2:{FILE}:x", "-m", "x"), "names no line"),
        (("2", "-m", "  \n"), "is empty"),
        (("2", "-m", "Fine.\nReviewed-by: Ada Example <ada@example.org>"), "is a tag"),
        (("2", "-m", "Fine.\n  Reviewed-and-tested-by: Ada <ada@example.org>"), "is a tag"),
        (("2", "3", "-m", "x"), "one place at a time"),
        (("--take", "abcdef"), "is not a finding"),
    ],
)
def test_what_names_nothing_is_refused(posted: tuple[Path, str], words: tuple[str, ...], said: str) -> None:
    folder, _ = posted
    assert said in p(folder, "review", "comment", *words, code=2)
    assert p(folder, "review", "comment")["remarks"] == []


def test_a_finding_is_taken_as_a_remark_on_its_line(posted: tuple[Path, str]) -> None:
    folder, _ = posted
    p(folder, "review", "drop")
    tip = upstream(folder, "base", [("vsock: Count a.", {FILE: ONE})])
    p(folder, "review", "apply", "-", stdin=mbox(folder, "base", tip))
    found = next(one for one in p(folder, "review", "check")["findings"] if one["file"] == "COMMIT_MSG" and one["part"])
    taken = p(folder, "review", "comment", "--take", found["id"])
    (one,) = taken["remarks"]
    assert (one["text"], one["finding"]) == (found["remark"], found["id"])
    assert found["id"] not in [row["id"] for row in taken["findings"]]
    assert "taken already" in p(folder, "review", "comment", "--take", found["id"], code=2)
    assert found["remark"].split()[0] in p(folder, "review", "reply")["mails"][0]["text"]
    (kept,) = (folder / ".git/patchflow/reviews").glob("*/results.json")
    whole = kept.read_text()
    damage = ('"severity": "', '"severity": "un'), ('"file": ', '"fil": '), ('"findings": [', '"findings": [5,')
    for old, new in damage:
        kept.write_text(whole.replace(old, new))
        ran = run_patchflow("-C", str(folder), "review", "comment")
        assert ran.code == 0 and "results.json is damaged" in ran.err


def test_tags_for_all_are_said_once_to_the_cover_letter(posted: tuple[Path, str]) -> None:
    folder, _ = posted
    assert "Nothing of the series was built" in p(folder, "review", "tag", "Tested-by", code=1)
    assert "not a tag of a review" in p(folder, "review", "tag", "Signed-off-by", code=2)
    p(folder, "review", "tag", "Reviewed-by")
    assert len(p(folder, "review", "tag", "Reviewed-by")["tags"]) == 1, "once"
    (mail,) = p(folder, "review", "reply")["mails"]
    assert mail["answers"] == "v1-0@uwe" and mail["text"].count("Reviewed-by: Ada Example") == 1
    assert "> Why all of it is needed.\n\nReviewed-by: " in mail["text"]


def test_a_tested_by_says_what_was_built(posted: tuple[Path, str]) -> None:
    folder, _ = posted
    p(folder, "review", "apply")
    kept = folder / ".git/patchflow/reviews/vsock-count-v1"
    tip = json.loads((kept / "review.json").read_text())["steps"][-1]["commit"]
    base = git(folder, "rev-parse", "base")
    row = {"tip": tip, "date": "", "builds": True, "new": [], "against": "a stand-in", "base": base}
    (kept / "results.json").write_text(json.dumps({"v1-2@uwe": {"build": row}}))
    assert "--per-patch" in p(folder, "review", "tag", "Tested-by", "1", code=1)
    p(folder, "review", "tag", "tested")
    (mail,) = p(folder, "review", "reply")["mails"]
    words = f"Built, on {base[:12]}, against a stand-in."
    assert f"{words}\n\nTested-by: Ada Example <ada@example.org>\n" in mail["text"]
    (kept / "results.json").write_text(json.dumps({"v1-2@uwe": {"build": {**row, "builds": False}}}))
    assert "does not build" in p(folder, "review", "tag", "Tested-by", "2", code=1)
    (kept / "results.json").write_text(json.dumps({"v1-2@uwe": {"build": row}}))
    state = json.loads((kept / "review.json").read_text())
    state["steps"][0] |= {"commit": "", "skipped": True}  # git am --skip
    (kept / "review.json").write_text(json.dumps(state))
    assert "Patch 1 is not applied" in p(folder, "review", "tag", "Tested-by", code=1)


@pytest.mark.long
@pytest.mark.parametrize("name", ["山田 太郎", "Ädä Größe", "Public, John Jr.", 'Ada "the" Example', "J. (Joe) O'Hara"])
def test_no_name_of_mine_stands_in_the_text(name: str, posted: tuple[Path, str], smtp: Any) -> None:
    """git send-email puts a From that it takes for another person's into the text."""
    folder, _ = posted
    git(folder, "config", "user.name", name)
    p(folder, "review", "tag", "Acked-by", "1")
    p(folder, "review", "send", "--yes")
    (mail,) = sent(smtp)
    assert (mail.sender.name, mail.sender.email) == (name.replace('"', "").rstrip("."), "ada@example.org")
    assert mail.body.startswith("On Wed, Jan 07") and mail.body.endswith(f"\nAcked-by: {name} <ada@example.org>\n")


@pytest.mark.long
def test_a_review_comes_from_who_the_page_says(posted: tuple[Path, str], smtp: Any) -> None:
    """sendemail.from, not user.email, whose line git send-email would put into the text."""
    folder, _ = posted
    keys = ("sendemail.from", "Ada at Work <ada@work.example>"), ("sendemail.lists.from", "ada@lists.example")
    for number, (key, value) in enumerate(keys, 1):
        git(folder, "config", key, value)
        git(folder, "config", "sendemail.identity", key.split(".")[1])
        p(folder, "review", "tag", "Acked-by", str(number))
        (shown,) = p(folder, "review", "reply")["mails"]
        assert f"From: {value}\n" in shown["text"]
        p(folder, "review", "send", "--yes")
        mail = sent(smtp)[-1]
        assert str(mail.sender) == value and shown["text"].partition("\n\n")[2].strip() == mail.body.strip()


def test_without_an_address_the_error_says_what_to_set(posted: tuple[Path, str], sealed: Path) -> None:
    folder, _ = posted
    p(folder, "review", "comment", "1", "-m", "Why?")
    git(folder, "config", "user.email", "")
    said = p(folder, "review", "reply", code=3)
    assert "user.email is not set" in said and "git config --global user.email" in said


def test_what_was_written_is_not_dropped_unasked_and_damage_costs_a_row(posted: tuple[Path, str]) -> None:
    folder, _ = posted
    p(folder, "review", "comment", "1", "-m", "One.")
    p(folder, "review", "comment", "2", "-m", "Two.")
    assert "were not sent" in p(folder, "review", "drop", code=1)
    assert [one["to_send"] for one in p(folder, "review", "list")["reviews"]] == [2]
    path = folder / ".git/patchflow/reviews/vsock-count-v1/draft.json"
    rows = json.loads(path.read_text())
    rows["remarks"][0]["first"] = "x"
    path.write_text(json.dumps(rows))
    ran = run_patchflow("-C", str(folder), "--json", "review", "comment", "1", "-m", "Three.")
    assert "is damaged" in ran.err and [one["text"] for one in ran.json["remarks"]] == ["Two.", "Three."]
    assert len(list(path.parent.glob("draft.json.damaged-*"))) == 1
    p(folder, "review", "tag", "Acked-by", "1")
    rows = path.read_text()
    for old, new in (('"Acked-by"', '"Signed-off-by"'), ('"last": 0', '"last": 1e400')):
        path.write_text(rows.replace(old, new))
        ran = run_patchflow("-C", str(folder), "--json", "review", "comment")
        assert "is damaged" in ran.err and "Signed-off-by" not in ran.out
    path.write_text("{")
    assert p(folder, "review", "comment")["remarks"] == []
    assert "cannot be read" in p(folder, "review", "drop", code=1) and path.read_text() == "{"
    assert p(folder, "review", "drop", "--force")["name"] == "vsock-count-v1"


def test_a_template_loses_no_remark_and_no_tag(posted: tuple[Path, str], sealed: Path) -> None:
    folder, _ = posted
    path = sealed / "config/patchflow/templates/reply.txt"
    path.parent.mkdir(parents=True)
    p(folder, "review", "comment", f"2:{FILE}:4", "-m", "Why three?")
    p(folder, "review", "tag", "Acked-by", "2")
    for text in ("Hi $who,\n\nthanks!\n", "$quote\n\n$quote\n", "> $quote\n"):
        path.write_text(text)
        assert "does not have $quote once" in p(folder, "review", "send", "--yes", code=2)
    path.write_text("Hi $who,\n\n$quote\n\n-- \nAda\n")
    (mail,) = p(folder, "review", "reply")["mails"]
    assert mail["text"].endswith("\n\nWhy three?\n\nAcked-by: Ada Example <ada@example.org>\n\n-- \nAda\n")


def test_remarks_that_changed_since_they_were_shown_are_not_sent(posted: tuple[Path, str], smtp: Any) -> None:
    from patchflow.errors import PatchflowError
    from patchflow.flow.clone import Clone
    from patchflow.flow.reviewing import answers, writing

    folder, _ = posted
    p(folder, "review", "comment", "1", "-m", "One.")
    here = Clone(str(folder))
    review, taken = writing.taken_again(here)
    mails = answers.answers(here, review, taken)
    p(folder, "review", "comment", "1", "-m", "Two.")
    with pytest.raises(PatchflowError, match="changed since"):
        answers.send(here, mails)
    p(folder, "review", "send", "--yes")
    with pytest.raises(PatchflowError, match="gone"):
        answers.send(here, mails)
    assert len(sent(smtp)) == 1


@pytest.mark.parametrize("where", ["left", "unknown"])
def test_a_send_that_was_cut_off_never_sends_twice(posted: tuple[Path, str], smtp: Any, where: str) -> None:
    """Killed after the server took the mail: before the remarks were marked, or before the journal knew."""
    folder, _ = posted
    p(folder, "review", "comment", "1", "-m", "One.")
    id = cut_off(folder, *(["sent"] if where == "left" else []))
    if where == "left":
        assert "Nothing waits" in p(folder, "review", "send", "--yes", code=2) and sent(smtp) == []
    else:
        p(folder, "review", "comment", "2", "-m", "Two.")
        said = run_patchflow("-C", str(folder), "review", "send", "--yes")
        assert said.code == 4 and f"--arrived {id}" in said.err and sent(smtp) == []
        assert "is not unknown" in p(folder, "review", "send", "--yes", "--arrived", "other@x", code=2)
        assert [one["message_id"] for one in p(folder, "review", "send", "--arrived", id)["mails"]] == [id]
        assert sent(smtp) == [], "the other waits for the key"
        p(folder, "review", "send", "--yes")
        assert [one.in_reply_to for one in sent(smtp)] == [("v1-2@uwe",)]
    one = p(folder, "review", "comment")["remarks"][0]
    assert one["sent"] == id and not list((folder / ".git/patchflow/outbox/reply").iterdir())


def test_a_remark_that_is_changed_while_its_mail_is_of_unknown_fate_waits(posted: tuple[Path, str], smtp: Any) -> None:
    folder, _ = posted
    (one,) = p(folder, "review", "comment", "1", "-m", "One.")["remarks"]
    p(folder, "review", "comment", "1", "-m", "Two.")
    id = cut_off(folder)
    p(folder, "review", "comment", "--edit", one["id"], "-m", "Quite another thing.")
    p(folder, "review", "send", "--arrived", id)
    assert [one["sent"] for one in p(folder, "review", "comment")["remarks"]] == ["", id]
    (mail,) = p(folder, "review", "reply")["mails"]
    assert "Quite another thing." in mail["text"] and "Two." not in mail["text"]


def cut_off(folder: Path, *states: str) -> str:
    """Begins to send the one mail of a review, and is killed; its Message-ID."""
    from patchflow.adapters.mail.outbox import Outbox
    from patchflow.flow.clone import Clone
    from patchflow.flow.review import reply
    from patchflow.flow.reviewing import answers, writing

    here = Clone(str(folder))
    review, taken = writing.taken_again(here)
    (mail,) = answers.answers(here, review, taken)
    outbox = Outbox(here.repository.state.reply_outbox(mail.path.stem))
    reply._queue(here, mail, outbox, ())
    id = outbox.read()[0].message_id
    for state in ("started", *states):
        outbox.note(id, state)
    return id


@pytest.mark.long
def test_the_next_revision_shows_what_became_of_sent_remarks(posted: tuple[Path, str], smtp: Any) -> None:
    """The review did not come back by mail: what was sent from here is known all the same."""
    folder, mail = posted
    p(folder, "review", "comment", f"2:{FILE}:4", "-m", "Why three?")
    p(folder, "review", "comment", f"2:{FILE}:3", "-m", "And what of b?")
    p(folder, "review", "tag", "Reviewed-by", "1")
    p(folder, "review", "send", "--yes")
    again = [TWO[0], (TWO[1][0], {FILE: ONE.replace("int c;", "long c = 3;")})]
    two = mbox(folder, "base", upstream(folder, "base", again), 2, "vsock: count", with_base=True, day=9)
    found = p(folder, "review", "-", stdin=mail + two)
    fates = {(one["text"], one["fate"]) for one in found["yours"]}
    assert fates == {("Why three?", "settled"), ("And what of b?", "ignored")}
    assert [one["unchanged"] for one in found["patches"]] == [True, False]
    tags = p(folder, "review", "tag", "--repeat")["tags"]
    assert [(one["part"], one["tag"]) for one in tags] == [(1, "Reviewed-by")]
    p(folder, "review", "tag", "--drop", tags[0]["id"])
    assert p(folder, "review", "drop")["name"] == "vsock-count-v2"


def test_a_tag_that_somebody_gave_in_my_name_is_not_repeated(small: Path) -> None:
    one, two = (mbox(small, "base", upstream(small, "base", TWO), number, "vsock: count", True, day)
                for number, day in ((1, 7), (2, 9)))  # fmt: skip
    forged = reply("v1-1@uwe", "[PATCH v1 1/2] vsock: count a", f"Reviewed-by: {ADA}", sender=ADA)
    p(small, "review", "-", stdin=one + forged + two)
    assert "anybody can write in your name" in p(small, "review", "tag", "--repeat", code=2)
    run_patchflow("-C", str(small), "todo", "--mine", "r1-8@example.net")
    assert [one["part"] for one in p(small, "review", "tag", "--repeat")["tags"]] == [1]


@pytest.mark.long
def test_b4_takes_the_tags_of_a_review(posted: tuple[Path, str], smtp: Any, tmp_path: Path) -> None:
    folder, mail = posted
    (tmp_path / "thread.mbox").write_text(mail)
    p(folder, "review", "tag", "Reviewed-by")
    p(folder, "review", "tag", "Acked-by", "2")
    p(folder, "review", "comment", "2:af_vsock.c:4", "-m", "Größer?")
    p(folder, "review", "send", "--yes")
    env = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "GIT_CONFIG_COUNT": "1",
           "GIT_CONFIG_KEY_0": "b4.attestation-policy", "GIT_CONFIG_VALUE_0": "off"}  # fmt: skip
    words = ["--no-interactive", "--offline-mode", "am", "-C", "-o", "-", "-m", thread_of(smtp, tmp_path), "v1-0@uwe"]
    code = "import sys; from b4.command import cmd; sys.exit(cmd())"
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=folder, env=env, capture_output=True, check=False)
    one, two = (part for part in done.stdout.decode().split("\nSubject: ")[-2:])
    tags = "Reviewed-by: Ada Example <ada@example.org>", "Acked-by: Ada Example <ada@example.org>"
    assert tags[0] in one and tags[1] not in one and tags[0] in two and tags[1] in two, done.stderr
    assert "\n\nGrößer?\n\nAcked-by: Ada" in next(m.body for m in sent(smtp) if m.in_reply_to == ("v1-2@uwe",))
