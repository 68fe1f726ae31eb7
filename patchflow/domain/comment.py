"""A review comment: what a reviewer wrote below the lines of a patch that were quoted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from patchflow.domain.address import Address
from patchflow.named_tuple import NamedTuple


class CommentState(StrEnum):
    """What became of a comment."""

    OPEN = "open"
    ANSWERED = "answered"
    ADDRESSED = "addressed"
    DISMISSED = "dismissed"


class Side(StrEnum):
    """Which file a line number counts in: the patch's new one, or the old one for removed lines."""

    NEW = "new"
    OLD = "old"


class Said(NamedTuple):
    """One later word about a comment: who wrote it, in which mail, when (None where its date is unreadable).

    `by_author` says that the patch's author did; `settles` that it only approves, agrees, thanks or takes the comment
    back. `counts` is False for what changes no state: a bot's mail, and a claim in the author's name.
    """

    message: str
    author: Address
    date: datetime | None
    text: str
    by_author: bool = False
    settles: bool = False
    counts: bool = True


class Later(NamedTuple):
    """What a newer revision made of the line a comment is about.

    `patch` is the Message-ID of the patch that has the line now, `file` and `line` are its place there. `gone` is None
    where that cannot be told: the comment is about no line.
    """

    revision: int
    gone: bool | None
    patch: str = ""
    file: str = ""
    line: int = 0


class Comment(NamedTuple):
    """One comment.

    `id` is stable (from the message's id and the place in it); `message` is the Message-ID it stands in;
    `patch` the Message-ID of the patch or cover it is about; `file` is a path, `COMMIT_MSG` for the
    commit message, `cover` for the cover letter, "" where it is about nothing in particular; `line`
    counts from 1 (0: none). `quote` are the quoted lines it answers (without the quote marks), `text`
    what the reviewer wrote. `span` are the first and last line of `text` in the message's body, from 1.
    `follow_ups` are Message-IDs of replies that quote this comment's text. `touched`: what it is about is
    different on the branch by now. `claimed` is the Message-ID of an answer in the author's name that is not known to
    be theirs: it changes no state. `date` is when it was written; `exchange` what was said below it since, the oldest
    first; `asked_again`: it was answered, and the last word is a reviewer's. `later` is what the newest revision made
    of it, None where that is the one it is about. `added`: it is about a line that the patch adds. `bot` is the name of
    the bot that wrote it, "" for people; `severity` and `known` (was it there before the patch? None: not said) are
    what it says of it, `facts` how to see it again ((what, words) pairs), `mails` all its mails that say the same.
    `symbol` is the function that git names above the hunk.
    """

    id: str
    message: str
    author: Address
    patch: str
    patch_subject: str
    file: str
    line: int
    side: Side
    quote: tuple[str, ...]
    text: str
    state: CommentState = CommentState.OPEN
    reason: str = ""
    span: tuple[int, int] = (0, 0)
    follow_ups: tuple[str, ...] = ()
    part: int = 0
    revision: int = 1
    touched: bool = False
    claimed: str = ""
    date: datetime | None = None
    exchange: tuple[Said, ...] = ()
    asked_again: bool = False
    later: Later | None = None
    added: bool = False
    bot: str = ""
    severity: str = ""
    known: bool | None = None
    facts: tuple[tuple[str, str], ...] = ()
    mails: tuple[str, ...] = ()
    symbol: str = ""

    @property
    def waits(self) -> bool:
        """Whether it still asks for an answer or a change: open, and its line not gone in a newer revision."""
        return self.state is CommentState.OPEN and not (self.later and self.later.gone and not self.asked_again)

    @property
    def newest(self) -> str:
        """The last words that ask for something: those of the reviewer who asks again, else the comment's."""
        asked = [said.text for said in self.exchange if said.counts and not said.by_author and not said.settles]
        return asked[-1] if self.asked_again and asked else self.text
