"""The review of a series: comments with the states this clone keeps for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from patchflow.domain.comment import Comment, CommentState
from patchflow.errors import UsageError
from patchflow.formats.mail.exchange import state_after
from patchflow.formats.mail.findings import with_dismissals
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """What the user said became of a comment, and why.

    `seen` are the mails below the comment that were known then (Message-IDs): a later one may open it again. None in a
    mark of an older patchflow, which did not keep that: nothing that was there when it is first read again opens it.
    """

    state: CommentState
    reason: str = ""
    seen: tuple[str, ...] | None = None


def read_marks(text: str) -> tuple[dict[str, Mark], str]:
    """The states file: comment id -> mark, and how it is damaged ("" where it is whole).

    A damaged row is left out, the others stay; of a torn file, too.
    """
    damage = ""
    try:
        rows: Any = json.loads(text)
        if not isinstance(rows, dict):
            rows, damage = {}, "not an object"
    except (ValueError, RecursionError) as error:
        rows, damage = _rows_of(text), str(error)
    marks: dict[str, Mark] = {}
    for key, row in rows.items():
        try:
            seen = tuple(map(str, row["seen"])) if "seen" in row else None
            marks[key] = Mark(CommentState(row["state"]), str(row.get("reason", "")), seen)
        except (KeyError, TypeError, ValueError):
            damage = damage or f"the mark of {key[:40]} cannot be read"
    return marks, damage


def _rows_of(text: str) -> dict[str, Any]:
    """What can be read of a torn states file, row by row: a mark began at each line `"ID": {`."""
    rows: dict[str, Any] = {}
    decoder = json.JSONDecoder()
    for match in re.finditer(r'(?m)^[ \t]*"([^"\\]+)": (?=\{)', text):
        try:
            rows[match[1]] = decoder.raw_decode(text, match.end())[0]
        except (ValueError, RecursionError):
            continue
    return rows


def dump_marks(marks: Mapping[str, Mark]) -> str:
    """The states file's text: JSON with a line a mark, in the order of `marks`, so that a tear costs the last."""
    rows = [f"{json.dumps(key)}: {json.dumps(mark_row(mark))}" for key, mark in marks.items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def mark_row(mark: Mark) -> dict[str, Any]:
    """A mark as its row of the states file."""
    row: dict[str, Any] = {"state": str(mark.state), "reason": mark.reason}
    return row if mark.seen is None else row | {"seen": list(mark.seen)}


def with_marks(comments: Iterable[Comment], marks: Mapping[str, Mark]) -> list[Comment]:
    """The comments in the state the user gave them, and what was said since; what the mail tells stands otherwise. What
    was dismissed of a bot's stays so on later revisions."""
    marked = [_marked(comment, mark) if (mark := marks.get(comment.id)) else comment for comment in comments]
    return with_dismissals(marked)


def _marked(comment: Comment, mark: Mark) -> Comment:
    since = [] if mark.seen is None else [said for said in comment.exchange if said.message not in mark.seen]
    state, again = state_after(mark.state, since, comment.author, attrgetter("key"))
    claimed = comment.claimed if state is CommentState.OPEN and not again else ""
    return comment._replace(state=state, reason=mark.reason, claimed=claimed, asked_again=again)


def find_comment(comments: Sequence[Comment], id: str) -> Comment:
    """The comment of that id, or of the only id that begins so; UsageError otherwise."""
    found = [c for c in comments if c.id == id] or [c for c in comments if c.id.startswith(id)]
    if len(found) == 1:
        return found[0]
    why = "is the beginning of several comments' ids" if found else "is not a comment here"
    raise UsageError(f"{id!r} {why}.", "`patchflow todo --all` shows them with their ids.")


def of_messages(comments: Iterable[Comment], messages: Iterable[str]) -> list[Comment]:
    """The comments on these patches and covers."""
    wanted = set(messages)
    return [c for c in comments if c.patch in wanted]
