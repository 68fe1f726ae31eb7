"""Joins to a series that came by mail what else is here of it, wherever it was taken in."""

from __future__ import annotations

from collections.abc import Collection

from patchflow.domain.message import Message
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import sent_replies
from patchflow.flow.reviewing import reviews
from patchflow.flow.reviewing.look import Taken, take
from patchflow.flow.reviewing.received import mails_of
from patchflow.flow.reviewing.taken_in import threads_of


def with_at_hand(here: Clone, taken: Taken) -> Taken:
    """The series with the mail taken in about it, and the mails of its author's other series that are reviewed here:
    its earlier revision may have come as a file, and the answers since by `fetch`."""
    posting = taken.chosen.posting
    have = {message.id for message in taken.mails.messages}
    others = [one for one in reviews.every(here) if one.author == str(posting.author)]
    ids = {id for one in taken.chosen.revisions for id in one.ids} | {id for one in others for id in one.patches}
    found = [*threads_of(here, sorted(ids)), *_raws(here, others, have)]
    if not any(message.id not in have for message in mails_of(found).messages):
        return taken
    raws = [*(taken.mails.raw(message) for message in taken.mails.messages), *found]
    made = take(mails_of(raws), posting.first.id, posting.revision)
    return made if made.chosen.posting.ids == posting.ids else taken


def elsewhere(here: Clone, messages: Collection[Message]) -> list[Message]:
    """What is here beside these mails: those of reviews whose author wrote one of these, and what was sent from here
    about all of them."""
    have, authors = {message.id for message in messages}, {str(message.sender) for message in messages}
    raws = _raws(here, [one for one in reviews.every(here) if one.author in authors], have)
    found = [message for message in mails_of(raws).messages if message.id not in have]
    ids = have | {message.id for message in found}
    return [*found, *(message for message in sent_replies(here, ids) if message.id not in ids)]


def _raws(here: Clone, others: Collection[reviews.Review], have: Collection[str]) -> list[bytes]:
    """The mails of reviews of which not every patch is there."""
    found: list[bytes] = []
    for one in others:
        if not set(one.patches or [one.root]) <= set(have):
            try:
                mails = reviews.kept_mails(here, one)
            except PatchflowError:  # they are gone: `review list` and `doctor` speak of it
                continue
            found += [mails.raw(message) for message in mails.messages]
    return found
