"""Comments on real threads, held against an independent, simple-minded reading and against labels made by hand."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from patchflow.domain.comment import Comment
from patchflow.domain.message import Message
from patchflow.domain.thread import Thread
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.comments import comments_of
from patchflow.formats.mail.mbox import split_mbox
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.threads import build_threads
from tests.mails import shared_mail

LABELS = Path(__file__).with_name("labelled_comments.json")


@cache
def real_threads() -> list[tuple[Thread, list[Comment]]]:
    """Each thread with its comments."""
    paths = sorted((shared_mail() / "threads").glob("*.mbox"))
    mails = (build_threads(parse_mail(raw) for _, raw in split_mbox(path.read_bytes())) for path in paths)
    return [(thread, comments_of(thread, bots())) for threads in mails for thread in threads]


@cache
def plain_places(patch: str) -> dict[str, list[tuple[str, int, str]]]:
    """An independent walk over a patch: each added or removed line -> the places where it stands."""
    places: dict[str, list[tuple[str, int, str]]] = {}
    file, old, new, left = "", 0, 0, [0, 0]
    for line in patch.split("\n"):
        if (hunk := re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line)) and file:
            old, new = int(hunk[1]), int(hunk[3])
            left = [int(hunk[2] or 1), int(hunk[4] or 1)]
        elif left[0] <= 0 and left[1] <= 0:
            if name := re.match(r"\+\+\+ b/(\S+)", line):
                file = name[1]
        elif line[:1] == "+":
            places.setdefault(line, []).append((file, new, "new"))
            new, left[1] = new + 1, left[1] - 1
        elif line[:1] == "-":
            places.setdefault(line, []).append((file, old, "old"))
            old, left[0] = old + 1, left[0] - 1
        elif line[:1] != "\\":
            old, new, left = old + 1, new + 1, [left[0] - 1, left[1] - 1]
    return places


def plain_expectations(reply: Message, patches: list[Message]) -> dict[int, tuple[str, str, int, str]]:
    """Line of a reply's own text -> patch and place of the quoted line right above it, where that occurs exactly once
    in the patches above the reply."""
    expected: dict[int, tuple[str, str, int, str]] = {}
    places = {patch.id: plain_places(patch.body) for patch in patches}
    last = ""
    for number, line in enumerate(reply.body.split("\n"), start=1):
        if line.startswith(">"):
            last = re.sub(r"^(?:> ?)+", "", line)
        elif line.strip() and last:
            found = [(id, *place) for id, known in places.items() for place in known.get(last, [])]
            if len(found) == 1 and len(last.strip("+- \t")) > 2:
                expected[number] = found[0]
            last = ""
    return expected


def patches_above(thread: Thread) -> dict[str, list[Message]]:
    """Each reply's patches above it, by whatever has a diff and a subject without Re:."""
    above = {node.id: parent for node, _, parent in thread.walk()}
    by_id = {m.id: m for m in thread.messages}
    found: dict[str, list[Message]] = {}
    for reply in thread.messages:
        parent, chain = above.get(reply.id, ""), list[str]()
        while parent and parent not in chain:
            chain.append(parent)
            parent = above.get(parent, "")
        mails = [by_id[one] for one in chain if one in by_id]
        found[reply.id] = [m for m in mails if "\ndiff --git " in m.body and not m.subject.lower().startswith("re:")]
    return found


@pytest.mark.long
def test_unique_quotes_are_located_exactly() -> None:
    checked, wrong = 0, list[object]()
    for thread, comments in real_threads():
        above = patches_above(thread)
        for reply in thread.messages:
            theirs = [c for c in comments if c.message == reply.id]
            for line, place in plain_expectations(reply, above[reply.id]).items():
                comment = next((c for c in theirs if c.span[0] <= line <= c.span[1]), None)
                checked += 1
                if comment is not None:
                    if (comment.patch, comment.file, comment.line, str(comment.side)) != place:
                        wrong.append((reply.id, line, place, comment.file, comment.line))
                elif is_a_remark(reply, line, above[reply.id]):
                    wrong.append((reply.id, line, "no comment"))
    assert checked > 180 and wrong == []


def is_a_remark(reply: Message, line: int, patches: list[Message]) -> bool:
    """Whether a line that makes no comment should: it is not the author's, and no cut mark, signature or `nit:`."""
    text = reply.body.split("\n")[line - 1]
    by_author = reply.sender.key in {patch.sender.key for patch in patches}
    marks = re.fullmatch(r"\W*|(?:\w+ )?nit:|_{20,}|-- |\W*snip\W*", text, re.IGNORECASE)
    return not by_author and marks is None


def below_a_quoted_diff(comment: Comment) -> bool:
    """Whether what is quoted right above a comment is a diff: not the commit message, its notes or git's signature."""
    near = comment.quote[-4:]
    if not near or re.match(r"--\s*$|\d+\.\d+", near[-1]) or any(line.rstrip() == "---" for line in comment.quote):
        return False
    return any(re.match(r"\+|-\s|@@ ", line) and not re.match(r"- \S", line) for line in near)


@pytest.mark.long
def test_nearly_all_comments_below_quoted_diffs_are_located() -> None:
    found = [c for _, comments in real_threads() for c in comments if below_a_quoted_diff(c)]
    located = [c for c in found if c.file]
    assert len(found) > 300
    assert len(located) >= 0.97 * len(found), f"{len(located)} of {len(found)}"


def test_comments_labelled_by_hand() -> None:
    if not LABELS.exists():
        pytest.skip("no labels")
    labels = json.loads(LABELS.read_text())["comments"]
    found = {(c.message, c.span[0]): c for _, comments in real_threads() for c in comments}
    agreed = 0
    for label in labels:
        comment = found.get((label["message"], label["first"]))
        if label["file"] is None:
            agreed += comment is None
            continue
        mine = (comment.file, comment.line, comment.span[1]) if comment else None
        if mine == (label["file"], label["line"], label["last"]):
            agreed += 1
        else:
            print(label, mine)
    assert len(labels) >= 60 and agreed >= 57
