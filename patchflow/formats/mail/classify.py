"""What a message is in a review: cover, patch, reply or a bot's mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from patchflow import lazy_re
from patchflow.domain.bot import Bot
from patchflow.domain.message import Kind, Message
from patchflow.formats.patch.subject import parse_subject

_DIFF = lazy_re.compile(
    r"^(?:diff --git |--- \S.*\n\+\+\+ \S|@@ -\d+(?:,\d+)? \+\d+|Index: |GIT binary patch)", re.MULTILINE
)

# What linux-next's keeper tells of merges, with the diff that was needed: nobody's patch.
_MERGE_NOTICE = lazy_re.compile(r"linux-next: (?:manual merge|build (?:failure|warning)|.{0,40} tree)", re.IGNORECASE)


def has_diff(body: str) -> bool:
    """Whether an unquoted diff stands in the text."""
    return bool(_DIFF.search(body))


def bot_of(message: Message, bots: Sequence[Bot]) -> Bot | None:
    """The bot that sent this, as the profile knows them by their From; None for people."""
    for bot in bots:
        if _pattern(bot.from_pattern).search(message.sender.email):
            return bot
    return None


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def kind_of(message: Message, bots: Sequence[Bot] = ()) -> Kind:
    """Cover, patch, reply or bot.

    A mail that answers another is a patch only with a patch's own subject: reviewers put diffs into their replies.
    """
    if bot_of(message, bots):
        return Kind.BOT
    subject = parse_subject(message.subject)
    answers = bool(message.in_reply_to or message.references)
    if subject.is_reply:
        return Kind.REPLY
    diff = has_diff(message.body)
    if subject.is_patch:
        if subject.counted and subject.part == 0:
            return Kind.COVER
        if diff:
            return Kind.PATCH
        # Some people answer without "Re:".
        return Kind.REPLY if subject.counted or answers else Kind.COVER
    if _MERGE_NOTICE.match(message.subject):
        return Kind.REPLY
    whole = "\n---\n" in message.body or "\ndiff --git " in message.body
    return Kind.PATCH if diff and not answers and whole else Kind.REPLY
