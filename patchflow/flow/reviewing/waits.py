"""Decides which series of the mail taken in wait for the user: answered, posted anew, addressed, or near their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.intake import WasRead, nobody_read
from patchflow.domain.message import Message
from patchflow.domain.ours import Ours
from patchflow.domain.waiting import Snooze, Waiting, Why
from patchflow.flow.review.follow_ups import Facts, is_put_off
from patchflow.flow.review.todo_view import age
from patchflow.formats.mail.series import Posting
from patchflow.formats.safe import safe_line

_PATH = lazy_re.compile(r"(?m)^diff --git a/(\S{1,300}) b/")
_NEVER = datetime.min.replace(tzinfo=UTC)


def what_waits(
    series: Iterable[Sequence[Posting]], messages: Sequence[Message], me: Callable[[Address], bool], ours: Ours,
    paths: Collection[str], is_bot: Callable[[Message], bool], put_off: Mapping[str, Snooze],
    since: datetime, facts: Facts, was_read: WasRead = nobody_read,
) -> list[Waiting]:  # fmt: skip
    """The series that wait, the newest first: those with a mail since `since`.

    `me` says whether an address is the user's, `paths` are the files that the user sent patches for.
    """
    answers_of = _answers_of(messages)
    found = [one for revisions in series if (one := _waits(revisions, answers_of, me, ours, paths, is_bot, was_read))]
    found = [one for one in found if (one.since or _NEVER) >= since]
    marked = [one._replace(snoozed=is_put_off(put_off.get(one.root), one.mails, one.revision, facts)) for one in found]
    return sorted(marked, key=lambda one: one.since or _NEVER, reverse=True)


def _waits(
    revisions: Sequence[Posting], answers_of: Mapping[str, Sequence[Message]], me: Callable[[Address], bool],
    ours: Ours, paths: Collection[str], is_bot: Callable[[Message], bool], was_read: WasRead,
) -> Waiting | None:  # fmt: skip
    newest = next((one for one in reversed(revisions) if one.patches), None)
    if newest is None or me(newest.author) or newest.first.id in ours.patches:
        return None
    ids = {id for one in revisions for id in one.ids}
    below = _below(answers_of, ids)
    mine = [m for m in below if m.id in ours.mails or me(m.sender)]
    posted = newest.first.date
    made = Waiting(Why.ASKED, revisions[0].first.id, newest.first.id, newest.title, newest.author, newest.revision,
                   max(newest.parts, 1), posted, len(ids) + len(below))  # fmt: skip
    mails = [m for one in revisions for m in (*([one.cover] if one.cover else []), *one.patches)]
    unread = sum(not was_read(m.id, m.sender.email) for m in (*mails, *below))
    made = made._replace(unread=unread)
    if mine:
        last = max(m.date or _NEVER for m in mine)
        said = {m.id for m in mine}
        answers = [m for m in below if (m.date or _NEVER) > last and m.id not in said and not is_bot(m)
                   and not said.isdisjoint((*m.references, *m.in_reply_to))]  # fmt: skip
        if (posted or _NEVER) > last:
            return made._replace(why=Why.NEW)
        when = max((m.date for m in answers if m.date), default=None)
        return made._replace(why=Why.ANSWERED, since=when, answers=tuple(m.id for m in answers)) if answers else None
    mails = [newest.first, *newest.patches]
    if any(me(one) for mail in mails for one in (*mail.to, *mail.cc)):
        return made
    near = sorted({path for mail in newest.patches for path in _PATH.findall(mail.body)} & set(paths))
    return made._replace(why=Why.TOUCHES, paths=tuple(near)) if near else None


def _answers_of(messages: Iterable[Message]) -> dict[str, list[Message]]:
    """By Message-ID the mails that name it as what they answer."""
    found: dict[str, list[Message]] = {}
    for message in messages:
        for one in {*message.references, *message.in_reply_to}:
            found.setdefault(one, []).append(message)
    return found


def _below(answers: Mapping[str, Sequence[Message]], ids: Collection[str]) -> list[Message]:
    """The mails that answer these, or an answer to them."""
    found: dict[str, Message] = {}
    above = list(ids)
    while above:
        for message in answers.get(above.pop(), ()):
            if message.id not in found and message.id not in ids:
                found[message.id] = message
                above.append(message.id)
    return list(found.values())


def waiting_document(rows: Iterable[Waiting]) -> list[dict[str, object]]:
    """The list for scripts."""
    return [
        {**row._asdict(), "why": str(row.why), "author": str(row.author), "answers": list(row.answers),
         "paths": list(row.paths), "since": row.since.isoformat() if row.since else None}
        for row in rows
    ]  # fmt: skip


def waiting_lines(rows: Sequence[Waiting], now: datetime) -> list[str]:
    """The list for a person: `*` where a mail was not read, why, how long, which series, and below it what names it."""
    lines = []
    for row in rows:
        why = f"{'*' if row.unread else ' '}{row.why}{' (snoozed)' if row.snoozed else ''}"
        who = row.author.name or row.author.email
        lines.append(safe_line(f"{why:22} {age(row.since, now):>5}  v{row.revision}  {who}: {row.title}", 160))
        lines.append(safe_line(f"{'':30}{row.newest}", 160))
    return lines or ["Nothing waits for you."]
