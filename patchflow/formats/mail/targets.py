"""The patches and covers of a thread: which of them an answer is about, and who answers for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.bot import Bot
from patchflow.domain.message import Kind, Message
from patchflow.domain.ours import Ours
from patchflow.domain.thread import Node, Thread
from patchflow.formats.mail.align import align
from patchflow.formats.mail.attribution import is_attribution
from patchflow.formats.mail.classify import kind_of
from patchflow.formats.mail.people import People
from patchflow.formats.mail.quotes import Line, read_lines
from patchflow.formats.mail.threads import parent_id
from patchflow.formats.patch.patch_lines import Place, places_of_cover, places_of_patch
from patchflow.formats.patch.subject import Subject, parse_subject
from patchflow.formats.patch.trailers import parse_trailer, person

_LONG = 8  # characters: a shorter line stands anywhere
_TELLING = 3  # so many such lines tell that a block is about another patch than its mail
_QUOTED_FROM = 200  # levels above a reply; real discussions are some 40 deep
_FROM = lazy_re.compile(r"\s*From: (.{1,300})")
_SIGNED = lazy_re.compile(r"(?mi)^Signed-off-by: (.{1,300})$")
# Two added lines of a diff, one below the other, and what stands above such lines in a whole one.
_ADDED = lazy_re.compile(r"^(?:@@ -\d|\+(?!\+\+ ).*\n\+)", re.MULTILINE)
_FILE_HEAD = lazy_re.compile(r"^(?:diff --git |--- [\w/]|---$)", re.MULTILINE)


class Target:
    """A patch or cover that replies quote from; its lines are placed when the first reply asks for them."""

    def __init__(self, message: Message, subject: Subject, kind: Kind) -> None:
        self.message, self.subject, self.kind = message, subject, kind

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """What each of its lines stands for."""
        place = places_of_cover if self.kind is Kind.COVER else places_of_patch
        return tuple(place(self.message.body))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The lines as they are compared, one for each place."""
        return tuple(place.key for place in self.places)

    @cached_property
    def long_keys(self) -> frozenset[str]:
        """The lines that are long enough to stand nowhere else."""
        return frozenset(key for key in self.keys if len(key) > _LONG)


class Targets:
    """The messages of a thread by number, what stands above each, and the patches and covers among them."""

    def __init__(self, thread: Thread, bots: Sequence[Bot], ours: Ours, people: People) -> None:
        self.bots, self.ours, self.people = bots, ours, people
        self.messages: dict[int, Message] = {}
        self.above: dict[int, int] = {}  # message -> parent message, by number
        self.nearest: dict[int, int] = {}  # message -> the nearest patch or cover above it
        self.patches: dict[int, Target] = {}
        self.authors: dict[str, frozenset[str]] = {}  # Message-ID of a patch -> keys of the author's addresses
        self.names: dict[str, list[frozenset[str]]] = {}  # Message-ID of a patch -> the author's names
        self._place(thread)

    def _place(self, thread: Thread) -> None:
        stack: list[int] = []
        for node, depth, _ in thread.walk():
            del stack[depth:]
            number = len(self.messages) if node.message is not None else (stack[-1] if stack else -1)
            if node.message is not None:
                self.messages[number] = node.message
                above = self.above[number] = stack[-1] if stack else -1
                self.nearest[number] = above if above in self.patches else self.nearest.get(above, -1)
                kind = kind_of(node.message, self.bots)
                if kind is Kind.REPLY and self._heads_patches(node, node.message):
                    kind = Kind.COVER
                if kind in (Kind.PATCH, Kind.COVER):
                    self.patches[number] = Target(node.message, parse_subject(node.message.subject), kind)
            # A ghost passes on who stands above it.
            stack.extend([-1] * (depth - len(stack)))
            stack.append(number)

    def _heads_patches(self, node: Node, message: Message) -> bool:
        """Whether a mail whose subject names no patch is a cover letter: its writer's numbered patches answer it."""
        if parse_subject(message.subject).is_reply:
            return False
        return any(
            subject.is_patch
            and subject.counted
            and subject.part > 0
            and not subject.is_reply
            and self.people.same(self.people.sender(message), self.people.sender(below))
            for child in node.children  # or below a ghost that its mailer put between
            for below in ([child.message] if child.message else [one.message for one in child.children])
            if below is not None and (subject := parse_subject(below.subject))
        )

    def is_author(self, message: Message, target: Target) -> bool:
        """Whether a patch's author wrote this mail: by any address they are known by, or by their full name."""
        if message.id in self.ours.mails and target.message.id in self.ours.patches:
            return True  # in our name, by whatever address; what we say of somebody else's patch is a remark
        known = self.authors.get(target.message.id)
        if known is None:
            known = self.authors[target.message.id] = frozenset(self._addresses_of_author(target.message))
        sender = self.people.sender(message)
        if not target.message.sender.email:  # a patch that is not at hand: who posted others of the thread
            posted = {self.people.key(self.people.sender(t.message)) for t in self.patches.values()}
            return bool(sender.email) and self.people.key(sender) in posted
        if self.people.key(sender) in known:
            return True
        # Our own addresses are known, and who only bears our name may be a reviewer: their words must not get lost.
        if target.message.id in self.ours.patches:
            return False
        return any(_one_name(_name(sender), one) for one in self.names[target.message.id])

    def _addresses_of_author(self, patch: Message) -> Iterator[str]:
        """The keys of the addresses of who posted a patch and of who wrote it; both answer for it."""
        poster = self.people.sender(patch)
        names = [_name(poster)]
        if poster.email:
            yield self.people.key(poster)
        if match := _FROM.match(patch.body):
            author = person(match[1])
            if author:
                yield self.people.key(author)
                names.append(_name(author))
        for text in _SIGNED.findall(patch.body):
            signer = person(text)
            if signer and any(_one_name(_name(signer), name) for name in names):  # a second address
                yield self.people.key(signer)
        self.names[patch.id] = names

    def above_of(self, number: int) -> Iterator[int]:
        """The messages above this one, nearest first, as far as anybody quotes."""
        for _ in range(_QUOTED_FROM):
            number = self.above[number]
            if number < 0:
                return
            yield number

    def _patches_above(self, number: int) -> Iterator[int]:
        """The patches and covers above this message, nearest first."""
        number = self.nearest[number]
        while number >= 0:
            yield number
            number = self.nearest[number]

    def of(self, number: int, keys: Sequence[str]) -> tuple[int, Target] | None:
        """The patch or cover a reply is about: the nearest above it that it quotes from."""
        above = list(self._patches_above(number))
        if not above:
            above = self._by_subject(self.messages[number]) or self._missing_patch(number)
        if not above:
            return None
        nearest = above[0]
        wanted = {key for key in keys if len(key) > _LONG}
        if wanted and not wanted & self.patches[nearest].long_keys:
            # Quotes nothing of what it answers: a series reply that quotes a patch below the cover, or an older one.
            others = [*above[1:], *(n for n in self.patches if n not in above)]
            nearest = self._quoted(wanted, others, nearest)
        return nearest, self.patches[nearest]

    def _quoted(self, wanted: set[str], others: Sequence[int], default: int) -> int:
        """Which of these patches holds more than half of the quoted lines."""
        best = max(others, key=lambda n: len(wanted & self.patches[n].long_keys), default=default)
        return best if len(wanted & self.patches[best].long_keys) * 2 > len(wanted) else default

    def sibling(self, keys: Iterable[str], nearest: int) -> Target | None:
        """The other patch of the thread that these lines of one block were quoted from: one review of a whole series in
        one mail."""
        wanted = {key for key in keys if len(key) > _LONG}
        if len(wanted) < _TELLING:
            return None
        found = self._quoted(wanted, [n for n in self.patches if n != nearest], nearest)
        return self.patches[found] if found != nearest else None

    def _by_subject(self, message: Message) -> list[int]:
        """Where the parent is missing: the patch at hand that bears the same subject."""
        subject = parse_subject(message.subject)
        return [
            n
            for n, t in self.patches.items()
            if (t.subject.title.lower(), t.subject.revision, t.subject.part)
            == (subject.title.lower(), subject.revision, subject.part)
        ][:1]

    def _missing_patch(self, number: int) -> list[int]:
        """Where the patch is not at hand: what its first reader quoted of it stands for it."""
        message = self.messages[number]
        subject = parse_subject(message.subject)
        if not subject.is_patch and not subject.rfc:
            return []
        lines = read_lines(message.body)
        body = "\n".join(line.text for line in lines if line.depth == 1 and not is_attribution(line.text))
        code = _ADDED.search(body)
        if code and not _FILE_HEAD.search(body[: code.start()]):
            # Of which file these lines are the quote does not say, but the message ends above them.
            body = f"{body[: code.start()]}---\n{body[code.start() :]}"
        signed = next((t for t in map(parse_trailer, body.split("\n")) if t and t.key.lower() == "signed-off-by"), None)
        author = (person(signed.value) if signed else None) or Address("", "")
        ghost = message._replace(id=parent_id(message), sender=author, body=body, attachments=())
        stand_in = -2 - len(self.patches)  # numbers below -1 are no message of the thread
        is_cover = subject.counted and subject.part == 0
        self.patches[stand_in] = Target(ghost, subject, Kind.COVER if is_cover else Kind.PATCH)
        return [stand_in]


def spots_of(lines: Sequence[Line], quoted: Sequence[int], target: Target) -> dict[int, Place]:
    """Where in the patch each quoted line of an answer stands: index of the line -> place."""
    known = set(target.keys)
    depths: dict[int, int] = {}
    for at in quoted:
        line = lines[at]
        if line.key in known and len(line.key) > 3:
            depths[line.depth] = depths.get(line.depth, 0) + 1
    # Lines of the patch are quoted once for every mail in between; another depth is somebody's own words.
    likely = max(depths, key=lambda d: (depths[d], d), default=1)
    weights = [1.0 if lines[at].depth == likely else 0.2 for at in quoted]
    chain = align([lines[at].key for at in quoted], target.keys, weights)
    return {at: target.places[j] for at, j in zip(quoted, chain, strict=True) if j >= 0}


def _name(address: Address) -> frozenset[str]:
    """The words of a name, in whatever order a mailer puts them ("Example, Ada Maria")."""
    return frozenset(re.findall(r"\w+", address.name.partition(" via ")[0].casefold()))


def _one_name(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two names are one person's: of two words at least, and none of the shorter lacks in the longer."""
    return min(len(one), len(other)) > 1 and (one <= other or other <= one)
