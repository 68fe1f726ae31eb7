"""`patchflow trust`: lets a tree run its own scripts; and the question that is asked once of a tree not known yet."""

from __future__ import annotations

import argparse
import sys

from patchflow.cli.asking import said_yes
from patchflow.cli.diagnostics import Output
from patchflow.errors import PatchflowError

EXAMPLE = "patchflow -C ~/linux trust"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="the trees that are trusted")
    what.add_argument("--remove", action="store_true", help="trust it no longer")


def run(args: argparse.Namespace, output: Output) -> int:
    """Keeps the answer in the user's state folder."""
    from patchflow.wiring.trust import tree_around, trust, trusted_trees

    if not args.list:
        tree = tree_around(args.directory)
        trust(tree, not args.remove)
        output.note(f"The scripts of {tree.resolve()} {'will be asked about again' if args.remove else 'may run'}.")
    trees = trusted_trees()
    output.data({"trusted": trees}, trees)
    return 0


def ask_once(directory: str) -> None:
    """Asks on a terminal whether the tree around a folder may run its scripts, and keeps a yes; PatchflowError on a no.

    Where nobody can be asked (a script, CI), who started patchflow there has answered; a note says so.
    """
    from patchflow.wiring.trust import trust, unknown_tree

    tree = unknown_tree(directory)
    if tree is None:
        return
    output = Output()
    what = (
        f"patchflow runs the tree's own scripts (checkpatch.pl, get_maintainer.pl, its Makefiles) in {tree.resolve()}"
    )
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        output.note(f"{what}. `patchflow trust` there says once that it may, and this note goes away.")
        return
    output.note(f"{what}. A tree from somebody you do not trust could do anything with them.")
    if not said_yes("Do you trust this tree?"):
        raise PatchflowError("The scripts of this tree may not run.", "`patchflow trust` there lets them.")
    trust(tree)
