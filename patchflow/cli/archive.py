"""`patchflow archive`: puts series away that are finished, and brings them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import UsageError
from patchflow.flow.series.archive import archive, archived, bring_back, finished, parse_age

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow archive --older-than 6m"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("names", nargs="*", metavar="BRANCH", help="the series")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--older-than", default="", metavar="AGE",
                     help="every series that was sent and has been quiet for this long (90d, 12w, 6m, 1y)")  # fmt: skip
    how.add_argument("--list", action="store_true", help="only show those that were put away")
    how.add_argument("--back", action="store_true", help="bring them back")


def run(args: argparse.Namespace, output: Output) -> int:
    """Branches, refs and records stay as they are; `status` and the board leave the series out."""
    here = clone(args)
    names = list(dict.fromkeys(args.names))
    if bool(names) is bool(args.older_than or args.list):
        raise UsageError("Name the series, or say how old: --older-than AGE.", f"For example: `{EXAMPLE}`.")
    if args.older_than:
        names = finished(here, parse_age(args.older_than))
    if args.back:
        bring_back(here, names)
        output.note(f"Brought back: {', '.join(names)}.")
    elif names:
        archive(here, names)
        output.note(f"Put away: {', '.join(names)}; `patchflow undo` or `archive --back` brings them back.")
    elif args.older_than:
        output.note(f"No series was sent and left alone for {args.older_than}.")
    rows = archived(here)
    output.data({"archived": [{"branch": name, "date": day} for name, day in rows]},
                [f"{day}  {name}" for name, day in rows] or ["No series is put away."])  # fmt: skip
    return 0
