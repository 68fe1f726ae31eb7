"""Decides which series of some mails is meant, which of its revisions is the newest, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from patchflow import lazy_re
from patchflow.domain.bot import Bot
from patchflow.domain.message import Message
from patchflow.errors import UsageError
from patchflow.formats.mail.series import Posting, join_revisions, postings_of, when_posted
from patchflow.formats.mail.threads import build_threads
from patchflow.formats.patch.subject import parse_subject
from patchflow.values import dataclass

_SHORTLOG = lazy_re.compile(r"(?m)^\S[^\n]{0,80} \((\d{1,4})\):\n((?:  [^\n]+\n?)+)")
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """The posting that is looked at, all of its series' revisions (oldest first), and what is to be told about it.

    `filled` are the Message-IDs that were taken from the revision before, where only some parts were sent anew.
    """

    posting: Posting
    revisions: tuple[Posting, ...]
    notes: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of the parts that are not at hand."""
        return missing_of(self.posting)

    @property
    def before(self) -> Posting | None:
        """The revision before that has patches; None where there is none at hand."""
        older = [one for one in self.revisions if one.patches and one.first.id != self.posting.first.id]
        older = [one for one in older if _rank(one) < _rank(self.posting)]
        return older[-1] if older else None


class SeveralError(UsageError):
    """Several series are in the mail; `choices` are their newest revisions, the newest first."""

    def __init__(self, choices: Sequence[Posting]) -> None:
        self.choices = tuple(choices)
        shown = "; ".join(f"{one.first.id} ({one.title[:60]})" for one in self.choices[:3])
        more = f" and {len(self.choices) - 3} more" if len(self.choices) > 3 else ""
        super().__init__(
            f"{len(self.choices)} series are in this mail: {shown}{more}.",
            "Name one of them by its Message-ID: --series MESSAGE-ID.",
        )


def missing_of(posting: Posting) -> tuple[int, ...]:
    """The numbers of the parts of a posting that are not at hand."""
    have = {part_of(message) for message in posting.patches}
    return tuple(number for number in range(1, max(posting.parts, 1) + 1) if number not in have)


def part_of(message: Message) -> int:
    """A patch's number in its series; 1 for a patch by itself."""
    return parse_subject(message.subject).part or 1


def all_series(messages: Iterable[Message], bots: Sequence[Bot] = ()) -> list[tuple[Posting, ...]]:
    """Every series that has a patch, each with its revisions, in the order they began."""
    return [one for one in join_revisions(postings_of(messages, bots)) if any(posting.patches for posting in one)]


def choose(messages: Sequence[Message], bots: Sequence[Bot] = (), wanted: str = "", revision: int = 0) -> Chosen:
    """The series that is meant, in its newest revision or the one asked for.

    `wanted` is the Message-ID of any of its mails, an answer included. SeveralError where it is open which is meant;
    UsageError where there is none.
    """
    every = all_series(messages, bots)
    if not every:
        raise UsageError(
            "There is no patch in this mail.", "Name a mail with a diff, or the thread that patches were posted in."
        )
    notes: list[str] = []
    revisions = _meant(messages, every, wanted, notes)
    posting = _newest(revisions, revision, notes)
    chosen = _filled(Chosen(posting, revisions))
    return replace(chosen, notes=(*notes, *chosen.notes, *_odd(chosen)))


def _meant(
    messages: Sequence[Message], every: Sequence[tuple[Posting, ...]], wanted: str, notes: list[str]
) -> tuple[Posting, ...]:
    if wanted:
        return _of_mail(messages, every, wanted.strip().strip("<>"))
    if len(every) == 1:
        return every[0]
    threads = build_threads(messages)
    if len(threads) > 1:
        newest = [max(one, key=_rank) for one in every]
        raise SeveralError(sorted(newest, key=lambda one: -when_posted(one.first)))
    # In one thread: a reviewer's own patch among the answers is not what the thread is about.
    first = next(m for m in threads[0].messages if any(m.id in p.ids for one in every for p in one))
    meant = next(one for one in every if any(first.id in posting.ids for posting in one))
    others = [one[-1] for one in every if one is not meant]
    said = "; ".join(f"{one.title} by {one.author.name or one.author.email}" for one in others[:3])
    notes.append(f"{len(others)} more series in this thread: {said}. --series MESSAGE-ID takes one of them.")
    return meant


def _of_mail(messages: Sequence[Message], every: Sequence[tuple[Posting, ...]], wanted: str) -> tuple[Posting, ...]:
    holds = {id: one for one in every for posting in one for id in posting.ids}
    if wanted in holds:
        return holds[wanted]
    mails = {message.id: message for message in messages}
    above = [wanted]  # what it answers, and what that answers
    for id in above:
        if id in holds:
            return holds[id]
        mail = mails.get(id)
        named = (*mail.in_reply_to, *reversed(mail.references)) if mail else ()
        above += dict.fromkeys(one for one in named if one not in above)
    why = "answers no patch that is at hand" if wanted in mails else "is not in this mail"
    raise UsageError(f"<{wanted}> {why}.", "Name the Message-ID of a patch or of a cover letter.")


def _rank(posting: Posting) -> tuple[int, float]:
    return posting.revision, when_posted(posting.first)


def _newest(revisions: Sequence[Posting], revision: int, notes: list[str]) -> Posting:
    with_patches = [one for one in revisions if one.patches]
    if revision:
        named = [one for one in with_patches if one.revision == revision]
        if not named:
            have = ", ".join(sorted({f"v{one.revision}" for one in with_patches}))
            raise UsageError(f"No v{revision} of this series is at hand.", f"There is {have}.")
        return max(named, key=_rank)
    newest = max(with_patches, key=_rank)
    later = max(with_patches, key=lambda one: when_posted(one.first))
    if later.revision < newest.revision and later.first.id != newest.first.id:
        notes.append(f"v{later.revision} was posted after v{newest.revision}; --revision {later.revision} takes it.")
    return newest


def _filled(chosen: Chosen) -> Chosen:
    """Where only some parts were sent anew, each as an answer to the part it replaces, the others stand as before."""
    posting, before = chosen.posting, chosen.before
    if posting.complete or posting.cover or before is None or before.parts != posting.parts or not before.complete:
        return chosen
    mine = {part_of(message): message for message in posting.patches}
    old = {part_of(message): message for message in before.patches}
    if not all(old[n].id in (*m.in_reply_to, *m.references) for n, m in mine.items() if n in old):
        return chosen
    patches = tuple(mine.get(number, old[number]) for number in sorted(old))
    kept = tuple(message.id for number, message in sorted(old.items()) if number not in mine)
    anew = f"patch{'es'[: 2 * (len(mine) > 1)]} {', '.join(map(str, sorted(mine)))} of {posting.parts}"
    note = f"Of v{posting.revision} only {anew} came anew; the others are those of v{before.revision}."
    return replace(chosen, posting=replace(posting, patches=patches, cover=before.cover), filled=kept, notes=(note,))


def _odd(chosen: Chosen) -> list[str]:
    """What a reader should know before believing the series."""
    posting = chosen.posting
    found = []
    if chosen.missing:
        numbers = ", ".join(map(str, chosen.missing))
        found.append(f"v{posting.revision} is not whole: {numbers} of {posting.parts} is missing.")
        halves = [one for one in chosen.revisions if one.patches and one.revision != posting.revision]
        whole = [f"v{one.revision}" for one in halves if one.complete]
        if whole:
            found.append(f"{', '.join(whole)} is whole; --revision N takes it.")
        elif halves:
            found.append(f"No other revision at hand is whole either ({', '.join(f'v{h.revision}' for h in halves)}).")
    found += _of_cover(chosen)
    if len({message.sender.key for message in posting.patches}) > 1:
        found.append("Its parts were sent by different people.")
    return found


def _of_cover(chosen: Chosen) -> list[str]:
    """Where a cover letter and its patches contradict each other."""
    posting = chosen.posting
    if posting.cover is None:
        lone = [one for one in chosen.revisions if not one.patches and one.cover and one.revision == posting.revision]
        return [
            f"The cover letter speaks of {one.parts} patches, the patches of {posting.parts}."
            for one in lone[:1]
            if one.parts != posting.parts
        ]
    rows = [row for block in _SHORTLOG.findall(posting.cover.body) for row in _titles(block[1])]
    told = sum(int(block[0]) for block in _SHORTLOG.findall(posting.cover.body))
    if not rows or chosen.missing or chosen.filled:
        return []
    if told != len(posting.patches):
        return [f"The cover letter lists {told} patches, {len(posting.patches)} were posted."]
    have = {_squeezed(parse_subject(message.subject).title) for message in posting.patches}
    other = [row for row in rows if _squeezed(row) not in have]
    return [f"The cover letter lists a patch that was not posted: {other[0][:80]}."] if other else []


def _titles(block: str) -> list[str]:
    """The titles of a shortlog, wrapped ones joined: what goes on is indented deeper than the first title (git
    format-patch indents by two and four blanks, b4 by six and nine)."""
    rows: list[str] = []
    first = 0
    for line in block.expandtabs().split("\n"):
        indent = len(line) - len(line.lstrip())
        if rows and indent > first:
            rows[-1] += line.strip()
        elif line.strip():
            first = first if rows else indent
            rows.append(line.strip())
    return rows


def _squeezed(title: str) -> str:
    return "".join(title.split()).lower()


def choices_lines(choices: Sequence[Posting]) -> list[str]:
    """The series to choose from, for a person."""
    rows = [
        f"{one.first.date:%Y-%m-%d}  v{one.revision}  {one.author.name or one.author.email}: {one.title}"
        if one.first.date
        else f"undated     v{one.revision}  {one.author.name or one.author.email}: {one.title}"
        for one in choices[:_MOST_SHOWN]
    ]
    shown = [line for row, one in zip(rows, choices, strict=False) for line in (row, f"            {one.first.id}")]
    return [*shown, f"… and {len(choices) - _MOST_SHOWN} more"] if len(choices) > _MOST_SHOWN else shown


def choices_document(choices: Sequence[Posting]) -> list[dict[str, object]]:
    """The same for scripts."""
    return [
        {"message_id": one.first.id, "title": one.title, "author": str(one.author), "revision": one.revision,
         "parts": one.parts, "date": one.first.date.isoformat() if one.first.date else None}
        for one in choices
    ]  # fmt: skip
