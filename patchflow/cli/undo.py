"""`patchflow undo` and `patchflow redo`: take back the last change of branch, commits or state, and make it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.asking import at_terminal, confirmed
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone

if TYPE_CHECKING:
    import argparse

    from patchflow.adapters.git.change import Step
    from patchflow.adapters.git.undo import Ledger

EXAMPLE = "patchflow undo"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--list", action="store_true", help="only show what could be taken back, newest first")
    how.add_argument("--redo", action="store_true", help="redo what was undone last")
    parser.add_argument("--yes", action="store_true",
                        help="do not ask, and take back a change from before a send as well")  # fmt: skip


def run(args: argparse.Namespace, output: Output) -> int:
    """Takes one step back; on a terminal it shows the step first and asks."""
    ledger = clone(args, take_back=False).store.ledger
    if args.list:
        return _list(ledger, output)
    return redo(ledger, args.yes, output) if args.redo else _undo(ledger, args.yes, output)


def _list(ledger: Ledger, output: Output) -> int:
    steps = list(ledger.steps())
    lines = [f"{step.title()}{'  (what left cannot be called back)' if step.change.sent else ''}" for step in steps]
    if undone := next(ledger.undone(), None):
        lines.append(f"taken back, `patchflow redo` makes it again: {undone.title()}")
    document = {
        "steps": [step.change.title for step in steps if not step.change.sent],
        "details": [step.document() for step in steps],
        "redo": undone.change.title if undone else "",
    }
    output.data(document, lines or ["There is nothing to undo in this clone."])
    return 0


def _undo(ledger: Ledger, yes: bool, output: Output) -> int:
    asked = ""
    if not yes and at_terminal() and not ledger.pending.exists() and (step := ledger.newest()):
        asked = step.path.name
        _show(step, False, output)
        if not confirmed("Take this back?", "u"):
            output.note("Nothing was changed.")
            return 0
    title = ledger.undo(asked, past_sends=yes or bool(asked))
    output.data({"undone": title}, [f"Taken back: {title}."])
    return 0


def redo(ledger: Ledger, yes: bool, output: Output) -> int:
    """Makes again what was taken back last; on a terminal it shows the step first and asks."""
    asked = ""
    if not yes and at_terminal() and (step := ledger.newest_undone()):
        asked = step.path.name
        _show(step, True, output)
        if not confirmed("Make this again?", "r"):
            output.note("Nothing was changed.")
            return 0
    title = ledger.redo(asked)
    output.data({"redone": title}, [f"Made again: {title}."])
    return 0


def _show(step: Step, forward: bool, output: Output) -> None:
    for line in step.lines(forward):
        output.note(line)
