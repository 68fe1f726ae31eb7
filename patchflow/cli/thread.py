"""`patchflow thread`: the reply tree of a discussion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import Exit, UsageError

if TYPE_CHECKING:
    import argparse

    from patchflow.flow.clone import Clone

_REVISION = re.compile(r"v(\d+)")
EXAMPLE = "patchflow thread v1"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("which", nargs="?", metavar="MESSAGE-ID|vN", help="only the thread that holds this message")
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints the threads: of the file named, or of the current series."""
    here = clone(args)
    if args.which and not args.mbox and not _REVISION.fullmatch(args.which):
        from patchflow.flow.review.thread_cache import thread_text

        output.text(thread_text(here, args.which.strip("<>"), output.json, output.note))
        return int(Exit.OK)
    from patchflow.flow.review.mail import bots, ours, series_ids, threads_here, threads_in
    from patchflow.flow.review.threads_view import thread_document, thread_lines

    wanted: set[str] = set()
    if args.which:
        wanted = _wanted(here, args.which)
    elif not args.mbox:
        wanted = series_ids(here)
    threads = threads_in(args.mbox, output.note) if args.mbox else threads_here(here, None, output.note, wanted)
    if wanted:
        threads = [t for t in threads if any(node.id in wanted for node, _, _ in t.walk())]
    if args.which and not threads:
        where = args.mbox or "the mail taken in"
        raise UsageError(f"No message in {where} has or names the Message-ID {args.which.strip('<>')}.")
    document = thread_document(threads, bots()) if args.mbox else thread_document(threads, bots(), ours(here))
    output.data(document, thread_lines(document) or ["No mail of this series was taken in yet: `patchflow fetch`."])
    return int(Exit.OK)


def _wanted(here: Clone, word: str) -> set[str]:
    """The Message-IDs meant: one, or those of the revision vN of the current series."""
    if not (match := _REVISION.fullmatch(word)):
        return {word.strip("<>")}
    series = here.store.load(with_diffs=False)
    for revision in series.revisions:
        if revision.number == int(match[1]):
            return {message.message_id for message in revision.messages}
    raise UsageError(f"No {word} of {series.name} was sent.")
