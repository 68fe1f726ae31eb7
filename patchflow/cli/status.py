"""`patchflow status`: where the series stands, or every one, and the one next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.adapters.files import write_named
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone, series_document, series_lines, unreadable_document
from patchflow.domain.series import State
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.series.board import Review, all_standings, branch_worked_on, underway_here
from patchflow.flow.series.life import Facts, facts_of, life_lines, life_svg, stats_lines, stats_of
from patchflow.flow.series.lives import marks_here

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow status --all"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--all", action="store_true", help="every series of this clone, not only the current branch's")
    parser.add_argument(
        "--picture", metavar="FILE", help="draw the life of the current series as SVG (- for standard output)"
    )
    parser.add_argument("--stats", action="store_true", help="with --all: medians over everything that was sent")


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
    if (away := len(every) - len(names)) and (args.all or not names):
        output.note(f"{away} put away: `patchflow archive --list`.")
    if not names:
        which = "No other series here" if away else "No series here yet"
        output.data(
            {"series": [], "underway": underway, "unreadable": []},
            [f"{which}. Start one: `patchflow new NAME`, or `patchflow adopt`."],
        )
        return 0
    if args.stats and args.all:
        names = every  # those put away were sent, too
    if args.picture and len(names) != 1:
        raise UsageError("Whose picture? --picture draws the series of the current branch.", "Switch to its branch.")
    review = Review(here)
    lives: list[Facts] = []
    documents: list[object] = []
    lines: list[str] = []
    unreadable: list[tuple[str, PatchflowError]] = []
    for name, series, standing in all_standings(here, review, names):
        if isinstance(standing, PatchflowError):
            output.note(f"{name}: {standing.paragraph()}")
            unreadable.append((name, standing))
        if series is None or isinstance(standing, PatchflowError):
            continue
        marks = marks_here(here, review, series) if series.last and (args.picture or args.stats or not args.all) else []
        if marks:
            lives.append(facts_of(marks, standing.state is State.APPLIED))
        if args.picture:
            return _picture(args.picture, life_svg(series.name, series.title, marks), output)
        documents.append(series_document(here, series, standing))
        drawn = [f"  {line}" for line in life_lines(marks)] if not args.all else []
        lines += [*series_lines(here, series, standing), *drawn, ""]
    if args.stats and args.all:
        stats = stats_of(lives)
        output.data({"stats": stats, "unreadable": unreadable_document(unreadable)}, stats_lines(stats))
    else:
        output.data(
            {"series": documents, "underway": underway, "unreadable": unreadable_document(unreadable)}, lines[:-1]
        )
    return max((error.exit_code for _, error in unreadable), default=0)


def _picture(where: str, text: str, output: Output) -> int:
    if where == "-":
        output.text(text)
        return 0
    write_named(where, text)
    output.data({"picture": where}, [f"The picture is in {where}."])
    return 0
