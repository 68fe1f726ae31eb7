"""`patchflow backport`: commits of Linus' tree to a stable branch, in a work tree of their own."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.adapters.files import read_named
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone, show_series
from patchflow.errors import UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.series.backport import Backport, abort, go_on, start, tell
from patchflow.formats.mail.failed import parse_failed
from patchflow.formats.mail.message import parse_mail

if TYPE_CHECKING:
    import argparse

    from patchflow.domain.message import Message


EXAMPLE = "patchflow backport 1a2b3c4d5e6f --to 6.6.y"
_ID = lazy_re.compile(r"^(?:https?://\S+/)?<?([^\s<>@/]+@[^\s<>@/{}]+)>?/?$")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "what",
        nargs="*",
        metavar="COMMIT|MAIL",
        help="commits or ranges; or a FAILED mail: its file, - for standard input, or the Message-ID of one taken in",
    )
    parser.add_argument("--to", default="", metavar="X.Y.y", help="the stable branch; a FAILED mail names it itself")
    parser.add_argument(
        "--onto", default="", metavar="REF", help="where the branch is, if no remote has it as linux-X.Y.y"
    )
    parser.add_argument(
        "--in",
        dest="folder",
        default="",
        metavar="DIR",
        help="where the work tree is made (default: in patchflow.backportdir, else beside this one)",
    )
    parser.add_argument("--continue", dest="go_on", action="store_true", help="go on, in the work tree")
    parser.add_argument("--why", default="", metavar="TEXT", help="with --continue: what was adapted, for the message")
    parser.add_argument("--abort", default="", metavar="BRANCH", help="remove a backport's branch and its work tree")


def run(args: argparse.Namespace, output: Output) -> int:
    """Starts a backport, goes on with it, or gives it up; 1 where files wait to be resolved."""
    here = clone(args)
    if args.abort:
        folder = abort(here, args.abort)
        output.note(f"Removed {args.abort}" + (f" and {folder}." if folder else "."))
        return 0
    if args.go_on:
        return _show(go_on(here, args.why), output)
    names, to = _asked(here, args)
    if not names or not to:
        raise UsageError("Say which commit goes where.", f"For example: `{EXAMPLE}`, or give the FAILED mail.")
    return _show(start(here, names, to, args.onto, args.folder), output)


def _asked(here: Clone, args: argparse.Namespace) -> tuple[list[str], str]:
    """The commits and the branch that are asked for, read from a FAILED mail where one is given."""
    names, to = [], args.to
    for word in args.what:
        mail = _mail(here, args.directory, word)
        if mail is None:
            names.append(word)
            continue
        failed = parse_failed(f"Subject: {mail.subject}\n\n{mail.body}")
        if failed is None:
            raise UsageError(
                f"{word} is not a mail that says FAILED: patch … failed to apply.", f"`{EXAMPLE}` names a commit."
            )
        names.append(failed.commit)
        to = to or failed.branch
    return names, to


def _mail(here: Clone, directory: str, word: str) -> Message | None:
    """The mail that a word names: standard input, a file, a Message-ID (or its address at lore); None where it is none
    of these. UsageError where no mail that was taken in has that Message-ID."""
    path = Path(directory, word)
    if word == "-" or path.is_file():
        raw = sys.stdin.buffer.read() if word == "-" else read_named(str(path))
        return parse_mail(raw)  # its body may be quoted-printable
    match = _ID.match(word)
    if match is None or here.repository.try_resolve(word):
        return None
    store = ready_store(here)
    thread = store.thread_of(match[1]) if store.exists else []
    found = next((one for one in thread if one.id == match[1]), None)
    if found is None:
        raise UsageError(
            f"No mail that was taken in has the Message-ID <{match[1]}>.", "`patchflow fetch` takes it in."
        )
    return found


def _show(made: Backport, output: Output) -> int:
    if made.series is not None:
        output.note(f"On the branch {made.branch}, in {made.folder}: {made.total} of {made.total} done.")
        show_series(Clone(str(made.folder)), made.series, output)
        return 0
    tell(made, output.note)
    output.data(
        {
            "branch": made.branch,
            "folder": str(made.folder),
            "commit": made.commit,
            "done": made.done,
            "total": made.total,
            "conflicts": [
                {
                    "path": one.path,
                    "missing": one.missing,
                    "commits": list(one.commits),
                    "more": one.more,
                    "places": [asdict(place) for place in one.places],
                }
                for one in made.conflicts
            ],
        }
    )
    return 1
