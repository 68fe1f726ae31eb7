"""The linters of netdev's bots: only what is new counts, and one that is missing is named."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from patchflow.adapters.kernel import tools
from patchflow.rules.tools import WAS_CLEAN
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


# A linter, a file it is asked of, and what else it reads.
READ_TOO = (
    ("yamllint", "a.yaml", "home/.config/yamllint/config"),
    ("yamllint", "a.yaml", "elsewhere/yamllint"),
    ("shellcheck", "t/a.sh", "home/.shellcheckrc"),
    ("shellcheck", "t/a.sh", "tree/.shellcheckrc"),
    ("shellcheck", "t/a.sh", "tree/t/lib/sourced.sh"),
    ("pylint", "t/a.py", "home/.pylintrc"),
    ("pylint", "t/a.py", "tree/t/lib/imported.py"),
    ("dt-doc-validate", "Documentation/devicetree/bindings/net/a.yaml",
     "tree/Documentation/devicetree/bindings/spi/b.yaml"),
    ("rustfmt", "a.rs", "home/.config/rustfmt/rustfmt.toml"),
    ("rustfmt", "a.rs", "home/.rustup/update-hashes/stable"),
    ("kernel-doc", "a.c", "tree/tools/lib/python/kdoc/kdoc_parser.py"),
)  # fmt: skip


@pytest.mark.parametrize(("program", "path", "place"), READ_TOO, ids=lambda one: Path(one).name)
def test_who_changes_what_a_linter_reads_gets_a_new_answer(
    program: str, path: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same size and time as before: of the same contents it was asked once."""
    tree, read = tmp_path / "tree", tmp_path / place
    read.parent.mkdir(parents=True)
    read.write_text("one\n")
    script = f'cat > /dev/null; for f; do :; done; printf "Diff in <stdin>:1:\\n-$f:1:1: %s\\n" "$(cat {read})"'
    folder = tree / "scripts" if program == "kernel-doc" else tmp_path / "bin"
    folder.mkdir(parents=True)
    stand_in(folder, "rustup" if program == "rustfmt" else program, script)
    if program == "rustfmt":
        (folder / program).symlink_to("rustup")
    for name, value in {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path / "home"),
                        "YAMLLINT_CONFIG_FILE": str(tmp_path / "elsewhere/yamllint")}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    for name in ("XDG_CONFIG_HOME", "RUSTUP_HOME"):
        monkeypatch.delenv(name, raising=False)

    def words() -> str:
        wanted = {"kernel-doc": "kdoc", "dt-doc-validate": "dt-binding-check"}.get(program, program)
        said, not_run = tools.run_tools(tree, [path], lambda _: None, lambda _: b"x\n", wanted.__eq__)
        assert not_run == []
        return said[0][3]

    before, time = words(), read.stat().st_mtime_ns
    assert "one" in before
    read.write_text("two\n")
    os.utime(read, ns=(time, time))
    assert words() == before.replace("one", "two")


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


BINDING = "Documentation/devicetree/bindings/net/foo.yaml"
SCHEMA = b"""# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
%YAML 1.2
---
$id: http://devicetree.org/schemas/net/foo.yaml#
$schema: http://devicetree.org/meta-schemas/core.yaml#

title: Foo

maintainers:
  - A Person <a@example.org>

allOf:
  - $ref: bar.yaml#

properties:
  compatible:
    const: vendor,foo

required:
  - compatible

unevaluatedProperties: false
"""
DOCUMENT = b"""=====
Title
=====

:c:func:`f` is described in :ref:`there <place>`.

.. kernel-doc:: net/a.c

.. flat-table:: A table
   :widths: 1 1

   * - a
     - b

Heading
-------

===  ===
a    b
===  ===
1    2
===  ===
"""
RUST = b"mod other;\n\nfn f() -> i32 {\n    let a = 1;\n    a\n}\n"


def real(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    monkeypatch.setenv("RUSTUP_HOME", str(Path(pwd.getpwuid(os.getuid()).pw_dir, ".rustup")))  # where rustup's is used
    if shutil.which(name) is None or subprocess.run([name, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"{name} is not installed")


def said(tree: Path, path: str, old: bytes | None, new: bytes) -> list[tuple[int, str]]:
    before = {path: old} if old is not None else {}
    words, not_run = tools.run_tools(tree, [path], before.get, {path: new}.get)
    words = [word for word in words if word[0] not in ("yamllint", "kdoc")]
    assert not [row for row in not_run if not row.startswith("yamllint")] and all(word[1] == path for word in words)
    return [(line, text) for _, _, line, text in words]


def test_headings_and_tables_of_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real("docutils", monkeypatch)
    path = "Documentation/networking/a.rst"
    assert said(tmp_path, path, None, DOCUMENT) == [], "what is Sphinx' own is not judged"
    short = DOCUMENT.replace(b"-------", b"----")
    assert said(tmp_path, path, None, short) == [(16, "(WARNING/2) Title underline too short.")]
    assert said(tmp_path, path, short, short + b"\nMore.\n") == [], "it was there before"
    torn = DOCUMENT.replace(b"1    2\n===  ===", b"1    2\n===")
    ((_, words),) = said(tmp_path, path, DOCUMENT, torn)
    assert words.startswith("(ERROR/3) Malformed table.") and words.endswith(WAS_CLEAN)
    assert tools.run_tools(tmp_path, ["README.rst"], lambda _: None, lambda _: short) == ([], [])


def test_rust_that_rustfmt_would_write_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real("rustfmt", monkeypatch)
    path = "drivers/net/phy/a.rs"
    assert said(tmp_path, path, None, RUST) == [], "another module's file is not asked for"
    bad = RUST.replace(b"let a = 1;", b"let a=1;")
    assert said(tmp_path, path, None, bad) == [(4, "rustfmt would write this otherwise: let a=1;")]
    assert said(tmp_path, path, bad, b"// A comment.\n" + bad) == [], "it was there before"
    ((line, words),) = said(tmp_path, path, RUST, RUST[:-2])
    assert words.startswith("error: this file contains an unclosed delimiter") and line == 5
    (tmp_path / ".rustfmt.toml").write_text("tab_spaces = 2\n")
    assert said(tmp_path, path, None, RUST.replace(b"    ", b"  ")) == [], "the tree's own configuration counts"


@pytest.mark.parametrize("form", ["Diff in <stdin> at line 3:", "Diff in <stdin>:3:"])
def test_both_forms_of_rustfmt_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    row = f"{form}\n fn f() {{\n-let a=1;\n+    let a = 1;\n-let b=1;\n }}"
    stand_in(tmp_path / "bin", "rustfmt", f"cat > /dev/null; cat <<'end'\n{row}\nend\nexit 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    assert said(tmp_path, "a.rs", None, RUST) == [(4, "rustfmt would write this otherwise: let a=1;")]


def test_bindings_are_valid_schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real("dt-doc-validate", monkeypatch)
    beside = tmp_path / "Documentation/devicetree/bindings/net/bar.yaml"
    beside.parent.mkdir(parents=True)
    beside.write_bytes(SCHEMA.replace(b"foo", b"bar").replace(b"allOf:\n  - $ref: bar.yaml#\n\n", b""))
    assert said(tmp_path, BINDING, None, SCHEMA) == [], "what it refers to stands beside it"
    ((_, words),) = said(tmp_path, BINDING, None, SCHEMA.replace(b"bar.yaml", b"gone.yaml"))
    assert "gone.yaml" in words, "in the words of its version"
    loose = SCHEMA.replace(b"unevaluatedProperties: false\n", b"")
    ((_, words),) = said(tmp_path, BINDING, SCHEMA, loose)
    assert "one must be fixed" in words and "must be present" in words, "with its hint"
    assert said(tmp_path, BINDING, loose, loose + b"description: More.\n") == [], "it was there before"
    assert said(tmp_path, "Documentation/netlink/specs/a.yaml", None, loose) == [], "no binding"


def test_what_is_missing_is_named_where_it_is_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "which", lambda name: None)
    paths = ["Documentation/a.rst", "rust/a.rs", BINDING]
    for wanted in ({"rst"}, {"rustfmt", "dt-binding-check"}, set()):
        _, not_run = tools.run_tools(tmp_path, paths, lambda _: None, lambda _: b"x", wanted.__contains__)
        assert {row.partition(":")[0] for row in not_run} == wanted
    assert "docutils is missing" in tools.run_tools(tmp_path, paths, lambda _: None, lambda _: b"x")[1][1]
