"""A review comment: what a reviewer wrote below the lines of a patch that were quoted."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from patchflow.domain.address import Address


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


class Comment(NamedTuple):
    """One comment.

    `id` is stable (from the message's id and the place in it); `message` is the Message-ID it stands in;
    `patch` the Message-ID of the patch or cover it is about; `file` is a path, `COMMIT_MSG` for the
    commit message, `cover` for the cover letter, "" where it is about nothing in particular; `line`
    counts from 1 (0: none). `quote` are the quoted lines it answers (without the quote marks), `text`
    what the reviewer wrote. `span` are the first and last line of `text` in the message's body, from 1.
    `follow_ups` are Message-IDs of replies that quote this comment's text. `touched`: what it is about is
    different on the branch by now. `claimed` is the Message-ID of an answer in the author's name that is not known to
    be theirs: it changes no state.
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
