"""`patchflow thread`: the reply tree of a discussion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.cli.thread_quick import key_of
from patchflow.errors import Exit, UsageError

if TYPE_CHECKING:
    import argparse

    from patchflow.wiring import Clone

_REVISION = re.compile(r"v(\d+)")
EXAMPLE = "patchflow thread v1"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("which", nargs="?", metavar="MESSAGE-ID|vN", help="only the thread that holds this message")
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints the threads: of the file named, or of the current series."""
    from patchflow.services.track import thread_document, thread_lines
    from patchflow.wiring.mail import bots, series_ids, threads_here, threads_in

    here = clone(args)
    kept = Keeping(here.directory, output) if args.which and not args.mbox else None
    wanted: set[str] = set()
    if args.which:
        wanted = _wanted(here, args.which)
    elif not args.mbox:
        wanted = series_ids(here)
    note = kept.note if kept else output.note
    threads = threads_in(args.mbox, note) if args.mbox else threads_here(here, None, note, wanted)
    if wanted:
        threads = [t for t in threads if any(node.id in wanted for node, _, _ in t.walk())]
    if args.which and not threads:
        where = args.mbox or "the mail taken in"
        raise UsageError(f"No message in {where} has or names the Message-ID {args.which.strip('<>')}.")
    document = thread_document(threads, bots())
    lines = thread_lines(document) or ["No mail of this series was taken in yet: `patchflow fetch`."]
    output.data(document, lines)
    if kept and not _REVISION.fullmatch(args.which):
        kept.keep(args.which, output.text(document, lines))
    return int(Exit.OK)


class Keeping:
    """Keeps what is printed of one thread for cli.thread_quick, unless something had to be said about it."""

    def __init__(self, directory: str, output: Output) -> None:
        from patchflow.adapters.mail.shown import Shown
        from patchflow.adapters.places import state_path

        self.output = output
        state = state_path(directory)
        self.shown = Shown(state) if state else None
        self.stamp = self.shown.stamp() if self.shown else ""

    def note(self, text: str) -> None:
        """Says it, and keeps nothing."""
        self.shown = None
        self.output.note(text)

    def keep(self, id: str, text: str) -> None:
        """The text of the thread that holds this message."""
        from contextlib import suppress

        if self.shown:
            with suppress(OSError):  # a cache that cannot be written is no reason to fail
                self.shown.keep(key_of(id, self.output.json), self.stamp, text)


def _wanted(here: Clone, word: str) -> set[str]:
    """The Message-IDs meant: one, or those of the revision vN of the current series."""
    if not (match := _REVISION.fullmatch(word)):
        return {word.strip("<>")}
    series = here.store.load(with_diffs=False)
    for revision in series.revisions:
        if revision.number == int(match[1]):
            return {message.message_id for message in revision.messages}
    raise UsageError(f"No {word} of {series.name} was sent.")
