"""`patchflow undo`: takes back the last change of branch, commits or state."""

from __future__ import annotations

import argparse

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone

EXAMPLE = "patchflow undo"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--list", action="store_true", help="only show what could be taken back, newest first")


def run(args: argparse.Namespace, output: Output) -> int:
    """Takes one step back."""
    here = clone(args)
    if args.list:
        titles = here.store.ledger.titles()
        output.data({"steps": titles}, titles or ["There is nothing to undo in this clone."])
        return 0
    title = here.store.ledger.undo()
    output.data({"undone": title}, [f"Taken back: {title}."])
    return 0
