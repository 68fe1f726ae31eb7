"""`patchflow sync`: the state of the series, to a remote of one's own and back from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.asking import confirmed
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.flow.sync.run import public_hosts, pull, push

if TYPE_CHECKING:
    import argparse

    from patchflow.flow.clone import Clone

EXAMPLE = "patchflow sync push home"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("what", choices=("push", "pull"), help="push puts the series, their covers, what was sent, "
                        "marks and drafts there; pull merges what another machine pushed")  # fmt: skip
    parser.add_argument("remote", metavar="REMOTE", help="a git remote that only you read")
    parser.add_argument("--yes", action="store_true", help="do not ask, even if the host is known to be public")


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where another machine pushed first, or the user said no."""
    here = clone(args)
    return _push(here, args.remote, args.yes, output) if args.what == "push" else _pull(here, args.remote, output)


def _push(here: Clone, remote: str, yes: bool, output: Output) -> int:
    if hosts := public_hosts(here, remote):
        question = f"{remote} is on {', '.join(hosts)}, where everybody may read your drafts and marks. Push there?"
        if not confirmed(question, "p", yes):
            output.note(f"Nothing was pushed: {hosts[0]} is known to be public. `--yes` pushes all the same.")
            return 1
    count = push(here, remote)
    output.data({"remote": remote, "changed": count},
                [f"{remote} has this clone's state: {count} item{'s'[: count != 1]} changed."])  # fmt: skip
    return 0


def _pull(here: Clone, remote: str, output: Output) -> int:
    done = pull(here, remote)
    for one in done.notes:
        output.note(one)
    lines = [f"{done.changed} item{'s'[: done.changed != 1]} of {remote} merged into this clone."]
    lines += [f"changed on both: {one.name} (yours stays; the other one's is {_place(one.where)})" for one in done.both]
    lines += [f"deleted on one machine and changed on the other, so it is there again: {name}" for name in done.back]
    both = [{"item": one.name, "kept": _place(one.where)} for one in done.both]
    output.data({"remote": remote, "changed": done.changed, "both": both, "back": list(done.back)}, lines)
    return 0


def _place(name: str) -> str:
    """Where an item that was kept is found here."""
    words = name.split("/")
    if words[0] == "series":
        return f"refs/{'patchflow' if words[2] == 'records' else 'patchflow-kept'}/{words[1]}/{words[3]}"
    return f".git/patchflow/other-machine/{name.removeprefix('kept/')}"
