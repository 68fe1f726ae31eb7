"""Mail speaks for its sender alone: tags, answers, Message-IDs and hidden characters, through the commands."""

from __future__ import annotations

import json
import os
import random
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from patchflow.formats.safe import is_safe
from tests.cli.test_series import p
from tests.conftest import git, run_patchflow
from tests.formats.test_properties import READ, UNSAFE
from tests.mails import mail, mbox

STEFANO = "Stefano Reviewer <stefano@work.example>"
MALLORY = "Mallory <mallory@evil.example>"
TAG = f"Reviewed-by: {STEFANO}"


class Sent:
    """A series of two patches that was sent, and the mail that comes in."""

    def __init__(self, folder: Path, box: Path) -> None:
        self.folder, self.box, self.count = folder, box, 0
        p(folder, "send", "--yes")
        self.ids: list[str] = p(folder, "status")["series"][0]["sent"][0]["message_ids"]

    def hear(self, body: str, sender: str = STEFANO, to: int | str = 1, **more: str) -> str:
        self.count += 1
        parent = self.ids[to] if isinstance(to, int) else to
        id = more.pop("id", f"m{self.count}@in.example")
        subject = more.pop("subject", "Re: [PATCH net-next 1/2] vsock: add one")
        refs = f"<{self.ids[1]}> <{parent}>" if isinstance(to, str) else ""
        raw = mail(body, sender=sender, to=f"<{parent}>", refs=refs, id=id, subject=subject, **more)
        self.box.write_bytes((self.box.read_bytes() if self.box.exists() else b"") + mbox(raw))
        p(self.folder, "fetch", "--mbox", str(self.box))
        return id

    def offered(self, *words: str) -> list[dict[str, Any]]:
        return [row for patch in p(self.folder, "trailers", *words)["patches"] for row in patch["trailers"]]

    def log(self) -> str:
        return git(self.folder, "log", "--format=%B", "base..demo")


@pytest.fixture
def sent(series: Path, smtp: Any, tmp_path: Path) -> Sent:
    return Sent(series, tmp_path / "in.mbox")


def test_a_tag_in_anothers_name_goes_in_by_number_alone(sent: Sent) -> None:
    id = sent.hear(f"{TAG}\n", MALLORY)
    sent.hear("Acked-by: Rik <rik@example.net>\n", "Rik <rik@example.net>")
    first, second = sent.offered()
    assert (first["sender"], first["mismatch"], first["taken"]) == (MALLORY, True, False)
    assert (second["mismatch"], second["taken"], second["number"]) == (False, True, 2)
    said = run_patchflow("-C", str(sent.folder), "trailers").out
    assert f"[1] sent by {MALLORY}, who is not the one it names" in said and "[2] from Rik" in said
    p(sent.folder, "trailers", "--apply", "--yes")
    assert "Acked-by: Rik" in sent.log() and "Stefano" not in sent.log()
    p(sent.folder, "undo")
    p(sent.folder, "trailers", "--apply", "--yes", "--only", "1", "2")
    assert TAG in sent.log()
    (kept,) = (sent.folder / ".git/patchflow/series").glob("*/trailers.json")
    rows = json.loads(kept.read_text())
    assert {(row["message"], row["sender"], row["taken"]) for row in rows if row["mismatch"]} == {(id, MALLORY, True)}
    p(sent.folder, "undo")
    assert "Stefano" not in sent.log() and not sent.offered()[0]["taken"], "the choice is taken back with it"
    p(sent.folder, "trailers", "--only", "9", code=2)


@pytest.mark.long
def test_a_choice_is_remembered_by_the_mail_that_gave_the_tag(sent: Sent) -> None:
    sent.hear(f"{TAG}\n")
    sent.hear("Tested-by: Rik <rik@example.net>\n", "Rik <rik@example.net>")
    sent.hear("Tested-by: Linus <linus@example.org>\n", MALLORY)
    p(sent.folder, "trailers", "--not", "1")
    p(sent.folder, "fetch", "--mbox", str(sent.box))
    assert [row["taken"] for row in sent.offered()] == [False, True, False]
    sent.hear(f"{TAG} # v1 as well\n")
    assert not sent.offered()[0]["taken"], "the first mail's tag stays refused"
    ran = run_patchflow("-C", str(sent.folder), "respin", "--only", "2", "3")
    assert ran.code == 0 and f"taken on your word: Tested-by: Linus <linus@example.org>: sent by {MALLORY}" in ran.err
    assert "Tested-by: Rik" in sent.log() and "Tested-by: Linus" in sent.log() and "Stefano" not in sent.log()
    body = " ".join(p(sent.folder, "cover")["body"].split())
    assert "Collected tags from Linus (sent by mallory@evil.example), Rik" in body


def test_addresses_of_one_person_are_one(sent: Sent) -> None:
    (sent.folder / ".mailmap").write_text("Stefano Reviewer <stefano@work.example> <stefano@home.example>\n")
    git(sent.folder, "config", "--add", "patchflow.alsoMe", "ada@home.example")
    sent.hear(f"{TAG}\n", "S. <stefano+lists@HOME.example>")
    sent.hear("Tested-by: Ada <ada@home.example>\n", "Ada Example <ada@example.org>")
    assert [(row["mismatch"], row["taken"]) for row in sent.offered()] == [(False, True)] * 2


def test_a_mail_that_a_list_rewrote_is_its_authors(sent: Sent) -> None:
    via = "Stefano Reviewer via netdev <netdev@lists.example.org>"
    sent.hear(f"{TAG}\n", via, extra=f"Reply-To: {STEFANO}")
    assert [(row["mismatch"], row["taken"]) for row in sent.offered()] == [(False, True)]


def test_a_tag_follows_its_patch_to_a_commit_of_another_title(sent: Sent) -> None:
    """What was sent is told from what is there now by the patch itself."""
    tip, first = "base", git(sent.folder, "rev-parse", "demo~1")
    for commit in (first, git(sent.folder, "rev-parse", "demo")):
        text = git(sent.folder, "log", "-1", "--format=%B", commit).replace("add one", "add the first")
        tip = git(sent.folder, "commit-tree", f"{commit}^{{tree}}", "-p", tip, "-m", text)
    git(sent.folder, "update-ref", "refs/heads/demo", tip)
    sent.hear(f"{TAG}\n")
    plan = p(sent.folder, "trailers")
    (given,) = [row for row in plan["patches"] if row["trailers"]]
    assert given["subject"] == "vsock: add the first" and not plan["rejected"]


@pytest.mark.long
def test_another_ones_posting_of_the_same_title_gives_ours_nothing(sent: Sent) -> None:
    patch = (
        git(sent.folder, "format-patch", "--stdout", "-1", "demo~1").split("\n\n", 1)[1].replace("add_one", "add_evil")
    )
    title = "[PATCH net-next v2 1/2] vsock: add one"
    sent.hear(patch, MALLORY, 0, id="theirs@evil.example", subject=title)
    sent.hear(f"{TAG}\n", to="theirs@evil.example", subject=f"Re: {title}")
    assert sent.offered() == []
    rejected = p(sent.folder, "trailers")["rejected"]
    assert [row["trailer"] for row in rejected] == [TAG] and "mallory@evil.example" in rejected[0]["why"]


COMMENT = "> +int add_one;\n\nWhy an int?\n"


@pytest.mark.long
def test_a_mail_with_our_message_id_takes_no_patchs_place(sent: Sent) -> None:
    first = p(sent.folder, "thread", "v1")
    sent.hear(
        "nothing here\n",
        "Ada Example <ada@example.org>",
        0,
        id=sent.ids[1],
        subject="[PATCH net-next 1/2] vsock: add one",
    )
    assert p(sent.folder, "thread", "v1") == first
    assert [row["id"] for row in p(sent.folder, "thread", sent.ids[0])["threads"][0]["messages"]] == sent.ids
    sent.hear(COMMENT)
    (comment,) = p(sent.folder, "todo", code=1)["comments"]
    assert comment["patch"] == sent.ids[1] and comment["file"].endswith(".c")


@pytest.mark.long
def test_two_mails_with_one_message_id_are_both_heard(sent: Sent) -> None:
    sent.hear(COMMENT, MALLORY, id="same@work.example")
    sent.hear(COMMENT.replace("an int", "no long"), id="same@work.example")
    found = p(sent.folder, "todo", code=1)["comments"]
    assert len({row["id"] for row in found}) == 2
    p(sent.folder, "todo", "--dismissed", f"{found[0]['id']}=no", code=1)
    assert [row["from"] for row in p(sent.folder, "todo", code=1)["comments"]] == [found[1]["from"]]


@pytest.mark.long
def test_an_answer_in_our_name_answers_only_where_it_is_ours(sent: Sent) -> None:
    asked = sent.hear(COMMENT)
    answer = sent.hear("> Why an int?\n\nDone.\n", "Ada Example <ada@example.org>", asked)
    (comment,) = p(sent.folder, "todo", code=1)["comments"]
    assert (comment["state"], comment["claimed"]) == ("open", answer)
    said = run_patchflow("-C", str(sent.folder), "todo").out
    assert f"`patchflow todo --mine {answer}`" in said
    assert p(sent.folder, "status")["series"][0]["open_comments"] == 1
    (row,) = [row for row in p(sent.folder, "thread", "v1")["threads"][0]["messages"] if row["id"] == asked]
    assert row["comments"][0]["state"] == "open"
    p(sent.folder, "todo", "--mine", f"<{answer}>")
    assert p(sent.folder, "status")["series"][0]["open_comments"] == 0
    assert p(sent.folder, "thread", asked)["threads"][0]["messages"][2]["comments"][0]["state"] == "answered"
    p(sent.folder, "undo")
    assert p(sent.folder, "status")["series"][0]["open_comments"] == 1


@pytest.mark.long
def test_an_answer_kept_by_a_mail_program_as_sent_answers(sent: Sent, tmp_path: Path) -> None:
    def state() -> tuple[str, str]:
        (comment,) = run_patchflow("-C", str(sent.folder), "--json", "todo", "--all").json["comments"]
        (thread,) = p(sent.folder, "thread", asked)["threads"]
        (row,) = [row for row in thread["messages"] if row["id"] == asked]
        assert row["comments"][0]["state"] == comment["state"], "thread and todo say the same"
        return comment["state"], comment["claimed"]

    asked = sent.hear(COMMENT)
    answer = sent.hear("> Why an int?\n\nDone.\n", "Ada Example <ada@example.org>", asked)
    assert state() == ("open", answer)
    assert "patchflow.mail.sent sent:FOLDER" in run_patchflow("-C", str(sent.folder), "todo").out
    folder = tmp_path / "Sent"
    for place in ("cur", "new", "tmp"):
        (folder / place).mkdir(parents=True)
    refs = f"<{sent.ids[1]}> <{asked}>"
    text = {"sender": "Ada Example <ada@example.org>", "to": f"<{asked}>", "refs": refs, "id": answer}
    title = "Re: [PATCH net-next 1/2] vsock: add one"
    own = mail("> Why an int?\n\nDone.\n", subject=title, **text)
    p(sent.folder, "config", "patchflow.mail.sent", f"sent:{folder}")
    p(sent.folder, "fetch", code=4)  # the archive is asked, too: none is there
    assert state() == ("open", answer), "nothing stands in it yet"
    assert "sent:FOLDER" not in run_patchflow("-C", str(sent.folder), "todo").out, "one is named"
    (folder / "cur" / "one:2,S").write_bytes(own)
    assert state() == ("answered", "")
    # Somebody sends another mail under its Message-ID, and nobody knows which of them is meant.
    sent.hear("> Why an int?\n\nI will not.\n", "Ada Example <ada@example.org>", asked, id=answer)
    assert state() == ("open", answer)
    p(sent.folder, "config", "patchflow.mail.sent", "")
    p(sent.folder, "fetch", code=4)
    assert state() == ("open", answer)


@pytest.mark.long
def test_a_reply_sent_from_here_answers(sent: Sent) -> None:
    asked = sent.hear(COMMENT)
    (comment,) = p(sent.folder, "todo", code=1)["comments"]
    run_patchflow("-C", str(sent.folder), "reply", comment["id"])
    (draft,) = (sent.folder / ".git/patchflow/drafts").glob("*.draft")
    draft.write_text(draft.read_text() + "Because it is one.\n")
    p(sent.folder, "reply", comment["id"], "--send", "--yes")
    (left,) = (sent.folder / ".git/patchflow/drafts/sent").glob("*.eml")
    own = re.search(r"(?m)^Message-ID: <(.+)>", left.read_text())
    assert own is not None
    sent.hear("> Why an int?\n\nBecause it is one.\n", "Ada Example <ada@example.org>", asked, id=own[1])
    (comment,) = p(sent.folder, "todo", "--all")["comments"]
    assert (comment["state"], comment["claimed"]) == ("answered", "")
    # The reviewer goes on below it: that is asked again, wherever it is looked at.
    sent.hear("> > Why an int?\n> Because it is one.\n\nA bool would do.\n", to=own[1], id="again@in.example")
    (comment,) = p(sent.folder, "todo", code=1)["comments"]
    assert (comment["state"], comment["asked_again"]) == ("open", True)
    assert [said["text"] for said in comment["exchange"]] == ["Because it is one.", "A bool would do."]
    said = run_patchflow("-C", str(sent.folder), "todo").out
    assert "[asks again]: A bool would do." in said and "Because it is one." in said
    (row,) = p(sent.folder, "status")["series"]
    assert (row["open_comments"], row["asked_again"]) == (1, 1) and "1 asked again" in row["next_step"]
    p(sent.folder, "todo", "--dismissed", f"{comment['id']}=an int is the type of all others")
    assert p(sent.folder, "status")["series"][0]["open_comments"] == 0
    sent.hear("> A bool would do.\n\nStill true.\n", to="again@in.example")
    assert p(sent.folder, "todo", code=1)["comments"][0]["exchange"][-1]["text"] == "Still true."


@pytest.mark.long
def test_what_todo_is_asked_for(sent: Sent) -> None:
    sent.hear(COMMENT)
    sent.hear("Please say why.\n", MALLORY)
    assert len(p(sent.folder, "todo", code=1)["comments"]) == 2
    assert [row["from"] for row in p(sent.folder, "todo", "--by", "mallory", code=1)["comments"]] == [MALLORY]
    assert [row["added"] for row in p(sent.folder, "todo", "--mine", code=1)["comments"]] == [True]
    assert p(sent.folder, "todo", "--bots")["comments"] == []
    assert p(sent.folder, "todo", "--since", "2999-01-01")["comments"] == []
    assert len(p(sent.folder, "todo", "--since", "2000-01-01", code=1)["comments"]) == 2
    sent.hear("Tested-by: " + "a" * 700_000)  # no address in it, however long one looks
    assert len(p(sent.folder, "todo", code=1)["comments"]) == 2
    for words in ("yesterday", "2026-13-01", "999999w"):
        p(sent.folder, "todo", "--since", words, code=2)


@pytest.mark.long
def test_own_mails_are_dated_when_they_left(sent: Sent) -> None:
    (revision,) = p(sent.folder, "status")["series"][0]["sent"]
    rows = p(sent.folder, "thread", "v1")["threads"][0]["messages"]
    assert {datetime.fromisoformat(row["date"]) for row in rows} == {datetime.fromisoformat(revision["date"])}


@pytest.mark.long
def test_what_mail_brings_is_cleaned_everywhere(sent: Sent) -> None:
    """Random texts of every class that may not pass, through the commands; PATCHFLOW_EXAMPLES says how many mails."""
    dice = random.Random(7)
    count = int(os.environ.get("PATCHFLOW_EXAMPLES", "12"))
    for _ in range(count):
        words = [dice.choice([*UNSAFE, *READ]) for _ in range(12)]
        body = f"> +int add_one;\n\n{' '.join(words[:8])} needle?\n\nTested-by: {words[8]} {words[9]} <t@t.example>\n"
        sender = f'"{words[10]} Rev {words[11]}" <t@t.example>'.replace("\r", "").replace("\n", "")
        sent.hear(body, sender, extra="Content-Type: text/plain; charset=utf-8")
    comment = p(sent.folder, "todo", code=1)["comments"][0]
    run_patchflow("-C", str(sent.folder), "todo", "--addressed", comment["id"])
    printed = ""
    asked = f"thread|thread {sent.ids[0]}|todo --all|trailers|search needle|status|reply {comment['id']}|respin|cover"
    for words in map(str.split, asked.split("|")):
        for json_too in ([], ["--json"]):
            ran = run_patchflow("-C", str(sent.folder), *json_too, *words)
            assert is_safe(ran.out) and is_safe(ran.err), words
            printed += ran.out
            if json_too and ran.code in (0, 1) and ran.out:
                json.loads(ran.out)
    assert any(word in printed for word in READ)
    bodies = [row["text"] for row in p(sent.folder, "todo", "--all", code=1)["comments"]]
    assert not all(map(is_safe, bodies)), "JSON gives the very text, escaped"
    assert is_safe(sent.log()) and is_safe(p(sent.folder, "cover")["body"])
    (draft,) = (sent.folder / ".git/patchflow/drafts").glob("*.draft")
    assert is_safe(draft.read_text())
