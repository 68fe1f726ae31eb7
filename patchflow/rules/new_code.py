"""The new side of a hunk, parsed by tree-sitter, so that strings, comments and macros fool no rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.domain.diff import FileDiff, Hunk
from patchflow.domain.patch import Patch

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_WORDS = lazy_re.compile(r'"(?:\\.|[^"\\])*"|/\*[\s\S]*?\*/|//.*')  # strings and comments


@cache
def _parser(rust: bool) -> Parser:
    from tree_sitter import Language, Parser

    if rust:
        import tree_sitter_rust

        return Parser(Language(tree_sitter_rust.language()))
    import tree_sitter_c

    return Parser(Language(tree_sitter_c.language()))


class NewCode:
    """The new side of one hunk as parsed C (or Rust), with the file's line numbers and which lines were added."""

    def __init__(self, hunk: Hunk, rust: bool = False) -> None:
        rows = [(line[1:], new, line[:1] == "+") for line, _, new in hunk.numbered() if line[:1] in ("+", " ")]
        self.text = [text for text, _, _ in rows]
        self.numbers = [number for _, number, _ in rows]
        self.added = [added for _, _, added in rows]
        self.root = _parser(rust).parse(_code_of("\n".join(self.text)).encode("utf-8", "replace")).root_node

    def nodes(self, *kinds: str) -> Iterator[Node]:
        """Every node of these kinds, in reading order."""
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.type in kinds:
                yield node
            stack.extend(reversed(node.children))

    def line(self, node: Node) -> int:
        """The file's line number a node begins on."""
        return self.numbers[node.start_point[0]] if node.start_point[0] < len(self.numbers) else 0

    def is_added(self, node: Node) -> bool:
        """Whether the row a node begins on was added."""
        row = node.start_point[0]
        return row < len(self.added) and self.added[row]

    def macro_rows(self) -> Iterator[tuple[int, str]]:
        """The rows of what macros stand for, which is text to the grammar, without strings and comments."""
        for node in self.nodes("preproc_arg"):
            body = _WORDS.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), words_of(node))
            yield from enumerate(body.split("\n"), start=node.start_point[0])


def _code_of(text: str) -> str:
    """The text, with the rest of a comment in whose middle the hunk begins blanked out, lines kept."""
    end = text.find("*/") + 2
    if 0 <= text.find("/*") < end:
        end = 0
    if end < 2:  # nowhere closed: lines as they stand in a comment, until one that does not
        match = re.match(r"(?:[ \t]*\*(?:[ \t].*)?(?:\n|$))+", text)
        end = match.end() if match else 0
    return re.sub(r"[^\n]", " ", text[:end]) + text[end:]


@cache
def _parsed(hunk: Hunk, rust: bool) -> NewCode:
    return NewCode(hunk, rust)


def changed_code(patch: Patch, *suffixes: str) -> Iterator[tuple[FileDiff, NewCode]]:
    """The new side of each hunk with added lines, of files that end so."""
    for file in patch.files:
        if file.path.endswith(suffixes) and file.new:
            for hunk in file.hunks:
                if any(line[:1] == "+" for line in hunk.lines):
                    yield file, _parsed(hunk, file.path.endswith(".rs"))


def words_of(node: Node) -> str:
    """A node's own text."""
    return (node.text or b"").decode("utf-8", "replace")
