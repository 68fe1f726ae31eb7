"""Trailers that came in replies: Reviewed-by and the like, for the patch answered or, below the cover, for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from patchflow.domain.address import Address
from patchflow.domain.bot import Bot
from patchflow.domain.message import Kind, Message
from patchflow.domain.thread import Thread
from patchflow.domain.trailer import Trailer
from patchflow.formats.kinds import kind_of
from patchflow.formats.reply_trailers import reply_trailers
from patchflow.formats.subject import Subject, parse_subject
from patchflow.formats.trailers import person, trailers_of


@dataclass(frozen=True, slots=True)
class Given:
    """A trailer with the mail it came in; `mismatch` where another address sent it than it names."""

    trailer: Trailer
    message: str
    sender: Address
    mismatch: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """A trailer that goes nowhere, and why."""

    trailer: Trailer
    message: str
    why: str


@dataclass(frozen=True, slots=True)
class PatchTrailers:
    """The trailers a patch was given; the patch by Message-ID, revision, part and title."""

    message_id: str
    revision: int
    part: int
    title: str
    given: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class Collected:
    """What replies gave, patch by patch, and what was rejected."""

    patches: tuple[PatchTrailers, ...]
    rejected: tuple[Rejected, ...]


@dataclass(slots=True)
class _Patch:
    """A patch or cover with the trailers that were given to it."""

    message: Message
    subject: Subject
    given: list[Given] = field(default_factory=list)


def collect_trailers(threads: Iterable[Thread], bots: Sequence[Bot] = (), strict: bool = False) -> Collected:
    """The trailers of all replies in these threads.

    A trailer counts for the nearest patch above its mail; below a cover for every patch of that revision. With
    `strict`, one that names another address than its mail's sender is rejected, as b4 does without --sloppy.
    """
    patches: list[_Patch] = []
    rejected: list[Rejected] = []
    for thread in threads:
        _collect(thread, bots, strict, patches, rejected)
    done = [
        PatchTrailers(p.message.id, p.subject.revision, p.subject.part, p.subject.title, tuple(p.given))
        for p in patches
    ]
    return Collected(tuple(done), tuple(rejected))


def _collect(
    thread: Thread, bots: Sequence[Bot], strict: bool, patches: list[_Patch], rejected: list[Rejected]
) -> None:
    chain: list[Message | None] = []
    mine: list[_Patch] = []
    kinds: dict[str, Kind] = {}
    answers: list[tuple[Message, list[Message]]] = []
    for node, depth, _ in thread.walk():
        del chain[depth:]
        message = node.message
        if message is not None:
            kind = kinds[message.id] = kind_of(message, bots)
            if kind is Kind.PATCH:
                mine.append(_Patch(message, parse_subject(message.subject)))
            elif kind is not Kind.COVER:
                answers.append((message, [m for m in reversed(chain) if m is not None]))
        chain.append(message)
    patches.extend(mine)
    for message, above in answers:
        for trailer in reply_trailers(message):
            _give(trailer, message, above, kinds, mine, strict, rejected)


def _give(
    trailer: Trailer,
    message: Message,
    above: Sequence[Message],
    kinds: dict[str, Kind],
    patches: Sequence[_Patch],
    strict: bool,
    rejected: list[Rejected],
) -> None:
    def refuse(why: str) -> None:
        rejected.append(Rejected(trailer, message.id, why))

    if kinds.get(message.id) is Kind.BOT and trailer.key.lower() not in ("tested-by", "reported-by"):
        return
    targets = _targets(message, above, kinds, patches)
    if not targets:
        refuse("no patch it could be for is at hand")
        return
    named = person(trailer.value)
    if named is None and trailer.key.lower().endswith("-by"):
        refuse("it names nobody with a mail address")
        return
    mismatch = named is not None and trailer.key.lower().endswith("-by") and named.key != message.sender.key
    if mismatch and strict:
        refuse(f"it was sent by {message.sender.email}, who is not the one it names")
        return
    for patch in targets:
        have = [*trailers_of(patch.message.body.split("\n---\n", 1)[0]), *(g.trailer for g in patch.given)]
        if any(trailer.same_as(other) for other in have):
            if len(targets) == 1:
                refuse("the patch bears it already")
            continue
        patch.given.append(Given(trailer, message.id, message.sender, mismatch))


def _targets(
    message: Message, above: Sequence[Message], kinds: dict[str, Kind], patches: Sequence[_Patch]
) -> list[_Patch]:
    # Some mailers write References upside down: what In-Reply-To names is answered, where it is at hand.
    first = [one for one in above if one.id in message.in_reply_to[:1]]
    first += [p.message for p in patches if p.message.id in message.in_reply_to[:1]]
    for one in (*first, *above):
        if kinds.get(one.id) is Kind.PATCH:
            return [p for p in patches if p.message is one]
        if kinds.get(one.id) is Kind.COVER:
            cover = parse_subject(one.subject)
            series = [p for p in patches if p.subject.revision == cover.revision]
            return [p for p in series if p.message.sender.key == one.sender.key] or series
    subject = parse_subject(message.subject)
    same = [p for p in patches if p.subject.title.lower() == subject.title.lower()]
    return [p for p in same if p.subject.revision == subject.revision] or []
