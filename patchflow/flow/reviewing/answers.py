"""The finished mails of a review, one for each mail of the series that has remarks or tags, and how they leave."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import field

from patchflow.domain.message import Message
from patchflow.domain.review_draft import OwnRemark, ReviewDraft
from patchflow.errors import UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review import reply
from patchflow.flow.review.reply import Kept, Sent
from patchflow.flow.review.who import answering, writes_as
from patchflow.flow.reviewing.look import Taken
from patchflow.flow.reviewing.reviews import Review
from patchflow.flow.reviewing.writing import mails_of_series, number_of
from patchflow.flow.reviewing.written import read_written, stamp
from patchflow.flow.templates import filled, template
from patchflow.formats.mail.draft import Draft, make_draft, parse_draft, quotation
from patchflow.formats.mail.review_mail import Mark, body_of, row_now
from patchflow.values import dataclass


@dataclass
class Answer(Kept):
    """One mail of a review. Its draft is not a file: it is made of the remarks each time, so that what is sent is
    compared with what they say by then."""

    here: Clone = field(kw_only=True)
    part: int = field(kw_only=True, default=0)
    unknown: str = field(kw_only=True, default="")  # its Message-ID, where nobody knows whether it arrived

    def now(self) -> str | None:
        """The text that the remarks and tags make now; None where none of them waits any more."""
        assert self.parent is not None
        made = _made(self.here, self.review, self.parent, self.profile)
        return made[0].text() if made else None


def answers(here: Clone, review: Review, taken: Taken) -> list[Answer]:
    """The finished mails, the cover letter's first; UsageError where nothing was written. One that is on its way is
    the one that was shown then."""
    reply.finish_left(here)
    found: list[Answer] = []
    facts = here.profile_of_patches([one.patch for one in taken.patches])
    for message in mails_of_series(taken):
        parent = reply.without(message, reply.unreachable(here, message))
        name = hashlib.sha256(message.id.encode("utf-8", "replace")).hexdigest()[:12]
        path = here.repository.state.drafts / f"review-{name}.draft"
        going = reply.on_its_way(here, path)
        if going and going[2] in ("sent", "unknown"):
            draft, parts = parse_draft(going[0].text), going[0].written
        elif made := _made(here, review.name, parent, facts.name):
            draft, parts = made
        else:
            continue
        unknown = going[1] if going and going[2] == "unknown" else ""
        answer = Answer(path, draft, parent, here=here, part=number_of(taken, message.id), unknown=unknown)
        answer.review, answer.parts, answer.profile = review.name, parts, facts.name
        found.append(answer)
    if not found:
        raise UsageError("Nothing waits to be sent.", "`patchflow review comment` and `review tag` write a review.")
    return found


def _made(here: Clone, name: str, parent: Message, profile: str) -> tuple[Draft, tuple[str, ...]] | None:
    """The draft of an answer to one mail, and the stamps of what stands in it; None where nothing does."""
    written = read_written(here, name)
    remarks = [one for one in written.remarks if one.patch == parent.id and not one.mail]
    tags = [one for one in written.tags if one.patch == parent.id and not one.mail]
    if not remarks and not tags:
        return None
    me = here.repository.identity()
    body = body_of(
        parent, [_mark(parent, one) for one in remarks], [(f"{one.key}: {me}", one.built) for one in tags],
        lambda quote: _attributed(here, parent, quote),
    )  # fmt: skip
    sender = writes_as(here, answering(here, parent, profile))
    stamps = tuple(map(stamp, ReviewDraft(tuple(remarks), tuple(tags)).both))
    return make_draft(parent, body, sender), stamps


def _attributed(here: Clone, parent: Message, quote: str) -> str:
    """The user's template of a reply around what is quoted and said; UsageError where it would lose or change that."""
    facts = here.profile_here()
    text = filled(here, facts, "reply", **{**quotation(parent, ()), "quote": quote})
    if f"\n{text}\n".count(f"\n{quote}\n") != 1:
        raise UsageError(
            f"The template {template(here, facts, 'reply')[1]} does not have $quote once, on a line of its own, so "
            "remarks and tags would be lost.",
            "Put it there; what stands below the line then stands below them.",
        )
    return text


def _mark(parent: Message, one: OwnRemark) -> Mark:
    """Where a remark stands in the mail; UsageError where its line is not there any more."""
    if not one.last:
        return Mark(0, 0, one.text)
    last = row_now(parent.body, one.last, one.line)
    if not last:
        raise UsageError(
            f"The line that remark {one.id} is about is not in <{parent.id}> any more: {one.line.strip()[:60]!r}.",
            f"`patchflow review comment --drop {one.id}` drops the remark.",
        )
    return Mark(max(last - (one.last - one.first), 1), last, one.text)


def settled(mails: Sequence[Answer], words: Sequence[str]) -> list[Answer]:
    """The mails of unknown fate that these words name by Message-ID (`all`: each); UsageError for any other."""
    ids = [word.strip("<>") for word in words]
    if wrong := next((one for one in ids if one != "all" and one not in [mail.unknown for mail in mails]), ""):
        raise UsageError(f"The fate of <{wrong}> is not unknown.", "`patchflow review reply` shows the mails.")
    return [mail for mail in mails if mail.unknown and ("all" in ids or mail.unknown in ids)]


def send(
    here: Clone, mails: Sequence[Answer], bcc: Sequence[Sequence[str]] = (), again: bool = False, arrived: bool = False
) -> list[tuple[Answer, Sent]]:
    """Sends the mails as they were shown, one after the other, up to the first that does not leave; each goes once.

    One of unknown fate leaves only where `again` is given, and counts as sent where `arrived` is.
    """
    done: list[tuple[Answer, Sent]] = []
    for number, mail in enumerate(mails):
        words = [mail.unknown] if mail.unknown else []
        sent = reply.send(here, mail, words if again else (), words if arrived else (), bcc[number] if bcc else ())
        done.append((mail, sent))
        if sent.state != "sent":
            break
    return done
