"""Decides what there is to tell of a series, in which words, and how often an archive is asked about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from patchflow.domain.address import Address
from patchflow.domain.arrival import Fate
from patchflow.domain.comment import Comment
from patchflow.domain.event import Event
from patchflow.domain.series import Series, State
from patchflow.domain.waiting import Waiting
from patchflow.domain.window import Window, WindowState
from patchflow.flow.series.status import Standing
from patchflow.formats.mail.collected_trailers import Given
from patchflow.formats.safe import safe_line

if TYPE_CHECKING:
    from patchflow.flow.series.landed import Landed

_SOONEST, _LATEST = timedelta(minutes=15), timedelta(hours=24)
_PINGS = timedelta(days=14)  # between two events that a ping is due
_LONG_AGO = timedelta(days=120)  # after so long without a word a thread is asked for by hand only
# One, several.
_COUNTED = {
    "comment": ("new comment", "new comments"), "again": ("asks again", "ask again"),
    "more": ("comment goes on", "comments go on"),
    "bot": ("finding of a bot", "findings of bots"), "test": ("test failed", "tests failed"),
    "due": ("comment is due", "comments are due"),
}  # fmt: skip


def events_of(
    series: Series,
    stands: Standing,
    comments: Iterable[Comment],
    given: Iterable[Given],
    due: Iterable[tuple[Comment, datetime]],
    now: datetime,
    where: Landed | None = None,
) -> list[Event]:
    """All that there is to tell of a series now; `comments` are those that wait, `given` the tags that came, `due` the
    comments whose day has come; `where` says how far an applied one got."""
    last = series.last
    if last is None:
        return []
    name, found = series.name, list[Event]()
    version = f"v{last.number}"
    for one in comments:
        said = [each for each in one.exchange if each.counts and not each.by_author]
        if one.asked_again:
            key = f"again:{one.id}:{said[-1].message if said else ''}"
            found.append(Event(key, name, "again", _words(one.author, one.newest), waits=True))
            continue
        kind = "bot" if one.bot else "comment"
        found.append(Event(_key(one), name, kind, _words(one.author, one.newest), waits=True))
        if more := [each for each in said if not each.settles]:
            text = _words(more[-1].author, more[-1].text)
            found.append(Event(f"more:{one.id}:{more[-1].message}", name, "more", text))
    for tag in given:
        text = safe_line(f"{tag.trailer.key} from {tag.sender.name or tag.sender.email}", 100)
        found.append(Event(f"tag:{tag.message}:{tag.trailer.key.lower()}", name, text, text))
    for patch in stands.patchwork:
        if patch.state not in ("new", "under-review"):
            text = safe_line(f"{version} is {patch.state} in Patchwork", 100)
            found.append(Event(f"patchwork:{series.change_id}:{version}:{patch.state}", name, text, text))
        for test in patch.failed:
            text = safe_line(f"{test.context}: {test.description}", 100)
            found.append(Event(f"test:{patch.message_id}:{test.context}", name, "test", text, waits=True))
    if stands.arrivals and all(one.fate is not Fate.MISSING for one in stands.arrivals):
        changed = sum(one.fate is Fate.CHANGED for one in stands.arrivals)
        text = f"{version} arrived" + (f", {changed} of its mails changed on the way" if changed else "")
        found.append(Event(f"arrived:{series.change_id}:{version}:{changed}", name, text, text, waits=changed > 0))
    if stands.state in (State.APPLIED, State.SAYS_APPLIED):
        text = safe_line(stands.next_step.words.partition(":")[0], 100)
        found.append(Event(f"{stands.state}:{series.change_id}:{version}:{text}", name, text, text))
    if where and where.next:
        text = safe_line(f"in linux-next since {where.next}", 60)
        found.append(Event(f"next:{series.change_id}:{version}", name, text, text))
    if where and where.tag:
        text = f"released in {where.tag}"
        found.append(Event(f"released:{series.change_id}:{version}:{where.tag}", name, text, text))
    if stands.due and stands.due <= now and stands.state is not State.APPLIED:
        text = f"due since {stands.due:%d %b}"
        found.append(Event(f"due:{series.change_id}:{stands.due.isoformat()}", name, text, text, waits=True))
    found += [
        Event(
            f"due:{one.id}:{day.isoformat()}", name, "due", safe_line(f"due since {day:%d %b}: {one.text}", 100), True
        )
        for one, day in due
    ]
    if stands.put_off:  # what waits is told when it is over
        found = [one for one in found if not one.waits or one.key.startswith("due:")]
    if stands.next_step.id == "nudge":
        text = f"no answer for {stands.days_quiet} days: a ping is due"
        weeks = (stands.days_quiet or 0) // _PINGS.days
        found.append(Event(f"ping:{series.change_id}:{version}:{weeks}", name, text, text, waits=True))
    return list({one.key: one for one in found}.values())


def next_ping(word: datetime, first: timedelta, now: datetime) -> datetime:
    """When it is told next that a ping is due, if no word comes after `word`; the `first` time after so long."""
    return word + (first if now - word < first else ((now - word) // _PINGS + 1) * _PINGS)


def _words(who: Address, text: str) -> str:
    return safe_line(f"{who.name or who.email}: {text.split(chr(10))[0]}", 100)


def _key(comment: Comment) -> str:
    """What a new comment is told by: a bot may say the same in several mails, or by an API and in a mail."""
    if not comment.bot:
        return f"comment:{comment.id}"
    said = f"{comment.file}:{comment.line}:{' '.join(comment.text.split())}"
    return f"finding:{comment.patch}:{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def window_events(windows: Iterable[Window]) -> list[Event]:
    """The trees that open and close, by the day their answer changed."""
    return [
        Event(f"window:{one.tree}:{one.state}:{one.since.date() if one.since else ''}", one.tree, text, text)
        for one in windows
        if one.kind == "netdev" and one.state in (WindowState.OPEN, WindowState.CLOSED)
        for text in [f"{one.tree} is {one.state}"]
    ]


def review_events(rows: Iterable[Waiting]) -> list[Event]:
    """Other people's series that wait for the user."""
    return [
        Event(f"waits:{row.root}:{row.why}:{row.newest}:{row.answers[-1] if row.answers else ''}",
              safe_line(row.title, 60), str(row.why), safe_line(f"{row.why}: {row.author.name}", 100), waits=True)
        for row in rows if not row.snoozed
    ]  # fmt: skip


def lines_of(events: Sequence[Event]) -> list[str]:
    """A line for each series, with what is new of it: `vsock-demo: 2 new comments, 1 asks again, v2 arrived`."""
    series: dict[str, dict[str, list[Event]]] = {}
    for one in events:
        series.setdefault(one.series, {}).setdefault(one.kind, []).append(one)
    return [f"{name}: {', '.join(_counted(kind, ones) for kind, ones in kinds.items())}"
            for name, kinds in series.items()]  # fmt: skip


def _counted(kind: str, events: Sequence[Event]) -> str:
    if kind not in _COUNTED:
        return kind
    one, several = _COUNTED[kind]
    return f"{len(events)} {one if len(events) == 1 else several}"


def due_at(asked: datetime | None, word: datetime | None, failures: int, now: datetime) -> datetime | None:
    """When an archive is asked for a thread again, None for never: the quieter it is, the less often (a tenth of the
    time since its last word, between 15 minutes and a day), and half as often after each failure."""
    if word is not None and now - word > _LONG_AGO:
        return None
    if asked is None or asked > now:  # a clock that was set back
        return now
    usual = max((now - word) / 10, _SOONEST) if word else _SOONEST
    return asked + min(usual * (1 << min(failures, 7)), _LATEST)


def is_due(asked: datetime | None, word: datetime | None, failures: int, now: datetime) -> bool:
    """Whether it is asked now."""
    when = due_at(asked, word, failures, now)
    return when is not None and when <= now
