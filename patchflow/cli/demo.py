"""`patchflow demo`: the whole journey on a real tree with a loopback mail server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.demo.story import play

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow demo"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--tree", default="", metavar="DIR", help="the kernel tree (default: kernel/linux)")
    parser.add_argument("--folder", default="", metavar="DIR", help="the demo's own folder (default: demo)")


def run(args: argparse.Namespace, output: Output) -> int:
    """Plays the story and exits 0 only if every step held."""
    return play(args.tree, args.folder, output)
