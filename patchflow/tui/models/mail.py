"""The mail taken in: what waits for the user and the newest threads, and one thread as its mails."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow.flow.review.todo_view import age
from patchflow.formats.patch.subject import parse_subject
from patchflow.tui.models.conversation import message_line
from patchflow.tui.models.rows import Row
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.bot import Bot
    from patchflow.domain.intake import Hit
    from patchflow.domain.message import Message
    from patchflow.domain.thread import Thread
    from patchflow.domain.waiting import Waiting


@dataclass(frozen=True)
class MailList:
    """Mails, the newest first, as the words asked for them; without words what waits, too (None: not known yet, or
    `why` not)."""

    hits: Sequence[Hit]
    waiting: Sequence[Waiting] | None = None
    why: str = ""


@dataclass(frozen=True)
class ThreadRead:
    """The threads that hold a mail, and the Message-IDs of those of their mails that were not read before."""

    threads: Sequence[Thread]
    unread: frozenset[str]
    bots: Sequence[Bot] = ()

    def mail(self, id: str) -> Message | None:
        """One of the mails."""
        return next((m for one in self.threads for m in one.messages if m.id == id), None)


def mail_list_rows(found: MailList, asked: bool, now: datetime) -> list[Row]:
    """What waits, then one line a thread: its newest mail that was found, and how many were."""
    rows: list[Row] = []
    if not asked:
        rows.append(Row("waits for you", "head"))
        rows += [_waiting_row(one, now) for one in found.waiting or ()]
        none = found.why or ("nothing" if found.waiting is not None else "reading …")
        rows += [] if found.waiting else [Row(f"  {none}", "dim")]
        rows += [Row(""), Row("newest mail", "head")]
    threads: dict[int, list[Hit]] = {}
    for hit in found.hits:
        threads.setdefault(hit.thread, []).append(hit)
    return rows + ([_thread_row(hits) for hits in threads.values()] or [Row("  no mail", "dim")])


def _waiting_row(one: Waiting, now: datetime) -> Row:
    who = one.author.name or one.author.email
    words = f"{'*' if one.unread else ' '} {one.why:22} {age(one.since, now):>5}  v{one.revision} {who}: {one.title}"
    return Row(words, "strong" if one.unread else "plain", one.newest)


def _thread_row(hits: Sequence[Hit]) -> Row:
    newest, unread = hits[0], any(one.unread for one in hits)
    date = f"{datetime.fromtimestamp(newest.when, UTC):%Y-%m-%d}" if 0 < newest.when < 1 << 34 else "undated   "
    count = f"  ({len(hits)} mails)" if len(hits) > 1 else ""
    words = f"{'*' if unread else ' '} {date}  {newest.sender.partition(' <')[0]}: {newest.subject}{count}"
    return Row(words, "strong" if unread else "plain", newest.id)


def thread_rows(read: ThreadRead, unread: Collection[str]) -> list[Row]:
    """The reply trees, one line a mail."""
    rows: list[Row] = []
    for thread in read.threads:
        shown = ""
        for node, depth, _ in thread.walk():
            rows.append(message_line(node, depth, shown, read.bots, unread))
            shown = parse_subject(node.message.subject).title if node.message else shown
    return rows
