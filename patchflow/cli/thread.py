"""`patchflow thread`: the reply tree of a discussion."""

from __future__ import annotations

from patchflow.adapters.mail.thread_cache import Shown
from patchflow.adapters.paths import state_path
from patchflow.cli.diagnostics import Output
from patchflow.errors import Exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow thread v1"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("which", nargs="?", metavar="MESSAGE-ID|vN", help="only the thread that holds this message")
    parser.add_argument("--mark", choices=("read", "unread"), help="all mails of the thread, and print nothing")
    parser.add_argument("--dkim", action="store_true", help="ask the DNS for keys, and judge DKIM signatures")
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints the threads: of the file named, or of the current series."""
    revision = revision_of(args.which or "")
    state = state_path(args.directory) if args.which and not (args.mbox or args.dkim or args.mark or revision) else None
    if state and (text := Shown(state).get(args.which.strip("<>"), output.json)) is not None:
        output.text(text)  # nothing has changed since it was printed or laid out
        return int(Exit.OK)
    from patchflow.lazy_inspect import without_inspect

    without_inspect()
    from patchflow.cli.thread_reading import show_threads

    return show_threads(args, revision, output)


def revision_of(word: str) -> int:
    """The number of `vN`; 0 where it is something else, a Message-ID."""
    return int(word[1:]) if word[:1] == "v" and word[1:].isascii() and word[1:].isdigit() else 0
