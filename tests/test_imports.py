"""Where imports stand, and that none goes in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tests.conftest import ROOT

# What is left waits in a function because a hook, a short command or the UI's start does without it; see
# benchmarks/startup.py. b4 has 88 of them.
MOST_IN_FUNCTIONS = 148


@lru_cache(maxsize=1)
def modules() -> dict[str, ast.Module]:
    found: dict[str, ast.Module] = {}
    for path in (ROOT / "patchflow").rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text())
    return found


def in_functions(tree: ast.Module) -> set[ast.stmt]:
    functions = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    return {one for each in functions for one in ast.walk(each) if isinstance(one, ast.Import | ast.ImportFrom)}


def imported(tree: ast.Module, known: dict[str, ast.Module]) -> Iterator[str]:
    """Modules of ours that run when this one is imported, or when a function of it is called."""
    typed = [one for one in tree.body if isinstance(one, ast.If) and ast.unparse(one.test) == "TYPE_CHECKING"]
    unseen = {one for each in typed for one in ast.walk(each)}
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom) and one.module and one not in unseen:
            for name in one.names:
                full = f"{one.module}.{name.name}"
                yield full if full in known else one.module


def test_few_imports_stand_in_functions() -> None:
    counts = {name: len(in_functions(tree)) for name, tree in modules().items()}
    assert sum(counts.values()) < MOST_IN_FUNCTIONS, sorted(counts.items(), key=lambda one: -one[1])[:10]


def test_no_imports_go_in_a_circle() -> None:
    known = modules()
    links = {name: sorted(set(imported(tree, known)) & set(known)) for name, tree in known.items()}
    done: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above[above.index(name) :], name))
        if name not in done:
            for other in links[name]:
                walk(other, (*above, name))
            done.add(name)

    for name in known:
        walk(name, ())


def test_the_counter_sees_them(tmp_path: Path) -> None:
    tree = ast.parse("import os\ndef f():\n    import re\n    def g():\n        from sys import path\n")
    assert len(in_functions(tree)) == 2
