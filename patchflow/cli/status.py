"""`patchflow status`: where every series stands, and the one next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone, series_document, series_lines
from patchflow.flow.series.board import Review, all_standings, branch_worked_on, underway_here

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow status --all"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--all", action="store_true", help="every series of this clone, not only the current branch's")


def run(args: argparse.Namespace, output: Output) -> int:
    """Shows the current branch's series, or all; where the current branch is none, all."""
    here = clone(args)
    underway = underway_here(here)
    if underway:
        output.note(f"Here {underway}.")
    names, every = here.store.shown(), here.store.names()
    if not args.all:
        current = branch_worked_on(here)
        names = [current] if current in every else names
    if args.all and (away := len(every) - len(names)):
        output.note(f"{away} put away: `patchflow archive --list`.")
    if not names:
        output.data(
            {"series": [], "underway": underway},
            ["No series here yet. Start one: `patchflow new NAME`, or `patchflow adopt`."],
        )
        return 0
    review = Review(here)
    documents: list[object] = []
    lines: list[str] = []
    for name, series, standing in all_standings(here, review, names):
        if series is None or isinstance(standing, str):
            output.note(f"{name}: {standing}")
            continue
        documents.append(series_document(here, series, standing))
        lines += [*series_lines(here, series, standing), ""]
    output.data({"series": documents, "underway": underway}, lines[:-1])
    return 0
