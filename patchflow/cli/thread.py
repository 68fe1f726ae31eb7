"""`patchflow thread`: the reply tree of a discussion."""

from __future__ import annotations

import argparse

from patchflow.cli.diagnostics import Output
from patchflow.errors import Exit, UsageError

EXAMPLE = "patchflow thread --mbox replies.mbox"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("which", nargs="?", metavar="MESSAGE-ID|vN", help="only the thread that holds this message")
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints the threads."""
    from patchflow import wiring_mail
    from patchflow.services.track import thread_document, thread_lines

    if not args.mbox:
        raise UsageError("Which mail? There is no index of mail here yet.", "Name a file with --mbox FILE.")
    threads = wiring_mail.read_threads(args.mbox, output.note)
    if args.which:
        wanted = args.which.strip("<>")
        threads = [t for t in threads if any(node.id == wanted for node, _, _ in t.walk())]
        if not threads:
            raise UsageError(f"No message in {args.mbox} has or names the Message-ID {wanted}.")
    document = thread_document(threads, wiring_mail.known_bots())
    output.data(document, thread_lines(document))
    return int(Exit.OK)
