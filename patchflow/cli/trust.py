"""`patchflow trust`: lets a tree run its own scripts; and the question that is asked once of a tree not known yet."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from patchflow.adapters.trust import Answer, set_trust, trusted
from patchflow.cli.asking import at_terminal, said_yes
from patchflow.cli.diagnostics import Output
from patchflow.flow.machine.trust import tree_around

if TYPE_CHECKING:
    import argparse


EXAMPLE = "patchflow -C ~/linux trust"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="the trees that are trusted")
    what.add_argument("--remove", action="store_true", help="stop trusting it")


def run(args: argparse.Namespace, output: Output) -> int:
    """Keeps the answer in the user's state folder."""
    if not args.list:
        tree = tree_around(args.directory)
        set_trust(tree, not args.remove)
        output.note(f"The scripts of {tree.resolve()} {'will be asked about again' if args.remove else 'may run'}.")
    trees = [one.folder for one in trusted()]
    output.data({"trusted": trees}, trees)
    return 0


def ask(tree: str, changed: Sequence[str], known: bool) -> Answer:
    """Asks on a terminal whether a tree may run its scripts. Where nobody can be asked (a script, CI), who started
    patchflow there has answered; a note says so. PATCHFLOW_TRUST=known answers no there: so the terminal UI starts
    commands, whose user was asked before.
    """
    output = Output()
    what = f"patchflow runs the tree's own scripts (checkpatch.pl, get_maintainer.pl, its Makefiles) in {tree}"
    if not at_terminal():
        if os.environ.get("PATCHFLOW_TRUST") == "known":
            return Answer.NO
        output.note(f"{what}. `patchflow trust` there says once that it may, and this note goes away.")
        return Answer.NOW
    shown = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
    if known:
        output.note(f"You trust {tree}, but code in it is not what was checked out: {shown}.")
    else:
        output.note(f"{what}. A tree from somebody you do not trust could do anything with them.")
        if changed:
            output.note(f"Not what was checked out there: {shown}.")
    return Answer.YES if said_yes("Do you trust this tree?") else Answer.NO
