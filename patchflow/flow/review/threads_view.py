"""What came back: reply trees, as structures that print as JSON or as lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from patchflow.domain.bot import Bot
from patchflow.domain.comment import Comment
from patchflow.domain.message import Kind, Message
from patchflow.domain.ours import NOTHING, Ours
from patchflow.domain.thread import Thread
from patchflow.domain.verdict import Verdict
from patchflow.flow.review.todo_view import comment_row, when_json
from patchflow.formats.mail.classify import kind_of
from patchflow.formats.mail.comments import NOBODY, comments_of, comments_of_all
from patchflow.formats.mail.people import People
from patchflow.formats.mail.reply_trailers import reply_trailers
from patchflow.formats.mail.superseded import with_later
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.patch.trailers import trailers_of
from patchflow.formats.safe import safe_line


def thread_document(
    threads: Iterable[Thread], bots: Sequence[Bot] = (), ours: Ours = NOTHING,
    attested: Mapping[Message, Sequence[Verdict]] = MappingProxyType({}),
) -> dict[str, Any]:  # fmt: skip
    """The document of `thread --json`: every message with parent, depth, kind, trailers, comments, and what its
    signatures are worth."""
    return {"threads": [_thread(thread, bots, ours, attested) for thread in threads]}


def _thread(
    thread: Thread, bots: Sequence[Bot], ours: Ours, attested: Mapping[Message, Sequence[Verdict]]
) -> dict[str, Any]:
    by_message: dict[str, list[Comment]] = {}
    for comment in comments_of(thread, bots, ours):
        by_message.setdefault(comment.message, []).append(comment)
    rows: list[dict[str, Any]] = []
    missing: list[str] = []
    for node, depth, parent in thread.walk():
        if node.message is None:
            missing.append(node.id)
            continue
        # Two mails can bear one Message-ID.
        comments = [one for one in by_message.get(node.id, ()) if one.author == node.message.sender]
        row = _message(node.message, depth, parent, bots, comments)
        rows.append({**row, "attested": [one.as_row() for one in attested.get(node.message, ())]})
    return {"root": thread.root.id, "subject": thread.subject, "messages": rows, "missing": missing}


def _message(message: Message, depth: int, parent: str, bots: Sequence[Bot], comments: list[Comment]) -> dict[str, Any]:
    kind = kind_of(message, bots)
    subject = parse_subject(message.subject)
    given = trailers_of(message.body.split("\n---\n", 1)[0]) if kind is Kind.PATCH else reply_trailers(message)
    return {
        "id": message.id,
        "parent": parent,
        "depth": depth,
        "from": str(message.sender),
        "date": when_json(message.date),
        "subject": message.subject,
        "kind": str(kind),
        "revision": subject.revision,
        "part": subject.part,
        "parts": subject.parts,
        "tree": subject.tree,
        "rfc": subject.rfc,
        "resend": subject.resend,
        "trailers": [str(trailer) for trailer in given],
        "comments": [comment_row(comment) for comment in comments],
        "attachments": [{"name": a.name, "type": a.content_type, "size": a.size} for a in message.attachments],
    }


def all_comments(
    threads: Sequence[Thread], bots: Sequence[Bot] = (), ours: Ours = NOTHING, people: People = NOBODY
) -> list[Comment]:
    """Every comment of these threads, in whatever state, with what newer revisions made of it."""
    found = comments_of_all(threads, bots, ours, people)
    return with_later(found, (m for thread in threads for m in thread.messages), bots, ours)


def thread_lines(document: dict[str, Any], width: int = 0) -> list[str]:
    """The reply trees as an indented text, one line a message."""
    lines: list[str] = []
    for thread in document["threads"]:
        if lines:
            lines.append("")
        shown = ""
        lines += [f"            (missing: {safe_line(one, 100)})" for one in thread["missing"]]
        for row in thread["messages"]:
            lines.append(_message_line(row, shown, width))
            shown = parse_subject(row["subject"]).title
    return lines or ["No messages."]


def _message_line(row: dict[str, Any], shown: str, width: int) -> str:
    """`2019-09-26  [patch] Name: [PATCH v2] title  (3 comments)`; a title is not repeated below itself."""
    date = (row["date"] or "undated   ")[:10]
    # Depth 41 occurs: behind the tenth level the tree only says how deep it is.
    depth = int(row["depth"])
    indent = "  " * min(depth, 10) + (f"+{depth - 10} " if depth > 10 else "")
    sender = row["from"].split(" <")[0]
    if signed := ", ".join(dict.fromkeys(Verdict(**one).beside for one in row["attested"])):
        sender += f" [{signed}]"
    subject = safe_line(row["subject"], 90) or "(no subject)"
    if parse_subject(row["subject"]).title == shown and row["kind"] not in ("patch", "cover"):
        subject = ""
    notes: list[str] = []
    count = len(row["comments"])
    if count:
        notes.append(f"{count} comment{'s' if count > 1 else ''}")
    if row["kind"] not in ("patch", "cover"):
        notes.extend(sorted({trailer.split(":")[0] for trailer in row["trailers"]}))
    tail = f"  ({', '.join(notes)})" if notes else ""
    return safe_line(f"{date}  {indent}[{row['kind']}] {sender}{': ' if subject else ''}{subject}{tail}", width)
