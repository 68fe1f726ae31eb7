"""`patchflow hook`: installs, removes and runs the git hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import UsageError
from patchflow.githooks import __main__ as program
from patchflow.githooks.__main__ import NAMES, main

if TYPE_CHECKING:
    import argparse

    from patchflow.adapters.git.hooks import HookFolder, HookState

EXAMPLE = "patchflow hook install"
_SAYS = {
    "ours": "installed",
    "stale": "installed by another patchflow: `patchflow hook install` renews it",
    "other": "a hook that is not patchflow's",
    "none": "not installed",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("what", choices=("install", "uninstall", "list", "run"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)} (default: all)")


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 0, or what the hook says under `run`."""
    if args.what == "run":
        return main(args.names, asks=True)
    names = args.names or list(NAMES)
    for name in names:
        if name not in NAMES:
            raise UsageError(f"{name!r} is none of patchflow's hooks.", f"There are {', '.join(NAMES)}.")
    here = clone(args)
    if args.what == "install":
        from patchflow.flow.machine.trust import ask_first

        ask_first(args.directory)  # the hooks run the tree's scripts and ask nobody
    from patchflow.flow.machine.hooks import hook_folder

    folder = hook_folder(here, program.__file__, program.LIGHT)
    if args.what == "uninstall":
        return _uninstall(folder, names, output)
    states = [folder.install(name) if args.what == "install" else folder.state(name) for name in names]
    output.data({"folder": str(folder.folder), "hooks": [_document(s) for s in states]}, map(_line, states))
    if args.what == "install" and not folder.folder.is_relative_to(here.repository.common):
        output.note(
            f"core.hooksPath is {folder.folder}: every repository that looks there runs these hooks. In work trees "
            "that are not a kernel's they do nothing."
        )
    return 0


def _uninstall(folder: HookFolder, names: list[str], output: Output) -> int:
    gone = [name for name in names if folder.uninstall(name)]
    lines = [f"{name}: {'removed' if name in gone else 'was not installed'}" for name in names]
    output.data({"folder": str(folder.folder), "removed": gone}, lines)
    return 0


def _document(state: HookState) -> dict[str, str]:
    return {"name": state.name, "path": str(state.path), "state": state.state, "chained": state.chained}


def _line(state: HookState) -> str:
    more = f", after {state.chained}" if state.chained else ""
    return f"{state.name}: {_SAYS[state.state]}{more}"
