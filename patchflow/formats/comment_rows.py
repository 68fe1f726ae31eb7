"""Comments as JSON and back, whole: for a cache. `todo --json` prints other rows, for people's scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from patchflow.domain.address import Address
from patchflow.domain.comment import Comment, CommentState, Later, Said, Side


def dump_comments(comments: Iterable[Comment]) -> str:
    """A JSON list of lists: a value's fields stand in their order."""
    return json.dumps(list(comments), default=datetime.isoformat)


def load_comments(text: str) -> list[Comment]:
    """The comments of such a text; ValueError, TypeError or LookupError where it is none."""
    rows = json.loads(text)
    if not isinstance(rows, list):
        raise TypeError("not a list")
    return [_comment(Comment(*row)) for row in rows]


def _comment(raw: Any) -> Comment:
    """The comment whose fields are as JSON has them."""
    comment: Comment = raw._replace(
        author=Address(*raw.author), side=Side(raw.side), state=CommentState(raw.state), date=_when(raw.date),
        quote=tuple(raw.quote), span=tuple(raw.span), follow_ups=tuple(raw.follow_ups), mails=tuple(raw.mails),
        facts=tuple(map(tuple, raw.facts)), exchange=tuple(_said(Said(*row)) for row in raw.exchange),
        later=Later(*raw.later) if raw.later is not None else None,
    )  # fmt: skip
    return comment


def _said(raw: Any) -> Said:
    said: Said = raw._replace(author=Address(*raw.author), date=_when(raw.date))
    return said


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
