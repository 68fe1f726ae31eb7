"""`patchflow redo`: makes again what `undo` took back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli import undo
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow redo"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--yes", action="store_true", help="do not ask on a terminal")


def run(args: argparse.Namespace, output: Output) -> int:
    """Makes one step again."""
    return undo.redo(clone(args).store.ledger, args.yes, output)
