"""`patchflow thread`: the reply tree of a discussion."""

from __future__ import annotations

from patchflow.adapters.mail.thread_cache import Shown
from patchflow.adapters.paths import state_path
from patchflow.cli.diagnostics import Output
from patchflow.errors import Exit, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from patchflow.flow.clone import Clone

EXAMPLE = "patchflow thread v1"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("which", nargs="?", metavar="MESSAGE-ID|vN", help="only the thread that holds this message")
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints the threads: of the file named, or of the current series."""
    one = bool(args.which and not args.mbox and not _revision(args.which))
    state = state_path(args.directory) if one else None
    if state and (text := Shown(state).get(args.which.strip("<>"), output.json)) is not None:
        output.text(text)  # nothing has changed since it was printed or laid out
        return int(Exit.OK)
    from patchflow.cli.shown import clone
    from patchflow.lazy_inspect import without_inspect

    without_inspect()
    here = clone(args)
    if one:
        from patchflow.flow.review.thread_cache import thread_text

        output.text(thread_text(here, args.which.strip("<>"), output.json, output.note))
        return int(Exit.OK)
    from patchflow.flow.review.mail import ours, series_ids, threads_here, threads_in
    from patchflow.flow.review.threads_view import thread_document, thread_lines
    from patchflow.flow.subsystem.bots import bots

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


def _revision(word: str) -> int:
    """The number of `vN`; 0 where it is something else, a Message-ID."""
    return int(word[1:]) if word[:1] == "v" and word[1:].isascii() and word[1:].isdigit() else 0


def _wanted(here: Clone, word: str) -> set[str]:
    """The Message-IDs meant: one, or those of the revision vN of the current series."""
    if not (number := _revision(word)):
        return {word.strip("<>")}
    series = here.store.load(with_diffs=False)
    for revision in series.revisions:
        if revision.number == number:
            return {message.message_id for message in revision.messages}
    raise UsageError(f"No {word} of {series.name} was sent.")
