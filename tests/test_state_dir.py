"""adapters/git/state_dir.py owns every file below .git/patchflow: nobody else puts a name to that folder."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from patchflow.adapters.git import state_names
from tests.conftest import ROOT

OWNER = "patchflow/adapters/git/state_dir.py"
# Whatever holds the folder: `state`, `repository.state`, `state_folder(here)`, `state_path(directory)`, `StateDir(…)`.
HOLDS = re.compile(r"(^|\.)(state|state_dir|state_folder|state_path|StateDir)(\(.*\))?(\.folder)?$")
# The user's own state folder (XDG) is not a clone's.
OTHERS = {("patchflow/adapters/trust.py", "state_folder()"), ("patchflow/adapters/git/hooks.py", "state_folder()")}


def names_put_together(tree: ast.Module) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    """What a path begins with, and what is joined to it: by `/`, os.path.join, joinpath, with_name or a glob."""
    for one in ast.walk(tree):
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Div):
            yield one.left, [one.right]
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.args:
            if ast.unparse(one.func) == "os.path.join":
                yield one.args[0], one.args[1:]
            elif one.func.attr in ("joinpath", "with_name", "glob", "rglob"):
                yield one.func.value, one.args


def literal(word: ast.expr) -> str | None:
    """The literal name, or the literal part that a name is made with."""
    if isinstance(word, ast.JoinedStr):
        return "".join(str(part.value) for part in word.values if isinstance(part, ast.Constant))
    return word.value if isinstance(word, ast.Constant) and isinstance(word.value, str) else None


def owned() -> set[str]:
    """The names that the owner joins; some of them it takes from state_names.py."""
    tree = ast.parse((ROOT / OWNER).read_text())
    joined = {name for _, words in names_put_together(tree) for word in words if (name := literal(word))}
    return joined | {name for key, name in vars(state_names).items() if key.isupper()}


def trespasses(where: str, tree: ast.Module, names: set[str]) -> list[str]:
    """Places where a literal name is joined to the state folder, or a name that is the owner's to anything."""
    found = []
    for left, words in names_put_together(tree):
        for name in filter(None, map(literal, words)):
            begins = ast.unparse(left)
            own = name in names and name not in PLAIN
            if (HOLDS.search(begins) or own) and (where, begins) not in OTHERS:
                found.append(f"{where}:{left.lineno}: {begins} and {name!r}")
    return found


# Words that name other folders, too.
PLAIN = {"mail", "*/plan.json", "plan.json", "-v", "-", ".lock", ".json"}


def test_nobody_else_joins_a_name_to_the_state_folder() -> None:
    names, found = owned(), []
    assert {"comments.json", "mine", "drafts", "outbox", "series", "cover", "step.json", "state.lock"} <= names
    for path in sorted((ROOT / "patchflow").rglob("*.py")):
        where = str(path.relative_to(ROOT))
        if where != OWNER:
            found += trespasses(where, ast.parse(path.read_text()), names)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("line", [
    'here.repository.state.folder / "new-file"', 'StateDir(state_folder(here)).folder / "new-file"',
    'os.path.join(self.state, "mine")', 'folder / "comments.json"', 'here.repository.state.folder.rglob("*.json")',
    'state / f"{name}.json"', 'path.with_name("drafts.lock")',
])  # fmt: skip
def test_the_search_sees_it(line: str) -> None:
    assert trespasses("patchflow/other.py", ast.parse(line), owned())


def test_what_it_names_is_what_architecture_tells() -> None:
    assert f"`{Path(OWNER).relative_to('patchflow')}`" in (ROOT / "ARCHITECTURE.md").read_text()
