"""`patchflow completion`: what a shell needs to complete commands and options, made from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from patchflow.cli.diagnostics import Output
from patchflow.cli.main import build_parser

EXAMPLE = "patchflow completion bash > ~/.local/share/bash-completion/completions/patchflow"
SHELLS = ("bash", "zsh", "fish")
WORDS = "words"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("shell", choices=(*SHELLS, WORDS),
                        help="the shell to complete in; words: a line for each command, COMMAND: WORD...")  # fmt: skip


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints the script."""
    parser = build_parser()
    if args.shell == WORDS:
        words = dict(_words(parser, ""))
        output.data({"shell": WORDS, "words": words}, [f"{name}: {' '.join(one)}" for name, one in words.items()])
        return 0
    import shtab

    _name_files(parser, {"FILE": shtab.FILE, "DIR": shtab.DIRECTORY, "TREE": shtab.DIRECTORY})
    script = shtab.complete(parser, args.shell)
    output.data({"shell": args.shell, "script": script}, [script.rstrip("\n")])
    return 0


def _words(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, list[str]]]:
    """Each command ("" for the program) with the commands below it, the words to choose from, and its options."""
    below = {word: sub for one in parser._actions if isinstance(one, argparse._SubParsersAction)
             for word, sub in one.choices.items()}  # fmt: skip
    choices = [str(word) for one in parser._actions if not one.option_strings for word in one.choices or ()]
    options = [word for one in parser._actions for word in one.option_strings if word.startswith("--")]
    yield name, [*choices, *options]
    for word, sub in below.items():
        yield from _words(sub, f"{name} {word}".strip())


def _name_files(parser: argparse.ArgumentParser, kinds: dict[str, object]) -> None:
    """Marks the arguments that are files and folders by their names in the help."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                _name_files(sub, kinds)
        elif isinstance(action.metavar, str) and action.metavar in kinds:
            action.complete = kinds[action.metavar]  # type: ignore[attr-defined]
