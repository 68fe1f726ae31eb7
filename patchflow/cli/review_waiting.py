"""`patchflow review waiting` and `snooze`: which of other people's series wait for the user."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.errors import UsageError
from patchflow.flow.review.todo_view import since_when
from patchflow.flow.reviewing import waiting
from patchflow.flow.reviewing.waits import waiting_document, waiting_lines

if TYPE_CHECKING:
    import argparse

    from patchflow.flow.clone import Clone

_EXAMPLE = "For example: `patchflow review snooze MESSAGE-ID answer`."


def run_verb(here: Clone, verb: str, words: list[str], args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where something waits."""
    now = datetime.now(UTC)
    since = since_when(args.since, now) or now
    if verb == "waiting":
        if words:
            raise UsageError("review waiting takes no series.", "`patchflow review waiting` lists all that wait.")
        rows = [one for one in waiting.waiting_here(here, since, now) if args.all or not one.snoozed]
        rows = [one for one in rows if one.unread or not args.unread]
        output.data({"waiting": waiting_document(rows)}, waiting_lines(rows, now))
        return int(any(not one.snoozed for one in rows))
    if len(words) != 2:
        raise UsageError(
            "Which series, and until when? A day (2026-12-24), `answer`, `next`, `rc1`, `window`, or `off`.", _EXAMPLE
        )
    row = waiting.snooze(here, words[0], words[1], waiting.waiting_here(here, since, now), now)
    output.data({"waiting": waiting_document([row])}, waiting_lines([row], now))
    return 0
