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


def stand_in(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'No module named yaml' >&2; exit 1", "yamllint failed (status 1): No module named yaml"),
        ("exit 2", "yamllint failed (status 2): it said nothing"),
        ("kill -9 $$", "yamllint failed (status -9): it said nothing"),
    ],
)
def test_a_tool_that_fails_is_named_and_never_a_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    stand_in(tmp_path / "bin", "yamllint", script)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    found = tools.run_tools(tmp_path, ["a.yaml"], lambda path: None, lambda path: b"a: 1\n")
    assert found == ([], [f"yamllint: {words}"])


@pytest.mark.parametrize("form", ["net/a.c:3: warning: W", "Warning: net/a.c:3 W", "WARNING: net/a.c:3: W"])
def test_both_forms_of_kernel_doc_are_read(tmp_path: Path, form: str) -> None:
    stand_in(tmp_path / "scripts", "kernel-doc", f"echo '{form}' >&2")
    words, _ = tools.run_tools(tmp_path, ["net/a.c"], lambda path: None, lambda path: b"int a;\n")
    assert [(file, line) for _, file, line, _ in words] == [("net/a.c", 3)]
    assert words[0][3].lower() == "warning: w"


def test_what_stands_beside_a_file_is_read_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tools" / "net"
    folder.mkdir(parents=True)
    (folder / "lib.sh").write_text("lib=1\n")
    (tmp_path / "tools" / ".shellcheckrc").write_text("disable=SC1\n")
    read = '$(cat lib.sh ../.shellcheckrc | tr "\\n" " ")$(cat $f)'
    stand_in(tmp_path / "bin", "shellcheck", f'for f; do [ -f "$f" ] && echo "$f:1:1: note: {read}"; done')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    words, not_run = tools.run_tools(tmp_path, ["tools/net/new.sh"], lambda path: None, lambda path: b"echo\n")
    assert not_run == []
    assert words == [("shellcheck", "tools/net/new.sh", 1, "note: lib=1 disable=SC1 echo")]
    (folder / "lib.sh").write_text("lib=22\n")
    words, _ = tools.run_tools(tmp_path, ["tools/net/new.sh"], lambda path: None, lambda path: b"echo\n")
    assert words[0][3] == "note: lib=22 disable=SC1 echo"


def test_a_file_that_was_clean_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", "shellcheck", 'for f; do grep -n bad "$f" | sed "s,^,$f:,"; done 2> /dev/null')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    old, new = {"a.sh": b"bad 1\n", "b.sh": b"good\n"}, {"a.sh": b"bad 1\nbad 2\n", "b.sh": b"bad\n", "c.sh": b"bad\n"}
    words, _ = tools.run_tools(tmp_path, list(new), old.get, new.get)
    assert [(f, line, text) for _, f, line, text in words] == [
        ("a.sh", 2, "bad 2"), ("b.sh", 1, "bad (the file was clean before)"), ("c.sh", 1, "bad"),
    ]  # fmt: skip


def test_yamllint_is_told_the_configuration_above_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bindings").mkdir()
    (tmp_path / "bindings" / ".yamllint").write_text("rules: {}")
    stand_in(tmp_path / "bin", "yamllint", 'echo "a.yaml:1:1: [error] $(cat "$YAMLLINT_CONFIG_FILE") (x)"')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    words, _ = tools.run_tools(tmp_path, ["bindings/net/a.yaml"], lambda path: None, lambda path: b"a: 1\n")
    assert words == [("yamllint", "bindings/net/a.yaml", 1, "[error] rules: {} (x)")]
