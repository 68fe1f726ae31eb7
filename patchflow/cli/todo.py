"""`patchflow todo`: review comments that wait for an answer or a change, by patch and file."""

from __future__ import annotations

import argparse

from patchflow.cli.diagnostics import Output
from patchflow.errors import Exit, UsageError

EXAMPLE = "patchflow todo --mbox replies.mbox"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")
    parser.add_argument("--all", action="store_true", help="answered, addressed and dismissed comments too")


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints the comments; 1 where some are open."""
    from patchflow import wiring_mail
    from patchflow.services.track import all_comments, comments_document, open_comments, todo_lines

    if not args.mbox:
        raise UsageError("Which mail? There is no index of mail here yet.", "Name a file with --mbox FILE.")
    comments = all_comments(wiring_mail.read_threads(args.mbox, output.note), wiring_mail.known_bots())
    still_open = open_comments(comments)
    shown = comments if args.all else still_open
    output.data(comments_document(shown), todo_lines(shown))
    return int(Exit.DOES_NOT_HOLD if still_open else Exit.OK)
