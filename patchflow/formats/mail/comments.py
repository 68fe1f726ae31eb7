"""Review comments out of reply trees: each remark under quoted lines of a patch, tied to its file and line."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from patchflow import lazy_re
from patchflow.domain.bot import Bot
from patchflow.domain.comment import Comment, Said, Side
from patchflow.domain.message import Kind, Message
from patchflow.domain.ours import NOTHING, Ours
from patchflow.domain.report import Report, ReportKind
from patchflow.domain.thread import Thread
from patchflow.formats.mail.attribution import is_attribution
from patchflow.formats.mail.blocks import Block, blocks_of, review_blocks
from patchflow.formats.mail.bots import read_report
from patchflow.formats.mail.classify import bot_of
from patchflow.formats.mail.exchange import state_after
from patchflow.formats.mail.findings import tasks_of
from patchflow.formats.mail.people import People
from patchflow.formats.mail.quotes import Line, is_snip, read_lines
from patchflow.formats.mail.targets import Target, Targets, spots_of
from patchflow.formats.mail.threads import fingerprint
from patchflow.formats.patch.patch_lines import COVER, Part, Place
from patchflow.formats.patch.subject import parse_subject

# How many quoted lines above a remark are kept with it, and how far a damaged quote is searched upwards.
_QUOTE_KEPT = 12
_LOOK_BACK = 12
# What stands behind this many characters of a reply is no review; a whole quoted series is far shorter.
_LONGEST_REPLY = 1_000_000
_BLANKS = lazy_re.compile(r"\n{3,}")
NOBODY = People()
_CALLED = lazy_re.compile(r"\s*@([A-Za-z][\w.-]{1,30})(?![\w@.-])")
_NAMED = lazy_re.compile(
    r"\s*([A-Z][a-z]{1,20})(?:(?: and [A-Z][a-z]{1,20}| et al\.?)?[,:]|"
    r"(?= (?:can|could|do|would|will|any|what|are|is)\b))"
)
_DOES = lazy_re.compile(
    r"(?i)\b(?:fix(?:ed)?|address(?:ed)?|done|changed?|updated?|will do|agreed?|ok(?:ay)?|ack|incorporated?|corrected?|"
    r"take care|makes? sense|in (?:the )?(?:next|v\d+))\b"
)
_REFUSES = lazy_re.compile(
    r"(?i)\?|\b(?:not|never|but|except|however|although|only|first|second|last|one of|some|disagree|why|\w+n['’]t|no)\b"
)


class _Read:
    """A reply as it was read: its lines and blocks, for those that answer it."""

    def __init__(self, message: Message, lines: list[Line]) -> None:
        self.message, self.lines = message, lines
        self.blocks: list[Block] = []
        self.owners: dict[str, Block] = {}  # key of an own line -> its block

    def own(self, block: Block) -> None:
        """Notes that the block's lines are this mail's own."""
        for line in self.lines[block.start : block.end + 1]:
            if line.key:
                self.owners.setdefault(line.key, block)


def comments_of(
    thread: Thread, bots: Sequence[Bot] = (), ours: Ours = NOTHING, people: People = NOBODY
) -> list[Comment]:
    """The review comments of a thread, in the order they were written.

    What a patch's author writes is no comment but an answer: a comment is `answered` where the author's word is the
    last, and open again (`asked_again`) where a reviewer goes on below it. `people` says whose the addresses are.
    On a patch that this clone sent, only a mail that is known to be ours (`ours`) answers; one that bears our address
    is told as `claimed`. A bot's remarks count only where it quotes the lines they are about.
    """
    return comments_of_all([thread], bots, ours, people)


def comments_of_all(
    threads: Iterable[Thread], bots: Sequence[Bot] = (), ours: Ours = NOTHING, people: People = NOBODY
) -> list[Comment]:
    """The review comments of several threads; a bot's report that stands in a thread of its own is tied to the patch of
    that title, in its newest revision."""
    readers = [Reviewer(thread, bots, ours, people) for thread in threads]
    for reader in readers:
        reader.read()
    loose = [one for reader in readers for one in reader.loose]
    if loose:
        targets = {target: reader for reader in readers for target in reader.targets.patches.values()}
        for read, bot, report in loose:
            if target := _blamed(report, list(targets), ours):
                targets[target].take_report(report, read, bot, target)
    return [comment for reader in readers for comment in reader.comments()]


def _blamed(report: Report, targets: Sequence[Target], ours: Ours) -> Target | None:
    """The patch that a report is about: by its Message-ID, else by its title the newest, one that this clone sent
    before a stranger's; None where neither is at hand."""
    named = next((t for t in targets if report.patch == t.message.id), None)
    if named is not None and named.kind is not Kind.COVER:
        return named
    title = parse_subject(report.title).title.lower() if report.title else ""
    titled = [t for t in targets if title and t.subject.title.lower() == title]
    return max(titled, key=lambda t: (t.message.id in ours.patches, t.subject.revision), default=named)


class Reviewer:
    """One thread being read, parents before their answers."""

    def __init__(self, thread: Thread, bots: Sequence[Bot] = (), ours: Ours = NOTHING, people: People = NOBODY) -> None:
        self.bots, self.ours, self.people = bots, ours, people
        self.targets = Targets(thread, bots, ours, people)
        self.messages = self.targets.messages
        self.reads: dict[int, _Read] = {}
        self.found: dict[str, Comment] = {}
        self.said: dict[str, list[Said]] = {}  # comment -> what was said below it
        self.loose: list[tuple[_Read, Bot | None, Report]] = []  # reports whose patch is not in this thread
        ids = Counter(message.id for message in self.messages.values())
        self.twice = {one for one, count in ids.items() if count > 1}  # two mails under one Message-ID

    def read(self) -> None:
        """Reads every reply."""
        for number in self.messages:
            if number not in self.targets.patches:
                self._read(number)

    def comments(self) -> list[Comment]:
        """The comments found, once every reply was read."""
        return [self._with_exchange(comment) for comment in self.found.values()]

    def _with_exchange(self, comment: Comment) -> Comment:
        """The comment with what was said below it, in the order of time, and the state that this leaves it in."""
        said = self.said.get(comment.id)
        if not said:
            return comment
        at = comment.date
        for place, one in enumerate(said):  # a mail without a date counts as written when the one before it was
            at = one.date or at
            said[place] = one._replace(date=at)
        words = tuple(sorted(said, key=lambda one: one.date.timestamp() if one.date else 0.0))
        state, again = state_after(comment.state, words, comment.author, self.people.key)
        return comment._replace(exchange=words, state=state, asked_again=again)

    def _read(self, number: int) -> None:
        message = self.messages[number]
        bot = bot_of(message, self.bots)
        above = self.targets.above[number]
        parent_keys = ["".join(text.split()) for text in self.messages[above].body.split("\n")] if above >= 0 else ()
        read = _Read(message, read_lines(message.body[:_LONGEST_REPLY], parent_keys))
        self.reads[number] = read
        quoted = [at for at, line in enumerate(read.lines) if line.depth and line.key]
        found = self.targets.of(number, [read.lines[at].key for at in quoted])
        report = read_report(message, bot)
        if report is not None and report.kind is ReportKind.NOTICE and bot is not None and not bot.form:
            report = None  # a bot of the user's own, whose mails nobody described
        if report is not None and (bot is not None or report.kind.asks):
            if report.kind.asks and report.kind is not ReportKind.REVIEW:
                self._report(report, read, bot, found[1] if found else None)
            if report.kind is not ReportKind.REVIEW:
                return
        if found is None:
            return
        nearest, target = found
        spots = spots_of(read.lines, quoted, target)
        self._take_unmarked(read, spots, target)
        reviews = report is not None and report.kind is ReportKind.REVIEW
        read.blocks = review_blocks(read.lines) if reviews else blocks_of(read.lines, message.sender)
        for block in read.blocks:
            own = any(at in spots for at in block.quote)
            talk = own or self._discussed(number, read, block, spots)
            other = None if talk else self.targets.sibling((read.lines[at].key for at in block.quote), nearest)
            places = spots_of(read.lines, [at for at in block.quote if read.lines[at].key], other) if other else spots
            self._judge(number, read, block, places, other or target, bot)
            read.own(block)
        if reviews and report is not None:
            self._rate(report, read)

    def _report(self, report: Report, read: _Read, bot: Bot | None, target: Target | None) -> None:
        """Takes what a bot found, on the patch that it blames."""
        blamed = _blamed(report, list(self.targets.patches.values()), self.ours) or target
        if blamed is None:
            self.loose.append((read, bot, report))
            return
        self.take_report(report, read, bot, blamed)

    def take_report(self, report: Report, read: _Read, bot: Bot | None, target: Target) -> None:
        """A comment for each issue of a report; one that was there already is told by one more mail."""
        message, subject = read.message, target.subject
        for task in tasks_of(report, message, bot, target.message, (subject.title, subject.part, subject.revision)):
            first = self.found.get(task.id, task)
            self.found[task.id] = first._replace(mails=tuple(dict.fromkeys((*first.mails, message.id))))
            start, end = (task.span[0] - 1, task.span[1] - 1) if task.span[0] else (0, -1)
            block = Block(start, end, [], list(range(start, end + 1)), False)
            block.belongs = task.id
            read.blocks.append(block)
            read.own(block)

    def _rate(self, report: Report, read: _Read) -> None:
        """What a bot's review says of its remarks: how bad they are, and whether it was so before."""
        from patchflow.formats.mail.bots.review import facts_of

        mine = [self.found[one.belongs] for one in read.blocks if one.belongs in self.found]
        mine = [one for one in mine if one.message == read.message.id]
        for comment, (severity, known) in zip(mine, facts_of(report, [one.text for one in mine]), strict=True):
            self.found[comment.id] = comment._replace(severity=severity, known=known)

    @staticmethod
    def _take_unmarked(read: _Read, spots: dict[int, Place], target: Target) -> None:
        """Lines of the patch that stand unquoted below a quoted one: who answered ate the mark."""
        numbers = {place.at: n for n, place in enumerate(target.places)}
        for at in range(1, len(read.lines)):
            line = read.lines[at]
            if line.depth or len(line.key) < 12:
                continue
            above = next(
                (spots[n] for n in range(at - 1, max(at - 3, -1), -1) if read.lines[n].key and n in spots), None
            )
            if above is None:
                continue
            following = numbers[above.at] + 1
            if following < len(target.places) and target.keys[following] == line.key:
                read.lines[at] = line._replace(depth=1)
                spots[at] = target.places[following]

    def _judge(
        self, number: int, read: _Read, block: Block, spots: dict[int, Place], target: Target, bot: Bot | None
    ) -> None:
        """Decides what a block is: a part of a discussion, a new comment, or neither."""
        message = read.message
        by_author = self.targets.is_author(message, target)
        earlier = self._discussed(number, read, block, spots) or self._only_talk_above(number, block)
        if earlier and earlier in self.found:
            self._follow(earlier, read, block, by_author, target)
            return
        place = _place_of(read, block, spots)
        if by_author:
            self._answered_in_place(number, read, block, place, target)
            return
        if block.settles or self._to_another(read, block, target) or (bot and place is None and not block.rated):
            return
        name = f"{message.id} {fingerprint(message)}" if message.id in self.twice else message.id
        comment = _comment(message, name, read, block, place, target)._replace(bot=bot.name if bot else "")
        self.found[comment.id] = comment
        block.belongs = comment.id

    def _to_another(self, read: _Read, block: Block, target: Target) -> bool:
        """Whether the words are put to somebody else by name: "@Bo, can you look at this?", "Bo, do you take it?"."""
        text = _text(read, block)
        author = f"{self.people.sender(target.message)}".lower()
        at_sign = _CALLED.match(text)
        called = at_sign or _NAMED.match(text)
        if called is None or "@" not in author or called[1].lower() in author:
            return False
        if at_sign:
            return True
        others = {word for one in (*read.message.to, *read.message.cc) for word in one.name.lower().split()[:1]}
        return called[1].lower() in others and len(text.split()) <= 30 and "\n\n" not in text.strip()

    def _discussed(self, number: int, read: _Read, block: Block, spots: dict[int, Place]) -> str:
        """The comment whose words are quoted last above the block; "" where a line of the patch is."""
        both = ""
        for at in reversed(block.quote):
            line = read.lines[at]
            if at not in spots and (is_attribution(line.text) or is_snip(line.text)):
                continue
            owner = self._owner(number, line)
            if at in spots and owner is None:
                if len(line.key) > 3:  # a brace or `--` stands anywhere
                    return ""
                continue
            if owner is not None:
                if at not in spots:
                    return owner.belongs
                both = both or owner.belongs  # stands in the patch and in somebody's words: those above tell
        return both

    def _owner(self, number: int, line: Line) -> Block | None:
        """The block above in the thread that this quoted line was taken from, the nearest first."""
        for above in self.targets.above_of(number):
            read = self.reads.get(above)
            if read is None:
                continue
            if block := read.owners.get(line.key):
                return block
            if len(line.key) >= 15:
                for key, block in read.owners.items():
                    if len(key) >= 15 and (key.startswith(line.key) or line.key.startswith(key) or line.key in key):
                        return block
        return None

    def _only_talk_above(self, number: int, block: Block) -> str:
        """The comment that the mail above is all about, where nothing is quoted above the block; else ""."""
        read = self.reads.get(self.targets.above[number])
        if read is None or block.quote:
            return ""
        talks = {one.belongs for one in read.blocks if one.belongs}
        return talks.pop() if len(talks) == 1 and all(one.belongs or one.settles for one in read.blocks) else ""

    def _follow(self, comment_id: str, read: _Read, block: Block, by_author: bool, target: Target) -> None:
        """Puts a block below the comment whose words it answers."""
        block.belongs = comment_id
        comment, message = self.found[comment_id], read.message
        known = not by_author or target.message.id not in self.ours.patches or message.id in self.ours.mails
        counts = known and bot_of(message, self.bots) is None
        said = Said(message.id, message.sender, message.date, _text(read, block), by_author, block.settles, counts)
        self.said.setdefault(comment_id, []).append(said)
        follow_ups = comment.follow_ups
        if message.id not in follow_ups:
            follow_ups = (*follow_ups, message.id)
        claimed = comment.claimed if known else message.id
        self.found[comment_id] = comment._replace(follow_ups=follow_ups, claimed=claimed)

    def _answered_in_place(self, number: int, read: _Read, block: Block, place: Place | None, target: Target) -> None:
        """The author answered below the patch's own lines, or on top: meant are the comments that stand there."""
        above = self.targets.above[number]
        if above < 0:
            return
        theirs = [c for c in self.found.values() if c.message == self.messages[above].id]
        if place is not None:
            theirs = [c for c in theirs if c.file == place.file and abs(c.line - place.line) <= 3]
        elif block.quote or not (len(theirs) == 1 or _answers_all(_text(read, block))):
            return
        for comment in theirs:
            self._follow(comment.id, read, block, True, target)


def _answers_all(text: str) -> bool:
    """Whether an author's words on top of a mail answer all its comments: short, and nothing is refused or left out."""
    return len(text.split()) <= 25 and bool(_DOES.search(text)) and not _REFUSES.search(text)


def _text(read: _Read, block: Block) -> str:
    lines = read.lines
    return _BLANKS.sub("\n\n", "\n".join([lines[at].text.rstrip() for at in block.kept]))


def _place_of(read: _Read, block: Block, spots: dict[int, Place]) -> Place | None:
    """The place of the last quoted line above the block. Damaged lines and words of others are passed over, up to where
    an earlier remark stands, but not a whole quote."""
    if not block.quote:
        return None
    looked = 0
    for at in range(block.quote[-1], -1, -1):
        line = read.lines[at]
        if at in spots:
            return spots[at]
        if not line.depth or not line.key or is_attribution(line.text) or is_snip(line.text):
            continue
        looked += 1
        if looked > _LOOK_BACK:
            return None
    return None


def _symbol(place: Place, target: Target) -> str:
    """What git names behind the `@@` of the hunk that a line stands in."""
    for one in reversed(target.places):
        if one.at <= place.at and one.part is Part.HEAD and one.text.startswith("@@ "):
            return one.text.rpartition("@@")[2].strip()
    return ""


def _comment(message: Message, name: str, read: _Read, block: Block, place: Place | None, target: Target) -> Comment:
    file, line, side = "", 0, Side.NEW
    if place is not None and place.part is not Part.TAIL:
        file, line, side = place.file, place.line, place.side
    elif target.kind is Kind.COVER:
        file = COVER
    quote = [read.lines[at].text for at in block.quote if not is_attribution(read.lines[at].text)]
    while quote and not quote[-1].strip():
        quote.pop()
    digest = hashlib.sha256(f"{name}\n{block.start}".encode("utf-8", "surrogatepass")).hexdigest()
    return Comment(
        id=digest[:10],
        message=message.id,
        author=message.sender,
        patch=target.message.id,
        patch_subject=target.subject.title,
        file=file,
        line=line,
        side=side,
        quote=tuple(quote[-_QUOTE_KEPT:]),
        text=_text(read, block),
        date=message.date,
        added=place is not None and place.part is Part.CODE and place.text.startswith("+"),
        symbol=_symbol(place, target) if place is not None and place.part is Part.CODE else "",
        span=(block.start + 1, block.end + 1),
        part=target.subject.part,
        revision=target.subject.revision,
    )
