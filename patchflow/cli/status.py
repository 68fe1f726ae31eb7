"""`patchflow status`: where every series stands, and the one next step."""

from __future__ import annotations

import argparse

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone, series_document, series_lines, standing_of
from patchflow.errors import PatchflowError

EXAMPLE = "patchflow status --all"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--all", action="store_true", help="every series of this clone, not only the current branch's")


def run(args: argparse.Namespace, output: Output) -> int:
    """Shows the current branch's series, or all; where the current branch is none, all."""
    here = clone(args)
    names = here.store.names()
    if not args.all:
        try:
            current = here.repository.current_branch()
        except PatchflowError:
            current = ""
        names = [current] if current in names else names
    if not names:
        output.data({"series": []}, ["No series here yet. Start one: `patchflow new NAME`, or `patchflow adopt`."])
        return 0
    from patchflow.wiring.board import Review

    review = Review(here)
    documents: list[object] = []
    lines: list[str] = []
    for name in names:
        try:
            series = here.store.load(name, with_diffs=False)
        except PatchflowError as error:
            output.note(f"{name}: {error.paragraph()}")
            continue
        standing = standing_of(here, series, review)
        documents.append(series_document(here, series, standing))
        lines += [*series_lines(here, series, standing), ""]
    output.data({"series": documents}, lines[:-1])
    return 0
