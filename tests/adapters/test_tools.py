"""The linters of netdev's bots: only what is new counts, and one that is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchflow.adapters.kernel import tools
from tests.small_tree import kernel_tree


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))


OLD = b"/**\n * f - does it\n * @a: what\n */\nint f(int a, int b)\n{\n}\n"
NEW = OLD + b"\n/**\n * g - does it too\n */\nint g(int c)\n{\n}\n"


def test_kernel_doc_counts_only_what_is_new() -> None:
    tree = kernel_tree()
    if not (tree / "scripts" / "kernel-doc").is_file():
        pytest.skip("this tree has no scripts/kernel-doc")
    old, new = {"net/a.c": OLD}, {"net/a.c": NEW, "net/new.c": OLD}
    words, not_run = tools.run_tools(tree, ["net/a.c", "net/new.c", "gone.c"], old.get, new.get)
    assert {(rule, file) for rule, file, _, _ in words} == {("kdoc", "net/a.c"), ("kdoc", "net/new.c")}
    assert not any("'b'" in text for _, file, _, text in words if file == "net/a.c")
    assert not_run == []


def test_a_missing_tool_is_named_and_never_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "which", lambda name: None)
    given = {"a.yaml": b"a: 1\n", "b.sh": b"echo\n", "c.py": b"x\n", "d.c": b"int d;\n"}
    words, not_run = tools.run_tools(tmp_path, list(given), lambda path: None, given.get)
    assert words == []
    assert [row.split(":")[0] for row in not_run] == ["kdoc", "yamllint", "shellcheck", "pylint", "ruff"]


def test_files_that_no_tool_reads_run_none(tmp_path: Path) -> None:
    assert tools.run_tools(tmp_path, ["Makefile"], lambda path: None, lambda path: b"x") == ([], [])
