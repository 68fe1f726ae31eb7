"""`patchflow todo`: review comments that wait for an answer or a change, by patch and file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import Exit, UsageError
from patchflow.flow.review.follow_ups import notes_of
from patchflow.flow.review.mail import all_comments_here, all_comments_in, claim, comments_shown
from patchflow.flow.review.mail_index import sent_folders
from patchflow.flow.review.put_off import awake, put_off
from patchflow.flow.review.states import find_comment
from patchflow.flow.review.todo_view import chosen, comments_document, open_comments, since_when, todo_lines
from patchflow.flow.series.follow_up import follow_up

if TYPE_CHECKING:
    import argparse

    from patchflow.domain.comment import Comment

EXAMPLE = "patchflow todo --addressed 3f2a91=renamed"
_STATES = ("addressed", "answered", "dismissed", "open")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")
    parser.add_argument("--all", action="store_true", help="answered, addressed and dismissed comments too")
    parser.add_argument("--by", default="", metavar="WHO", help="those of a person or bot, by a part of the name")
    parser.add_argument(
        "--since", default="", metavar="WHEN", help="those with a reply since a date, or in the last 3d, 2w"
    )
    parser.add_argument("--bots", action="store_true", help="those of bots only")
    parser.add_argument(
        "--mine",
        action="append",
        default=[],
        nargs="?",
        const="",
        metavar="MESSAGE-ID",
        help="those about lines that your patches add; with a Message-ID: you wrote this mail, so it answers",
    )
    for state in _STATES:
        parser.add_argument(
            f"--{state}", action="append", default=[], metavar="ID[=WHY]", help=f"mark a comment {state}"
        )

    for name, what in (("snooze", "put a comment or series off until a day (2026-12-24), `answer`, `rc1` or `window`"),
                       ("due", "say by which day you want to have dealt with a comment or series")):  # fmt: skip
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar="ID=WHEN", help=f"{what}; `off` ends that"
        )


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints the comments; 1 where some are open."""
    here = clone(args)
    new = _marks(args)
    since = since_when(args.since)
    if claimed := [one for one in args.mine if one]:
        claim(here, claimed)
    comments = all_comments_in(here, args.mbox, output.note) if args.mbox else comments_shown(here)
    now = datetime.now(UTC)
    for word, due in (*((one, False) for one in args.snooze), *((one, True) for one in args.due)):
        id, _, until = word.partition("=")
        follow_up(here, id, until, due, comments, now)
    if new:
        from patchflow.flow.series.addressed import mark  # with all that writes a changelog

        mark(here, *_resolved(new, comments), comments)
        comments = all_comments_here(here, args.mbox, output.note) if args.mbox else comments_shown(here)
    comments = chosen(comments, args.by, since, args.bots, "" in args.mine)
    still_open = open_comments(comments)
    if not args.mbox:
        still_open = awake(here, still_open, now)
    shown = comments if args.all else still_open
    notes = {} if args.mbox else notes_of(put_off(here))
    sent_named = not args.mbox and bool(sent_folders(here))
    output.data(comments_document(shown, notes), todo_lines(shown, notes, sent_named) or ["No open comment."])
    return int(Exit.DOES_NOT_HOLD if still_open else Exit.OK)


def _marks(args: argparse.Namespace) -> dict[str, tuple[str, str]]:
    new: dict[str, tuple[str, str]] = {}
    for state in _STATES:
        for word in getattr(args, state):
            id, _, why = word.partition("=")
            if state == "dismissed" and not why:
                raise UsageError("A comment is dismissed with a reason: --dismissed ID=WHY.")
            new[id] = (state, why)
    return new


def _resolved(
    new: dict[str, tuple[str, str]], comments: list[Comment]
) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, ...]]]:
    """The marks by whole ids, and the mails of each exchange that are known when they are made."""
    named = {id: find_comment(comments, id) for id in new}
    marks = {comment.id: new[id] for id, comment in named.items()}
    return marks, {one.id: (one.message, *one.follow_ups) for one in named.values()}
