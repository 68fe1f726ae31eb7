"""`patchflow respin`: opens the next revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone, show_series
from patchflow.cli.trailers import choosing, refusals
from patchflow.flow.review.mail import comments_of_series
from patchflow.flow.series.dependencies import standing_on
from patchflow.flow.series.respin import respin
from patchflow.flow.series.trailer_choice import spelt
from patchflow.flow.series.trailers import said, trailers_of_series
from patchflow.flow.templates import changelog_form

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow respin"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")
    choosing(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Trailers into the commits, the changelog into the cover; what is still unanswered is listed."""
    here = clone(args)
    series = here.store.load()
    facts = here.profile_of(series)
    plan = trailers_of_series(here, series, args.mbox, output.note).chosen(args.only, args.refused or ())
    comments = comments_of_series(here, series, args.mbox, output.note)
    series = respin(here.store, series, facts, plan, comments, changelog_form(here, facts), said(here, series, plan))
    for comment in comments:
        if comment.state == "open":
            output.note(f"still open: {comment.id[:10]} {comment.file}:{comment.line} {comment.author.name}")
    for one in plan.offered:
        if one.taken and one.given.mismatch:
            output.note(f"taken on your word: {one.given.trailer}: sent by {spelt(one.given.sender)}")
        elif not one.taken:
            output.note(f"not taken: {one.line().strip(' ?-')}")
    for line in refusals(plan.rejected):
        output.note(line)
    output.note(
        "The changelog stands in the cover letter: `patchflow cover --edit`. `patchflow undo` takes all of it back."
    )
    for name in standing_on(here, series):
        output.note(f"{name} stands on it: once this version is as it should be, `patchflow dep restack` on {name}.")
    show_series(here, series, output)
    return 0
