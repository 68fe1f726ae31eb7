"""Rules about comments in added C code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from patchflow.domain.finding import Scope, Severity
from patchflow.domain.patch import Patch
from patchflow.rules.context import Context
from patchflow.rules.new_code import changed_code
from patchflow.rules.registry import Hit, rule

# Lists whose rows the handbook lets be commented behind, or that are tables.
_TABLES = ("field_declaration_list", "enumerator_list", "initializer_list", "enumerator", "field_declaration")


@rule("tail-comments", Scope.PATCH, Severity.ADVICE, "Documentation/process/maintainer-tip.rst", local=True)
def tail_comments(patch: Patch, context: Context) -> Iterator[Hit]:
    """A comment stands above the code it is about, not behind it, where a tree's handbook says so.

    Members of structures, enumerations, tables and what closes a preprocessor block are left alone.

    Okay:
        Diff: kernel/irq/a.c
        +static void f(void)
        +{
        +	/* This magic needs a comment */
        +	a = b;
        +}

    Okay:
        Diff: kernel/irq/a.h
        +struct a {
        +	u32 shift; // Number of bits to shift
        +};

    Bad:
        Diff: kernel/irq/a.c
        +static void f(void)
        +{
        +	a = b; /* This magic needs a comment */
        +}
    """
    for file, code in changed_code(patch, ".c", ".h"):
        gone = {text.strip() for _, text in file.removed()}
        for node in code.nodes("comment"):
            row, column = node.start_point
            text = code.text[row] if row < len(code.text) else ""
            before = text.encode("utf-8", "replace")[:column].decode("utf-8", "replace").strip()
            if not before or not code.is_added(node) or text.strip() in gone:
                continue
            if file.path.endswith(".h") and re.fullmatch(r"[\w\s*\[\],:]+;", before):
                continue  # a member, of a structure that begins above the hunk
            if before.startswith("#") or re.fullmatch(r"[{}\s;,)]+", before) or before.endswith("\\"):
                continue
            if node.parent is not None and node.parent.type in _TABLES:
                continue
            if node.end_point[0] == row and text.encode("utf-8", "replace")[node.end_point[1] :].strip():
                continue  # between words of one statement, such as a name of an argument
            yield Hit("a comment behind the code: put it above", code.numbers[row], file.path)
