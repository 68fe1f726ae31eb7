"""What came back: reply trees and open review comments, as structures that print as JSON or as lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from patchflow.domain.bot import Bot
from patchflow.domain.comment import Comment, CommentState, Side
from patchflow.domain.message import Kind, Message
from patchflow.domain.ours import NOTHING, Ours
from patchflow.domain.thread import Thread
from patchflow.formats.mail.classify import kind_of
from patchflow.formats.mail.comments import comments_of
from patchflow.formats.mail.reply_trailers import reply_trailers
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.patch.trailers import trailers_of
from patchflow.formats.safe import safe_line


def thread_document(threads: Iterable[Thread], bots: Sequence[Bot] = (), ours: Ours = NOTHING) -> dict[str, Any]:
    """The document of `thread --json`: every message with parent, depth, kind, trailers and comments."""
    return {"threads": [_thread(thread, bots, ours) for thread in threads]}


def _thread(thread: Thread, bots: Sequence[Bot], ours: Ours) -> dict[str, Any]:
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
        rows.append(_message(node.message, depth, parent, bots, comments))
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
        "date": message.date.isoformat() if message.date else None,
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


def comment_row(comment: Comment) -> dict[str, Any]:
    """One comment as `todo --json` prints it."""
    return {
        "id": comment.id,
        "message": comment.message,
        "from": str(comment.author),
        "patch": comment.patch,
        "patch_subject": comment.patch_subject,
        "part": comment.part,
        "revision": comment.revision,
        "file": comment.file,
        "line": comment.line,
        "side": str(comment.side),
        "quote": list(comment.quote),
        "text": comment.text,
        "state": str(comment.state),
        "reason": comment.reason,
        "touched": comment.touched,
        "claimed": comment.claimed,
        "span": list(comment.span),
        "follow_ups": list(comment.follow_ups),
    }


def comments_document(comments: Iterable[Comment]) -> dict[str, Any]:
    """The document of `todo --json`."""
    return {"comments": [comment_row(comment) for comment in comments]}


def all_comments(threads: Iterable[Thread], bots: Sequence[Bot] = (), ours: Ours = NOTHING) -> list[Comment]:
    """Every comment of these threads, in whatever state."""
    return [comment for thread in threads for comment in comments_of(thread, bots, ours)]


def open_comments(comments: Iterable[Comment]) -> list[Comment]:
    """Those that still wait for an answer or a change."""
    return [comment for comment in comments if comment.state is CommentState.OPEN]


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


def todo_lines(comments: Sequence[Comment]) -> list[str]:
    """Comments grouped by patch and file, each with what it quotes."""
    if not comments:
        return ["No open comments."]
    lines: list[str] = []
    patch = file = None
    for comment in sorted(comments, key=lambda c: (c.revision, c.part, c.patch, _file_rank(c.file), c.file, c.line)):
        if comment.patch != patch:
            patch, file = comment.patch, None
            part = f" {comment.part}" if comment.part else ""
            revision = f" v{comment.revision}" if comment.revision > 1 else ""
            lines += ([""] if lines else []) + [
                f"Patch{part}{revision}: {safe_line(comment.patch_subject, 100) or comment.patch}"
            ]
        if comment.file != file:
            file = comment.file
            lines.append(f"  {safe_line(file) if file else 'the patch as a whole'}")
        lines += _comment_lines(comment)
    touched = [comment.id for comment in comments if comment.touched]
    if touched:
        lines += ["", f"Changed since it was sent ({len(touched)}). If that is the answer, say so: "
                  f"`patchflow todo --addressed {touched[0]}=WHAT`"]  # fmt: skip
    claimed = list(dict.fromkeys(comment.claimed for comment in comments if comment.claimed))
    if claimed:
        lines += ["", f"Answered in your name ({len(claimed)}), by a mail that was not sent from here. If it is yours, "
                  f"say so: `patchflow todo --mine {safe_line(claimed[0])}`"]  # fmt: skip
    return lines


def _file_rank(file: str) -> int:
    """The patch as a whole first, then its message, then its files."""
    return {"": 0, "cover": 0, "COMMIT_MSG": 1}.get(file, 2)


def _comment_lines(comment: Comment) -> list[str]:
    where = f"line {comment.line}" + (" (removed)" if comment.side is Side.OLD else "") if comment.line else ""
    state = "" if comment.state is CommentState.OPEN else f" [{comment.state}]"
    state += " [changed since]" if comment.touched else ""
    state += f" [answered in your name by {safe_line(comment.claimed)}]" if comment.claimed else ""
    head = ", ".join(part for part in (where, comment.author.name or comment.author.email) if part)
    lines = [f"    {safe_line(head)}{state}  ({comment.id})"]
    lines += [f"      > {_code(text)}" for text in comment.quote[-3:]]
    lines += [f"      {_code(text)}".rstrip() for text in comment.text.split("\n")]
    return lines


def _code(text: str) -> str:
    """A line of code or mail with its tabs kept as columns."""
    return safe_line(text.expandtabs(8), 110)
