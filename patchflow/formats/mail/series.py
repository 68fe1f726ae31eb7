"""Series out of mail: which cover and parts were posted together, and which postings are revisions of one series."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cached_property

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.bot import Bot
from patchflow.domain.message import Kind, Message
from patchflow.formats.mail.classify import kind_of
from patchflow.formats.mail.threads import Groups
from patchflow.formats.patch.subject import Subject, parse_subject
from patchflow.values import dataclass

_CHANGE_ID = lazy_re.compile(r"^change-id:\s*(\S{6,100})\s*$", re.MULTILINE | re.IGNORECASE)
LORE_LINK = lazy_re.compile(
    r"https?://(?:lore\.kernel\.org|patch\.msgid\.link|lkml\.kernel\.org|msgid\.link)/"
    r"(?:[^/\s<>()]{1,80}/){0,4}([^/\s<>()@]{1,250}@[^/\s<>()]{1,250})"
)
# Parts that were sent without threading belong together when one sending brought them.
_ONE_SENDING = timedelta(hours=2)
_JOINED_BY_TITLE = 0.5
_JOINED_BY_LINES = 0.6
_LINES_TO_TELL = 5
_CHANGED = lazy_re.compile(r"(?m)^[+-](?![+-]{2} ).{8,}$")
_STAT = lazy_re.compile(r"(?m)^ (\S+) +\| +\d+")


@dataclass(frozen=True)
class Posting:
    """One revision as it was posted: its cover, if any, and the parts at hand in order.

    `parts` is how many patches it claims; `links` are the Message-IDs its cover or first patch links to.
    """

    title: str
    revision: int
    author: Address
    cover: Message | None
    patches: tuple[Message, ...]
    parts: int
    tree: str = ""
    rfc: bool = False
    resend: bool = False
    change_id: str = ""
    links: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every part is at hand."""
        return len(self.patches) >= max(self.parts, 1)

    @property
    def first(self) -> Message:
        """The mail the posting begins with."""
        return self.cover or self.patches[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """The Message-IDs of all its mails."""
        return tuple(m.id for m in (*([self.cover] if self.cover else []), *self.patches))

    @cached_property
    def changed(self) -> frozenset[str]:
        """The lines its patches add and remove, without white space; a few thousand at most."""
        found = (_CHANGED.findall(m.body[:200_000]) for m in self.patches[:50])
        return frozenset("".join(line.split()) for lines in found for line in lines[:2000])

    @cached_property
    def titles(self) -> frozenset[str]:
        """The titles of its patches, in lower case."""
        return frozenset(parse_subject(m.subject).title.lower() for m in self.patches)


@dataclass(slots=True)
class _Open:
    """A posting being gathered."""

    subject: Subject
    author: Address
    cover: Message | None
    parts: dict[int, Message]
    date: float

    @property
    def ids(self) -> set[str]:
        return {m.id for m in (*([self.cover] if self.cover else []), *self.parts.values())}


def postings_of(messages: Iterable[Message], bots: Sequence[Bot] = ()) -> list[Posting]:
    """The postings among these messages, oldest first; a v2 and half a v3 in one thread stay apart."""
    found: list[_Open] = []
    alike: defaultdict[tuple[object, ...], list[_Open]] = defaultdict(list)  # those that a part may belong to
    rows = [(m, parse_subject(m.subject), kind_of(m, bots)) for m in messages]
    rows = [row for row in rows if row[2] in (Kind.COVER, Kind.PATCH)]
    # Covers first, then parts in order, so that what a part hangs from is known when it comes.
    rows.sort(key=lambda row: (row[1].part if row[1].counted else 0, when_posted(row[0])))
    for message, subject, kind in rows:
        like = alike[message.sender.key, subject.revision, subject.parts, subject.resend, subject.rfc]
        home = None if kind is Kind.COVER or not subject.counted else _home(message, subject, like)
        if home is not None:
            home.parts[subject.part] = message
        else:
            cover = message if kind is Kind.COVER else None
            parts = {} if cover else {subject.part: message}
            found.append(_Open(subject, message.sender, cover, parts, when_posted(message)))
            if subject.counted:
                like.append(found[-1])
    done = [_close(one) for one in found]
    return sorted(done, key=lambda p: when_posted(p.first))


def when_posted(message: Message) -> float:
    """The time of a mail in seconds, 0 where it bears none."""
    return message.date.timestamp() if message.date else 0.0


def _home(message: Message, subject: Subject, like: Sequence[_Open]) -> _Open | None:
    """The posting this part belongs to, of those with its author and numbers: the one it answers, else the one of the
    same sending."""
    named = {*message.references, *message.in_reply_to}
    fitting = [one for one in like if subject.part not in one.parts]
    for one in reversed(fitting):
        if named & one.ids:
            return one
    near = [one for one in fitting if abs(one.date - when_posted(message)) <= _ONE_SENDING.total_seconds()]
    # A part that answers something else was not sent with these, unless all of them answer the same.
    siblings = [one for one in near if not named or any(named & _named(m) for m in _mails(one))]
    return siblings[-1] if siblings else None


def _mails(one: _Open) -> list[Message]:
    return [*([one.cover] if one.cover else []), *one.parts.values()]


def _named(message: Message) -> set[str]:
    return {*message.references, *message.in_reply_to}


def _close(one: _Open) -> Posting:
    patches = tuple(one.parts[number] for number in sorted(one.parts))
    first = one.cover or patches[0]
    subject = one.subject
    change = next((m[1] for text in (first, *patches) if (m := _CHANGE_ID.search(text.body))), "")
    links = tuple(dict.fromkeys(link.rstrip(".,;") for link in LORE_LINK.findall(first.body)))
    return Posting(
        title=subject.title,
        revision=subject.revision,
        author=one.author,
        cover=one.cover,
        patches=patches,
        parts=subject.parts or len(patches),
        tree=subject.tree,
        rfc=subject.rfc,
        resend=subject.resend,
        change_id=change,
        links=links,
    )


def join_revisions(postings: Iterable[Posting], records: Iterable[Iterable[str]] = ()) -> list[tuple[Posting, ...]]:
    """The postings of each series, oldest first.

    Joined by change-id, by links to earlier versions, by answering an earlier version's mail, by our own record
    (`records`: for each series the Message-IDs we sent), else by author and titles, or by author and the lines changed.
    """
    every = sorted(postings, key=lambda p: when_posted(p.first))
    groups = Groups()
    by_id = {id: number for number, posting in enumerate(every) for id in posting.ids}
    by_change: dict[str, int] = {}
    for number, posting in enumerate(every):
        groups.find(str(number))
        if posting.change_id:
            groups.join(str(by_change.setdefault(posting.change_id, number)), str(number))
        named = {*posting.links, *(id for m in posting.patches[:1] for id in _named(m)), *_named(posting.first)}
        for id in named:
            other = by_id.get(id)
            if other is not None and other != number and every[other].author.key == posting.author.key:
                groups.join(str(other), str(number))
    for record in records:
        known = [by_id[id] for id in record if id in by_id]
        for number in known[1:]:
            groups.join(str(known[0]), str(number))
    _join_by_titles(every, groups)
    series: dict[str, list[Posting]] = {}
    for number, posting in enumerate(every):
        series.setdefault(groups.find(str(number)), []).append(posting)
    return [tuple(sorted(members, key=lambda p: (p.revision, when_posted(p.first)))) for members in series.values()]


def _join_by_titles(every: Sequence[Posting], groups: Groups) -> None:
    """The same author's postings with the same title, or with most patch titles in common."""
    by_author: dict[str, list[int]] = {}
    for number, posting in enumerate(every):
        for other in by_author.get(posting.author.key, []):
            if groups.find(str(other)) != groups.find(str(number)) and _alike(every[other], posting):
                groups.join(str(other), str(number))
        by_author.setdefault(posting.author.key, []).append(number)


def _alike(one: Posting, other: Posting) -> bool:
    if one.change_id and other.change_id:
        return False  # both say which series they are
    if one.title and one.title.lower() == other.title.lower():
        return True
    common = one.titles & other.titles
    if common:
        return len(common) > _JOINED_BY_TITLE * min(len(one.titles), len(other.titles))
    # All titles were changed: the lines tell, where the later one says that it is a new version.
    return (one.revision != other.revision and _share(one.changed, other.changed)) or _same_diffstat(one, other)


def _share(one: frozenset[str], other: frozenset[str]) -> bool:
    least = min(len(one), len(other))
    return least >= _LINES_TO_TELL and len(one & other) > _JOINED_BY_LINES * least


def _same_diffstat(one: Posting, other: Posting) -> bool:
    """Where only covers are at hand: the same files in both diffstats."""
    if one.revision == other.revision or one.patches or other.patches or not (one.cover and other.cover):
        return False
    files = [frozenset(_STAT.findall(cover.body)) for cover in (one.cover, other.cover)]
    return len(files[0]) > 1 and files[0] == files[1]
