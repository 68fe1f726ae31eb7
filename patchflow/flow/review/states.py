"""The review of a series: comments with the states this clone keeps for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patchflow.domain.comment import Comment, CommentState
from patchflow.errors import UsageError


@dataclass(frozen=True, slots=True)
class Mark:
    """What the user said became of a comment, and why."""

    state: CommentState
    reason: str = ""


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
            marks[key] = Mark(CommentState(row["state"]), str(row.get("reason", "")))
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
    rows = [f"{json.dumps(k)}: {json.dumps({'state': str(m.state), 'reason': m.reason})}" for k, m in marks.items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def with_marks(comments: Iterable[Comment], marks: Mapping[str, Mark]) -> list[Comment]:
    """The comments in the state the user gave them; what the mail itself tells (answered) stands otherwise."""
    found: list[Comment] = []
    for comment in comments:
        if mark := marks.get(comment.id):
            claimed = comment.claimed if mark.state is CommentState.OPEN else ""
            comment = comment._replace(state=mark.state, reason=mark.reason, claimed=claimed)
        found.append(comment)
    return found


def find_comment(comments: Sequence[Comment], id: str) -> Comment:
    """The comment of that id, or of the only id that begins so; UsageError otherwise."""
    found = [c for c in comments if c.id == id] or [c for c in comments if c.id.startswith(id)]
    if len(found) == 1:
        return found[0]
    why = "is the beginning of several comments' ids" if found else "is no comment here"
    raise UsageError(f"{id!r} {why}.", "`patchflow todo --all` shows them with their ids.")


def of_messages(comments: Iterable[Comment], messages: Iterable[str]) -> list[Comment]:
    """The comments on these patches and covers."""
    wanted = set(messages)
    return [c for c in comments if c.patch in wanted]
