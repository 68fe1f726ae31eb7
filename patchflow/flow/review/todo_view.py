"""What waits, as JSON and as lines: a line for each remark, and below it what it quotes and the exchange about it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from patchflow import lazy_re
from patchflow.domain.comment import Comment, CommentState, Said, Side
from patchflow.errors import UsageError
from patchflow.formats.safe import safe_line

_FIRST_WORDS = 70  # characters
_QUOTED = 3  # lines
_SPAN = lazy_re.compile(r"(\d{1,6})\s*([hdwm])")
Notes = Mapping[str, Sequence[str]]
_NO_NOTES: Notes = MappingProxyType({})
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24}


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
        "date": when_json(comment.date),
        "asked_again": comment.asked_again,
        "exchange": [_said(said) for said in comment.exchange],
        "later": comment.later._asdict() if comment.later else None,
        "added": comment.added,
        "bot": comment.bot,
        "severity": comment.severity,
        "known": comment.known,
        "facts": dict(comment.facts),
        "mails": list(comment.mails),
        "symbol": comment.symbol,
    }


def _said(said: Said) -> dict[str, Any]:
    return said._asdict() | {"author": str(said.author), "date": when_json(said.date)}


def when_json(date: datetime | None) -> str | None:
    """A date as JSON documents have it."""
    return date.isoformat() if date else None


def comments_document(comments: Iterable[Comment], notes: Notes = _NO_NOTES) -> dict[str, Any]:
    """The document of `todo --json`; `notes` are the user's by comment: until when it is put off, when it is due."""
    return {"comments": [comment_row(one) | {"notes": list(notes.get(one.id, ()))} for one in comments]}


def open_comments(comments: Iterable[Comment]) -> list[Comment]:
    """Those that still wait for an answer or a change."""
    return [comment for comment in comments if comment.waits]


def chosen(
    comments: Iterable[Comment], by: str = "", since: datetime | None = None, bots: bool = False, mine: bool = False
) -> list[Comment]:
    """The comments by whoever's name or address holds `by`, with a word since then, from bots alone, and about lines
    that the patch itself adds (`mine`)."""
    return [
        one
        for one in comments
        if (not by or by.lower() in f"{one.author} {one.bot}".lower())
        and (since is None or (last_word(one) or since) >= since)
        and (not bots or one.bot)
        and (not mine or one.added)
    ]


def since_when(text: str, now: datetime | None = None) -> datetime | None:
    """The time that `2026-11-03`, `3d`, `2w`, `12h` or `1m` names; None for "". UsageError for anything else."""
    if not text:
        return None
    try:
        if match := _SPAN.fullmatch(text.strip().lower()):
            return (now or datetime.now(UTC)) - timedelta(hours=int(match[1]) * _HOURS[match[2]])
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(f"--since wants a date (2026-11-03) or an age (3d, 2w), not {text!r}.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def last_word(comment: Comment) -> datetime | None:
    """When the last was said about it; None where no mail bears a date."""
    return max((d for d in (comment.date, *(said.date for said in comment.exchange)) if d), default=None)


def age(date: datetime | None, now: datetime | None = None) -> str:
    """`5 h`, `3 d`; "undated" where a mail bears no date that can be read."""
    if date is None:
        return "undated"
    hours = max(int(((now or datetime.now(UTC)) - date).total_seconds()), 0) // 3600
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"


def place_of(comment: Comment) -> str:
    """Where a comment stands: `drivers/x.c:12`, `the commit message:3`, `the patch as a whole`."""
    words = {"": "the patch as a whole", "cover": "the cover letter", "COMMIT_MSG": "the commit message"}
    file = words.get(comment.file, comment.file)
    line = f":{comment.line}" if comment.line else ""
    return f"{file}{line}{' (removed)' if comment.side is Side.OLD and line else ''}"


def later_words(comment: Comment) -> str:
    """What the newest revision made of the line; "" on that one itself."""
    later = comment.later
    if later is None:
        return ""
    if later.gone is None:
        return f"made on v{comment.revision}, v{later.revision} is out"
    if later.gone:
        return f"its line is gone in v{later.revision}"
    return f"its line is still there in v{later.revision}, at {later.file}:{later.line}"


def first_words(comment: Comment, most: int = _FIRST_WORDS) -> str:
    """The beginning of the newest words that ask for something."""
    return safe_line(" ".join(comment.newest.split()), most)


def todo_lines(comments: Sequence[Comment], notes: Notes = _NO_NOTES, sent_named: bool = False) -> list[str]:
    """Comments by patch: those of people on the newest revisions, then those of bots, then those on older revisions.
    `sent_named`: the user named where a mail program keeps what it sends."""
    newest: list[Comment] = []
    older: list[Comment] = []
    for one in comments:
        (newest if one.later is None or one.asked_again else older).append(one)
    lines = _by_patch([one for one in newest if not one.bot], notes)
    if bots := [one for one in newest if one.bot]:
        lines += [*([""] if lines else []), f"From bots: {len(bots)}", *_by_patch(bots, notes, "  ")]
    if older:
        lines += [*([""] if lines else []), f"On older revisions: {len(older)}"]
        for one in sorted(older, key=lambda c: (-c.revision, bool(c.later and c.later.gone), c.part, c.file, c.line)):
            part = f" {one.part}" if one.part else ""
            lines += [f"  v{one.revision}{part} {_head(one, notes)}", f"      {safe_line(later_words(one))}"]
    touched = [one.id for one in comments if one.touched]
    if touched:
        lines += ["", f"Changed since it was sent ({len(touched)}). If that is the answer, say so: "
                  f"`patchflow todo --addressed {touched[0]}=WHAT`"]  # fmt: skip
    claimed = list(dict.fromkeys(one.claimed for one in comments if one.claimed))
    if claimed:
        mails = "a mail that was not sent from here. If it is" if len(claimed) == 1 else (
            "mails that were not sent from here. If they are")  # fmt: skip
        named = " ".join(f"--mine {shlex.quote(safe_line(one))}" for one in claimed)
        lines += ["", f"Answered in your name ({len(claimed)}), by {mails} yours, say so: `patchflow todo {named}`"]
        if not sent_named:
            lines.append("Or name once where your mail program keeps what it sends: "
                         "`patchflow config patchflow.mail.sent sent:FOLDER`, then `patchflow fetch`")  # fmt: skip
    return lines


def _by_patch(comments: Sequence[Comment], said: Notes, indent: str = "") -> list[str]:
    lines: list[str] = []
    patch = None
    for one in sorted(comments, key=order):
        if one.patch != patch:
            patch = one.patch
            part = f" {one.part}" if one.part else ""
            revision = f" v{one.revision}" if one.revision > 1 else ""
            title = safe_line(one.patch_subject) or safe_line(one.patch)
            lines += [*([""] if lines else []), f"{indent}Patch{part}{revision}: {title}"]
        lines.append(f"{indent}  {_head(one, said)}")
        lines += [f"{indent}      {line}".rstrip() for line in _below(one)]
    return lines


def order(comment: Comment) -> tuple[object, ...]:
    """By revision, patch, file and line; a bot's findings with those on lines that the patch adds first, and what was
    so before last."""
    bots = (bool(comment.known), not comment.added) if comment.bot else (False, False)
    return (comment.revision, comment.part, comment.patch, *bots, _file_rank(comment.file), comment.file, comment.line)


def _file_rank(file: str) -> int:
    """The patch as a whole first, then its message, then its files."""
    return {"": 0, "cover": 0, "COMMIT_MSG": 1}.get(file, 2)


def _head(comment: Comment, more: Notes) -> str:
    """Who, where, how old, what became of it, and the first words of what is asked."""
    notes = [comment.severity] if comment.severity else []
    if comment.known:
        notes.append("was so before")
    if comment.asked_again:
        notes.append("asks again")
    elif comment.state is not CommentState.OPEN:
        notes.append(f"{comment.state}: {comment.reason}" if comment.reason else str(comment.state))
    if comment.touched:
        notes.append("changed since")
    if comment.claimed:
        notes.append(f"answered in your name by {comment.claimed}")
    notes += more.get(comment.id, ())
    who = comment.bot or comment.author.name or comment.author.email
    said = f" [{', '.join(notes)}]" if notes else ""
    head = f"{who}, {place_of(comment)}, {age(last_word(comment))}{said}:"
    return f"{safe_line(head)} {first_words(comment)}  ({comment.id})"


def _below(comment: Comment) -> Iterator[str]:
    """What it quotes, the remark where the line above does not hold it whole, and the exchange."""
    for text in comment.quote[-_QUOTED:]:
        yield f"> {_code(text)}"
    if comment.exchange or first_words(comment) != comment.text.strip():
        for text in comment.text.split("\n"):
            yield _code(text)
    for what, words in comment.facts:
        yield safe_line(f"{what}: {words}")
    if len(comment.mails) > 1:
        yield f"told by {len(comment.mails)} mails"
    for said in comment.exchange:
        who = said.author.name or said.author.email
        yield safe_line(f"-- {who}, {age(said.date)}:")
        for text in said.text.split("\n"):
            yield f"   {_code(text)}"


def _code(text: str) -> str:
    """A line of code or mail with its tabs kept as columns."""
    return safe_line(text.expandtabs(8))
