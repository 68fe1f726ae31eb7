"""Writes the page of the rules from the rules' own docstrings, when the documentation is built."""

from __future__ import annotations

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


def on_files(files: Any, config: Any) -> Any:
    """mkdocs asks which files there are: the page of the rules is one of them."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "rules.md", content=rules_page()))
    return files


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
