"""Words that are not used where a user or a reader meets them: messages, help, rules, pages, names of fragments.

What a native reader objects to: words of no trade, empty words, and American spelling among British. Names are left
alone: what stands in backquotes, options, and NO_COLOR.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# A pattern of words, and what is said instead.
UNUSED = {
    r"mend(?:s|ed|ing)?": "fix",
    r"melt(?:s|ed|ing)?": "squash",
    r"riddles?": "question, or say what it is",
    r"fillers?": "",
    r"simply": "",
    r"obviously|of course|needless to say": "",
    r"basically|actually|really|very": "",
    r"please note|note that|it should be noted": "",
    r"kindly": "",
    r"leverag(?:e|es|ed|ing)": "use",
    r"utili[sz](?:e|es|ed|ing|ation)": "use",
    r"in order to": "to",
    r"in case of|in the event": "where, if",
    r"seamless(?:ly)?|effortless(?:ly)?|powerful|blazing(?:ly)?|cutting[- ]edge": "a figure",
    r"whilst|amongst|thereof|wherein|hereby|heretofore|thusly": "while, among, …",
    r"functionality": "what it does",
    r"performant": "quick, with a figure",
    r"sanity[- ]check(?:s|ed)?": "check",
    r"whitelist(?:s|ed)?|blacklist(?:s|ed)?": "allow, refuse",
    r"color(?:s|ed|ing)?": "colour",
    r"behavior(?:s)?": "behaviour",
    r"favorites?|neighbors?|honor(?:s|ed)?|gray|canceled": "British spelling",
    r"\w+\((?:s|es)\)": "one thing, two things",
    r"more seldom|most seldom": "less often",
    r"otherwise than": "differs from",
    r"heed(?:s|ed|ing)?|unheeded": "count, look at",
    r"where that were|and its kin": "where that would be, and its derivatives",
    r"oops!?|uh-oh|hooray|sorry": "what failed, why, and what to do",
}  # fmt: skip
_PATTERN = re.compile("|".join(rf"\b(?:{words})(?!\w)" for words in UNUSED), re.IGNORECASE)
# Names: code, options, what the kernel calls an Oops, tags in another's words.
_NAMES = re.compile(
    r"`[^`]*`|```.*?```|--[a-z-]+|\bNO_COLOR\b|\bOops(?:es)?\b|\"[^\"\n]*\"|https?://\S+|^ {4,}.*$",
    re.MULTILINE | re.DOTALL,
)
PAGES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "changes").glob("*.md")), ROOT / "man/patchflow.1",
    *sorted((ROOT / "templates").iterdir()),
]  # fmt: skip
SOURCES = sorted((ROOT / "patchflow").rglob("*.py"))


def complaints(text: str) -> list[str]:
    """The words of a text that are not used, each with what to say instead."""
    found = []
    for match in _PATTERN.finditer(_NAMES.sub(" ", text)):
        instead = next(say for words, say in UNUSED.items() if re.fullmatch(words, match[0], re.IGNORECASE))
        found.append(f"{match[0]!r}: {instead or 'leave it out'}")
    return found


def texts(path: Path) -> Iterator[str]:
    """What a source says: docstrings, of which help, rules and messages are made, and all other sentences.

    What formats/ holds besides docstrings are the words of others' mails.
    """
    tree = ast.parse(path.read_text())
    if "formats" in path.parts:
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield ast.get_docstring(node) or ""
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.count(" ") > 1:
            yield node.value


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages(path: Path) -> None:
    assert not complaints(path.read_text().replace(r"\-", "-"))


def test_sources() -> None:
    found = {str(path.relative_to(ROOT)): said for path in SOURCES if (said := [
        one for text in texts(path) for one in complaints(text)])}  # fmt: skip
    assert not found


@pytest.mark.parametrize(("text", "said"), [
    ("Mended it.", ["'Mended': fix"]), ("It simply works in a color.", ["'simply': leave it out", "'color': colour"]),
    ("`color.ui`, --no-color and NO_COLOR", []), ("An Oops, an amend, a commendable recommendation", []),
])  # fmt: skip
def test_the_search_sees_it(text: str, said: list[str]) -> None:
    assert complaints(text) == said
