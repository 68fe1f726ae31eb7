"""Writes the page of the rules and a page of each command, from the code itself, when the documentation is built."""

from __future__ import annotations

import argparse
import html
import re
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

_SCOPES = {
    "commit": "Commit messages",
    "patch": "Code",
    "mail": "The mails of a revision",
    "series": "The series as a whole",
    "reply": "Replies",
}


def on_config(config: Any) -> Any:
    """mkdocs asks what is in the menu: the commands are, in the order of the help."""
    config.nav.insert(-1, {"Commands": [f"commands/{name}.md" for name, _ in _commands()]})
    return config


def on_files(files: Any, config: Any) -> Any:
    """mkdocs asks which files there are: the page of the rules is one of them, and one of each command."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "rules.md", content=rules_page()))
    for name, parser in _commands():
        files.append(File.generated(config, f"commands/{name}.md", content=command_page(name, parser)))
    return files


def _commands() -> list[tuple[str, argparse.ArgumentParser]]:
    from patchflow.cli.main import build_parser

    return list(_below(build_parser()).items())


def _below(parser: argparse.ArgumentParser) -> dict[str, Any]:
    """The commands below a command, by name."""
    found = (one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
    return dict(next((dict(one.choices) for one in found), {}))


def command_page(name: str, parser: argparse.ArgumentParser) -> str:
    """A command: what it does, its usage, arguments and options, and an example; those below it in sections."""
    return "\n\n".join([f"# patchflow {name}", *_described(parser, name)]) + "\n"


def _described(parser: argparse.ArgumentParser, name: str) -> list[str]:
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    parts = [_plain(parser.description or ""), f"```text\n{usage}\n```"]
    rows = [one for one in parser._actions if one.dest != "help" and one.help not in (None, argparse.SUPPRESS)]
    rows = [one for one in rows if not isinstance(one, argparse._SubParsersAction)]
    if rows:
        table = ["| | |", "| --- | --- |", *(f"| {_called(one)} | {_plain(_help(parser, one))} |" for one in rows)]
        parts.append("\n".join(table))
    if parser.epilog and parser.epilog.startswith("Example: "):
        parts.append(f"For example:\n\n```text\n{parser.epilog.removeprefix('Example: ')}\n```")
    for word, below in _below(parser).items():
        parts += [f"## patchflow {name} {word}", *_described(below, f"{name} {word}")]
    return [part for part in parts if part]


def _called(action: argparse.Action) -> str:
    """How an argument or option is written, for a cell of a table."""
    value = action.metavar or (action.dest.upper() if action.nargs != 0 and action.option_strings else action.dest)
    value = " ".join(value) if isinstance(value, tuple) else value
    words = [f"{word}{'' if action.nargs == 0 else f' {value}'}" for word in action.option_strings] or [value]
    return ", ".join(f"<code>{html.escape(word).replace('|', '&#124;')}</code>" for word in words)


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    return str(parser._get_formatter()._expand_help(action))


def _plain(text: str) -> str:
    """Text of a help, as Markdown takes it."""
    return re.sub(r"(`[^`]*`)|([<|_*])", lambda match: match[1] or f"\\{match[2]}", text)


def rules_page() -> str:
    """Every rule with its severity, source and examples, by what it looks at."""
    from patchflow.rules.registry import DATE, VERSION, all_rules

    parts = [
        "# The rules, one by one",
        f"The rules are of version {VERSION} ({DATE}). `patchflow rules` lists them, `patchflow rules ID` shows one. "
        "An error stops a send; a warning and an advice do not. checkpatch.pl's own findings come beside them.",
    ]
    rules = all_rules()
    for scope in dict.fromkeys(str(rule.scope) for rule in rules):
        parts.append(f"## {_SCOPES.get(scope, scope.capitalize())}")
        for rule in rules:
            if str(rule.scope) == scope:
                parts += [f"### {rule.id}", f"*{rule.severity}* · source: {rule.source}", _explained(rule.doc)]
    return "\n\n".join(parts) + "\n"


def _explained(doc: str) -> str:
    """A docstring with its examples as blocks."""
    out: list[str] = []
    for paragraph in _paragraphs(doc):
        head, _, rest = paragraph.partition("\n")
        if head in ("Okay:", "Bad:"):
            out.append(f"{'Fine' if head == 'Okay:' else 'Not so'}:\n\n```text\n{dedent(rest)}\n```")
        else:
            out.append(paragraph.replace("<", "&lt;") if "`" not in paragraph else paragraph)
    return "\n\n".join(out)


def _paragraphs(doc: str) -> list[str]:
    """The paragraphs; an example runs to the next line that is not indented."""
    found: list[list[str]] = [[]]
    for line in dedent(doc).split("\n"):
        in_example = bool(found[-1]) and found[-1][0] in ("Okay:", "Bad:")
        if (not line and not in_example) or (in_example and line and not line.startswith(" ")):
            found.append([line] if line else [])
        else:
            found[-1].append(line)
    return ["\n".join(lines).rstrip() for lines in found if any(lines)]
