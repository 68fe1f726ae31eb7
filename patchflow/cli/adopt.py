"""`patchflow adopt`: takes over a branch as it is, or a series that was sent from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone, show_series
from patchflow.flow.clone import profile
from patchflow.flow.series.adopt import known_of
from patchflow.flow.series.adopt_mail import Wanted, adopt_mail
from patchflow.flow.series.prepare import adopt
from patchflow.flow.templates import cover_template

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow adopt b4/vsock-peek"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("branch", nargs="?", default="", metavar="BRANCH", help="the branch (default: the current one)")
    parser.add_argument("--profile", default="", metavar="P", help="the subsystem's profile")
    parser.add_argument("--base", default="", metavar="REF", help="what the series is based on")
    parser.add_argument("--from", default="", dest="message", metavar="MESSAGE-ID",
                        help="make a branch of this series of yours that was sent from elsewhere")  # fmt: skip
    parser.add_argument("--force", action="store_true", help="with --from: even if the mails are somebody else's")


def run(args: argparse.Namespace, output: Output) -> int:
    """Writes the branch's settings; nothing of the branch itself changes."""
    here = clone(args)
    if args.message:
        wanted = Wanted(args.branch, args.base, args.profile, args.force)
        series = adopt_mail(here, args.message, wanted, output.note)
        output.note(f"The branch {series.branch} was made; `git switch {series.branch}` goes there.")
        show_series(here, series, output)
        return 0
    branch = args.branch or here.repository.current_branch()
    facts = profile(args.profile) if args.profile else here.profile_of_tip(branch)
    base, earlier = known_of(here, branch, facts, args.base, args.profile or "default")
    series = adopt(here.repository, here.store, branch, facts, base, earlier, bool(args.profile),
                   template=cover_template(here, facts, branch))  # fmt: skip
    for revision in () if series.b4 else series.revisions:
        output.note(f"v{revision.number} was sent on {revision.date:%Y-%m-%d}{'' if revision.root else ' (tag only)'}.")
    show_series(here, series, output)
    return 0
