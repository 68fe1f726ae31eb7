"""`patchflow respin`: opens the next revision."""

from __future__ import annotations

import argparse

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone, show_series

EXAMPLE = "patchflow respin"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Trailers into the commits, the changelog into the cover; what is still unanswered is listed."""
    from patchflow.services.respin import respin
    from patchflow.wiring.mail import comments_of_series, trailers_of_series

    here = clone(args)
    series = here.store.load()
    facts = here.profile_of(series)
    plan = trailers_of_series(here, series, args.mbox, output.note)
    comments = comments_of_series(here, series, args.mbox, output.note)
    series = respin(here.store, series, facts, plan, comments)
    for comment in comments:
        if comment.state == "open":
            output.note(f"still open: {comment.id[:10]} {comment.file}:{comment.line} {comment.author.name}")
    for rejected in plan.rejected:
        output.note(f"not taken: {rejected.trailer}: {rejected.why}")
    output.note(
        "The changelog stands in the cover letter: `patchflow cover --edit`. `patchflow undo` takes all of it back."
    )
    show_series(here, series, output)
    return 0
