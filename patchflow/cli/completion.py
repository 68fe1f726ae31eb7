"""`patchflow completion`: what the shell needs to complete commands and options, made from the parser itself."""

from __future__ import annotations

import argparse

from patchflow.cli.diagnostics import Output
from patchflow.cli.main import build_parser

EXAMPLE = "patchflow completion bash > ~/.local/share/bash-completion/completions/patchflow"
SHELLS = ("bash", "zsh", "fish")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("shell", choices=SHELLS, help="the shell to complete in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints the script."""
    import shtab

    parser = build_parser()
    _name_files(parser, {"FILE": shtab.FILE, "DIR": shtab.DIRECTORY, "TREE": shtab.DIRECTORY})
    script = shtab.complete(parser, args.shell)
    output.data({"shell": args.shell, "script": script}, [script.rstrip("\n")])
    return 0


def _name_files(parser: argparse.ArgumentParser, kinds: dict[str, object]) -> None:
    """Marks the arguments that are files and folders by their names in the help."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                _name_files(sub, kinds)
        elif isinstance(action.metavar, str) and action.metavar in kinds:
            action.complete = kinds[action.metavar]  # type: ignore[attr-defined]
