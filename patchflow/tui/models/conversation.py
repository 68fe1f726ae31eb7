"""Conversation: the reply tree, and a message with its quotes folded and its patch coloured."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

from patchflow.domain.bot import Bot
from patchflow.domain.message import Kind, Message
from patchflow.domain.thread import Node
from patchflow.domain.verdict import Verdict
from patchflow.formats.counted import many
from patchflow.formats.mail.classify import kind_of
from patchflow.formats.mail.quotes import read_lines
from patchflow.formats.mail.reply_trailers import reply_trailers
from patchflow.formats.patch.subject import parse_subject
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row, matches
from patchflow.tui.models.series import SeriesModel

_FOLD_ABOVE = 6  # a quotation this long is folded to its last lines


def conversation_rows(model: SeriesModel) -> list[Row]:
    """One line a message, indented below what it answers; `*` marks what was not read."""
    if model.read is None or not model.read.mail_read:
        return [Row("reading the mail …", "dim")]
    rows: list[Row] = []
    bots = model.read.profile.bots
    for thread in reversed(model.read.threads):
        revision, shown, hidden_below = 0, "", -1
        for node, depth, _ in thread.walk():
            message = node.message
            if message is not None and (number := _revision(message, bots)) not in (0, revision):
                revision = number
                rows.append(Row(f"── v{revision} {'─' * 24}", "head"))
            if 0 <= hidden_below < depth:
                continue
            hidden_below = depth if message is not None and message.id in model.folded else -1
            row = _line(model, node, depth, shown, bots)
            shown = parse_subject(message.subject).title if message else shown
            if matches(f"{row.text} {message.sender.email if message else ''}", model.mail_filter):
                rows.append(row)
    if age := model.age("mail"):
        rows = [Row(f"mail as it was{age.removeprefix(',')}; {key('refresh')} refreshes it", "dim"), *rows]
    if model.mail_filter:
        rows = [Row(f"only with: {model.mail_filter}; {key('filter-mail')} asks for other words", "note"), *rows]
    return rows or [Row(f"No mail of this series yet; {key('fetch')} takes an mbox file or a Maildir in.", "dim")]


def _revision(message: Message, bots: Sequence[Bot]) -> int:
    """The version that a posting is, 0 for another mail."""
    return parse_subject(message.subject).revision or 1 if kind_of(message, bots) in _OWN else 0


def _line(model: SeriesModel, node: Node, depth: int, shown: str, bots: Sequence[Bot]) -> Row:
    message = node.message
    if message is None:
        return message_line(node, depth, shown, bots, ())
    count = sum(c.message == message.id and c.waits for c in (model.read.comments if model.read else ()))
    notes = (_tags(model, message, kind_of(message, bots)), f"[{count} open]" if count else "",
             f"[{_below(node)}]" if message.id in model.folded else "")  # fmt: skip
    return message_line(node, depth, shown, bots, model.unread, model.attested.get(message, ()), notes)


def message_line(
    node: Node, depth: int, shown: str, bots: Sequence[Bot], unread: Collection[str],
    signed: Sequence[Verdict] = (), notes: Sequence[str] = (),
) -> Row:  # fmt: skip
    """A mail's line in a reply tree; `shown` is the title of the line above, which is not repeated."""
    indent = "  " * min(depth, 8) + (f"+{depth - 8} " if depth > 8 else "")
    message = node.message
    if message is None:
        return Row(f"{'':12}{indent}(not here: <{node.id}>)", "dim")
    kind = kind_of(message, bots)
    mark = "*" if message.id in unread else " "
    date = _when(message.date) if message.date else f"{'undated':12}"
    who = (message.sender.name or message.sender.email) + _signed(signed)
    subject = message.subject if parse_subject(message.subject).title != shown or kind in _OWN else ""
    about = "  ".join(filter(None, [f"{who}{f': {subject}' if subject else ''}", *notes]))
    text = f"{mark}{date} {indent}{_WORDS[kind]}{about}"
    return Row(text, _style(message, kind, unread), message.id)


def _when(date: datetime) -> str:
    """Day and time where the user is; a mail may bear a year that no clock here knows."""
    with suppress(OverflowError, ValueError, OSError):
        date = date.astimezone()
    return f"{date:%d %b %H:%M}"


def _below(node: Node) -> str:
    """How many answers are folded."""
    count = 0
    rest = list(node.children)
    while rest:
        one = rest.pop()
        count += one.message is not None
        rest += one.children
    return many(count, "answer")


def _tags(model: SeriesModel, message: Message, kind: Kind) -> str:
    """The tags that a reply gives: `R-b` for Reviewed-by."""
    if kind != Kind.REPLY:
        return ""
    if message not in model.tags:
        keys = dict.fromkeys(one.key for one in reply_trailers(message) if one.key.lower().endswith("-by"))
        model.tags[message] = " ".join(_SHORT.get(one.lower(), one) for one in keys)
    return model.tags[message]


_SHORT = {"reviewed-by": "R-b", "acked-by": "A-b", "tested-by": "T-b", "nacked-by": "NAK"}


def _style(message: Message, kind: Kind, unread: Collection[str]) -> str:
    return "strong" if message.id in unread else ("dim" if kind == Kind.BOT else "plain")


def _signed(verdicts: Sequence[Verdict]) -> str:
    return f" [{', '.join(dict.fromkeys(one.beside for one in verdicts))}]" if verdicts else ""


def row_once_read(model: SeriesModel, row: Row) -> Row:
    """A message's line after it was read."""
    message = model.messages.get(row.ref)
    if message is None or model.read is None:
        return row
    return Row(" " + row.text[1:], _style(message, kind_of(message, model.read.profile.bots), model.unread), row.ref)


_OWN = (Kind.COVER, Kind.PATCH)
_WORDS = {Kind.COVER: "cover  ", Kind.PATCH: "patch  ", Kind.REPLY: "", Kind.BOT: "bot "}


def message_rows(message: Message, open_quotes: bool = False, signed: Sequence[Verdict] = ()) -> list[Row]:
    """A mail: headers, beside the sender what its signatures are worth, then the body with quotes folded and diffs
    coloured."""
    date = f"{message.date:%a, %d %b %Y %H:%M %z}" if message.date else "no date that can be read"
    sender = f"From: {message.sender}{_signed(signed)}"
    rows = [Row(message.subject or "(no subject)", "head"), Row(sender, "strong"), Row(date, "dim")]
    rows += [Row(f"{name}: {', '.join(map(str, people))}", "dim") for name, people in
             (("To", message.to), ("Cc", message.cc)) if people]  # fmt: skip
    rows += [Row(f"attached: {a.name} ({a.content_type}, {a.size} bytes), not opened", "note")
             for a in message.attachments]  # fmt: skip
    rows.append(Row(""))
    return rows + body_rows(message.body, open_quotes)


def body_rows(body: str, open_quotes: bool = False) -> list[Row]:
    """The lines of a body; long quotations are folded to their last lines."""
    rows: list[Row] = []
    quoted: list[str] = []
    in_diff = False
    texts = body.rstrip("\n").split("\n")
    for text, line in zip(texts, read_lines(body.rstrip("\n")), strict=False):
        if line.depth:
            quoted.append(text)
            continue
        rows += _quotation(quoted, open_quotes)
        quoted = []
        in_diff = in_diff or text.startswith(("diff --git ", "--- a/"))
        if text == "-- ":
            in_diff = False
        rows.append(Row(text, _diff_kind(text) if in_diff else "plain", None, in_diff))
    return rows + _quotation(quoted, open_quotes)


def _quotation(quoted: list[str], whole: bool) -> list[Row]:
    hidden = 0 if whole or len(quoted) <= _FOLD_ABOVE else len(quoted) - _FOLD_ABOVE + 1
    rows = [Row(f"> … {hidden} quoted lines ({key('fold')} shows them)", "note")] if hidden else []
    return rows + [Row(text, _quote_kind(text), None, True) for text in quoted[hidden:]]


def _quote_kind(text: str) -> str:
    inner = text.lstrip("> ") if text.startswith(">") else text
    after = text[text.rfind("> ") + 2 :] if "> " in text[:8] else inner
    if after.startswith("+") and not after.startswith("+++"):
        return "add"
    if after.startswith("-") and not after.startswith("---"):
        return "del"
    return "hunk" if after.startswith("@@") else "quote"


def _diff_kind(text: str) -> str:
    if text.startswith(("diff --git", "index ", "--- ", "+++ ")):
        return "meta" if text.startswith("diff") else "dim"
    return {"+": "add", "-": "del", "@": "hunk"}.get(text[:1], "plain")
