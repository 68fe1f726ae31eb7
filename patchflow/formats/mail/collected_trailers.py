"""Trailers that came in replies: Reviewed-by and the like, for the patch answered or, below the cover, for all of it.

A trailer is tied to the exact mail it answers, by Message-ID; a title or a revision's number ties nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from patchflow.domain.address import Address
from patchflow.domain.bot import Bot
from patchflow.domain.message import Kind, Message
from patchflow.domain.thread import Thread
from patchflow.domain.trailer import Trailer
from patchflow.formats.mail.classify import kind_of
from patchflow.formats.mail.people import People
from patchflow.formats.mail.quotes import own_lines
from patchflow.formats.mail.reply_trailers import Offer, offers, patch_inside
from patchflow.formats.mail.series import postings_of
from patchflow.formats.patch.subject import Subject, parse_subject
from patchflow.formats.patch.trailers import person, trailers_of
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Given:
    """A trailer with the mail it came in, and who sent that; `mismatch` where it names somebody else."""

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
    """The trailers a patch was given; the patch by its mail, revision, part and title."""

    patch: Message
    revision: int
    part: int
    title: str
    given: tuple[Given, ...]

    @property
    def message_id(self) -> str:
        """The Message-ID it was posted with."""
        return self.patch.id


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


def collect_trailers(
    threads: Iterable[Thread], bots: Sequence[Bot] = (), strict: bool = False, people: People | None = None
) -> Collected:
    """The trailers of all replies in these threads.

    A trailer counts for the nearest patch above its mail; below a cover for every patch posted with that cover. With
    `strict`, one that names another person than its mail's sender is rejected, as b4 does without --sloppy; `people`
    says which addresses are one person's.
    """
    patches: list[_Patch] = []
    rejected: list[Rejected] = []
    for thread in threads:
        run = _Collector(thread, bots, strict, people or People())
        patches += run.patches
        rejected += run.rejected
    done = [
        PatchTrailers(p.message, p.subject.revision, p.subject.part, p.subject.title, tuple(p.given)) for p in patches
    ]
    return Collected(tuple(done), tuple(rejected))


def same_tag(one: Trailer, other: Trailer, people: People) -> bool:
    """Whether two trailers say the same: one person under two spellings is one."""
    if one.key.lower() != other.key.lower():
        return False
    who, whom = person(one.value), person(other.value)
    return people.same(who, whom) if who and whom else one.same_as(other)


def put(have: list[Given], new: Given, people: People) -> bool:
    """Adds a trailer unless it is there; one its own giver sent takes the place of one somebody else sent."""
    for at, old in enumerate(have):
        if same_tag(old.trailer, new.trailer, people):
            if old.mismatch and not new.mismatch:
                have[at] = new
                return True
            return False
    have.append(new)
    return True


class _Collector:
    """One thread being read."""

    def __init__(self, thread: Thread, bots: Sequence[Bot], strict: bool, people: People) -> None:
        self.strict, self.people = strict, people
        self.patches: list[_Patch] = []
        self.rejected: list[Rejected] = []
        self.kinds: dict[int, Kind] = {}
        self.posted: dict[int, set[int]] = {}  # a cover -> the patches posted with it, by identity
        chain: list[Message | None] = []
        answers: list[tuple[Message, list[Message]]] = []
        for node, depth, _ in thread.walk():
            del chain[depth:]
            message = node.message
            if message is not None:
                kind = self.kinds[id(message)] = kind_of(message, bots)
                if kind is Kind.PATCH:
                    self.patches.append(_Patch(message, parse_subject(message.subject)))
                elif kind is not Kind.COVER:
                    answers.append((message, [m for m in reversed(chain) if m is not None]))
            chain.append(message)
        if Kind.COVER in self.kinds.values():
            for posting in postings_of(thread.messages, bots):
                if posting.cover:
                    self.posted[id(posting.cover)] = {id(patch) for patch in posting.patches}
        for message, above in answers:
            for offer in offers(message):
                self._give(offer, message, above)

    def _give(self, offer: Offer, message: Message, above: Sequence[Message]) -> None:
        trailer, key = offer.trailer, offer.trailer.key.lower()
        sender = self.people.sender(message)
        if self.kinds[id(message)] is Kind.BOT and key not in ("tested-by", "reported-by"):
            return
        targets, why = self._targets(message, above)
        if key == "link" and any(self.people.same(sender, one.message.sender) for one in targets):
            return  # the author points at something
        named = person(trailer.value) if key.endswith("-by") else None
        mismatch = named is not None and not self.people.same(named, sender)
        why = offer.why or why
        if mismatch and self.strict and not why:
            why = f"it was sent by {sender.email}, who is not the one it names"
        if why:
            self.rejected.append(Rejected(trailer, message.id, why))
            return
        for patch in targets:
            borne = trailers_of(patch.message.body.split("\n---\n", 1)[0])
            new = Given(trailer, message.id, sender, mismatch)
            there = any(same_tag(trailer, one, self.people) for one in borne)
            if (there or not put(patch.given, new, self.people)) and len(targets) == 1:
                self.rejected.append(Rejected(trailer, message.id, "the patch bears it already"))

    def _targets(self, message: Message, above: Sequence[Message]) -> tuple[list[_Patch], str]:
        """The patches a mail is about; where there is none, why."""
        if not message.in_reply_to and not message.references:
            return [], "its mail names no mail that it answers"
        # Some mailers write References upside down: what In-Reply-To names is answered, where it is at hand.
        first = [one for one in above if one.id in message.in_reply_to[:1]]
        first += [p.message for p in self.patches if p.message.id in message.in_reply_to[:1]]
        for one in (*first, *above):
            if self.kinds.get(id(one)) is Kind.PATCH:
                return [p for p in self.patches if p.message is one], ""
            if self.kinds.get(id(one)) is Kind.COVER:
                found = [p for p in self.patches if id(p.message) in self.posted.get(id(one), ())]
                return found, "" if found else "no patch posted with that cover is at hand"
            if patch_inside(own_lines(one.body)):
                return [], f"it answers the patch that {self.people.sender(one).email} wrote into a reply"
        return [], "no patch it could be for is at hand"
