"""Reads the command line, loads the one command that was asked for, and turns errors into exit codes."""

from __future__ import annotations

import sys
from importlib import import_module

from patchflow.adapters import asker
from patchflow.adapters.git.state_format import need_known_format
from patchflow.adapters.paths import state_path
from patchflow.cli.diagnostics import Output, report, told
from patchflow.errors import Exit, UsageError
from patchflow.lazy_inspect import without_inspect

# Little else is imported up here: `cc -f`, which follows every keystroke of a caller, may not pay for it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

    from patchflow.adapters.kept_answer import KeptAnswer

# Command -> module below patchflow.cli and the line that `patchflow --help` shows. A module has
# arguments(parser) and run(args, output) -> int, and an EXAMPLE; it is imported only when it is asked for.
COMMANDS: dict[str, tuple[str, str]] = {
    "new": ("new", "start a series: a branch, its settings, an editable cover letter"),
    "adopt": ("adopt", "take over a branch as it is, b4's included"),
    "status": ("status", "where the series stands, and the one next step"),
    "cover": ("cover", "show or edit the cover letter"),
    "check": ("check", "what maintainers and bots would object to"),
    "rules": ("rules", "the rules, or one explained with its source and examples"),
    "cc": ("cc", "who gets it, and why"),
    "profile": ("profile", "the subsystem that files or commits belong to, and what holds there"),
    "window": ("window", "is the tree open for new patches"),
    "format": ("format", "write the versioned patches"),
    "diff": ("diff", "range-diff between two revisions"),
    "send": ("send", "check everything, show everything, then git send-email"),
    "verify": ("verify", "did what was sent arrive unchanged"),
    "fetch": ("fetch", "take mail in from mbox, Maildir or lore"),
    "thread": ("thread", "the reply tree"),
    "todo": ("todo", "open review comments, by file and line"),
    "reply": ("reply", "draft, lint and send an answer"),
    "trailers": ("trailers", "Reviewed-by and the like, into the right commits"),
    "patch": ("patch", "a patch split, squashed, moved, reworded or dropped; the series on a new base"),
    "respin": ("respin", "open the next revision"),
    "sync": ("sync", "take the state of your series to a remote of your own, and back"),
    "dep": ("dep", "what the series needs first, and whether a newer version of that is there"),
    "archive": ("archive", "put finished series away, out of status and board, and bring them back"),
    "backport": ("backport", "commits of Linus' tree to a stable branch, in a work tree of their own"),
    "review": ("review", "somebody else's series: shown, applied in a work tree of its own, checked and built"),
    "dig": ("dig", "the threads a commit came from, and who objected to what"),
    "watch": ("watch", "what is new of what you sent and of what waits for you, each thing once"),
    "search": ("search", "full text over the mail taken in"),
    "try": ("try_", "build, boot and trace what the series touches"),
    "hook": ("hook", "install, remove or run the git hooks"),
    "setup": ("setup", "set git up for sending patches, with six questions"),
    "trust": ("trust", "let patchflow run a tree's own scripts"),
    "doctor": ("doctor", "what is missing on this machine, and how to fix it"),
    "config": ("config", "settings, and where each comes from"),
    "completion": ("completion", "what bash, zsh or fish needs to complete commands and options"),
    "undo": ("undo", "take back the last change of branch, commits or state"),
    "redo": ("redo", "redo what undo took back"),
    "demo": ("demo", "the whole journey on a real tree with a loopback mail server"),
}

# Command -> the words that may stand beside it where its answer is kept: none of them writes, or names a file.
_KEPT = {"status": {"--all", "--json"}, "todo": {"--all", "--json"}, "review": {"list", "waiting", "--json"}}


def load(name: str) -> ModuleType:
    """The module of a command."""
    if name not in ("cc", "thread", "watch"):  # these put dataclasses off
        without_inspect()
    return import_module(f"patchflow.cli.{COMMANDS[name][0]}")


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser; with `only`, just for that command; with "" for no command, the others being names."""
    import argparse

    from patchflow import __version__

    parser = argparse.ArgumentParser(
        prog="patchflow",
        description="Carries a patch series to the kernel's lists and back. Without a command: the terminal UI.",
        epilog="Example: patchflow status",
    )
    _common(parser)
    parser.add_argument("--version", action="version", version=f"patchflow {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, (_, summary) in COMMANDS.items():
        if only and name != only:
            continue
        if only == "":
            commands.add_parser(name, help=summary, add_help=False)
            continue
        module = load(name)
        sub = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"Example: {module.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document")
        module.arguments(sub)
    return parser


def _common(parser: Any) -> None:
    """What stands before the command."""
    parser.add_argument("-C", dest="directory", default=".", metavar="DIR", help="run as if started in DIR")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--no-color", action="store_true", help="no colour, as with NO_COLOR")


def _place_of_command(words: Sequence[str]) -> int | None:
    """Where the command stands on the line, found without a parser, so that only its module is imported."""
    skip = False
    for place, word in enumerate(words):
        if skip:
            skip = False
        elif word == "-C":
            skip = True
        elif not word.startswith("-"):
            return place if word in COMMANDS else None
    return None


def main(argv: Sequence[str] | None = None) -> int:
    """Runs patchflow and returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    asker.find = lambda: load("trust").ask
    try:
        answer = _kept_answer(words)
        if answer and answer.found:
            Output().text(answer.found[0])
            return answer.found[1]
        args = read_plainly(words)
        if args is None:
            without_inspect()
            if (folder := _tui_alone(words)) is not None:
                return _tui(folder)
            place = _place_of_command(words)
            parser = build_parser(only="" if place is None else words[place])
            args = parser.parse_args(words)
            if args.command is None:
                return _bare(parser, args)
        if state := state_path(args.directory):
            need_known_format(state)
        output = Output(json=args.json, color=not args.no_color)
        code = int(load(args.command).run(args, output))
        told(output)
        if answer and output.printed is not None:
            answer.keep("".join(output.printed), code)
        return code
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(Exit.USAGE)
    except BaseException as error:  # noqa: BLE001 - the last door: no traceback may reach a user
        told(Output())
        return report(error, words)


def _kept_answer(words: Sequence[str]) -> KeptAnswer | None:
    """What was printed for this line a moment ago, or the place to keep it; None where no answer is kept."""
    place = _place_of_command(words)
    if place is None or words[place] not in _KEPT or not _KEPT[words[place]].issuperset(words[place + 1 :]):
        return None
    module = import_module("patchflow.adapters.kept_answer")
    answer: KeptAnswer | None = module.kept_answer(words[:place], words[place:])
    return answer


def read_plainly(words: Sequence[str]) -> Any:
    """The arguments of a plain command line, as argparse would give them; None where argparse has to be asked."""
    from types import SimpleNamespace

    from patchflow.cli.plain_line import NotPlain, PlainLine

    place = _place_of_command(words)
    if place is None:
        return None
    before, after = PlainLine(), PlainLine()
    try:
        _common(before)
        after.add_argument("--json", action="store_true", default="==SUPPRESS==")
        load(words[place]).arguments(after)
        return SimpleNamespace(
            **{**before.parse(words[:place]), "command": words[place], **after.parse(words[place + 1 :])}
        )
    except NotPlain:
        return None


def _tui_alone(words: Sequence[str]) -> str | None:
    """The folder, where the line asks for nothing but the terminal UI: no parser is made for that."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    if not words:
        return "."
    return words[1] if len(words) == 2 and words[0] == "-C" else None


def _tui(folder: str) -> int:
    import os

    from patchflow.adapters.trust import ask_with, nobody
    from patchflow.flow.machine.trust import ask_first

    if os.environ.get("TERM") == "dumb":
        raise UsageError(
            "This terminal cannot show the terminal UI (TERM is dumb); the commands serve there.",
            "`patchflow status --all` shows the board, `patchflow --help` the commands.",
        )
    if state := state_path(folder):
        need_known_format(state)
    if not sys.stderr.isatty():
        os.dup2(sys.stdout.fileno(), sys.stderr.fileno())  # Textual draws there: with `2>FILE` nothing would be seen
    ask_with(load("trust").ask)
    ask_first(folder)  # the UI checks patches, which runs scripts of the tree; behind its screen nobody can be asked
    ask_with(nobody)
    os.environ.setdefault("PATCHFLOW_TRUST", "known")
    frame = import_module("patchflow.tui.first_frame").FirstFrame(folder)
    try:
        ahead = import_module("patchflow.tui.read_ahead").ReadAhead(folder)
        return int(import_module("patchflow.tui.app").start(folder, frame.hand_over, ahead))
    except BaseException:
        frame.leave()
        raise


def _bare(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    """No command: the terminal UI on a terminal, the help elsewhere."""
    if sys.stdin.isatty() and sys.stdout.isatty() and not args.json:
        return _tui(args.directory)
    parser.print_help(sys.stderr)
    return int(Exit.USAGE)
