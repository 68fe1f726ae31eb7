"""`try build --against TREE` of Rust: a Makefile stands in for the tree's, the real rustc and clippy judge."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from patchflow.formats.kbuild import parse_messages, units_made
from tests.cli.test_try_build_full import build, commit, tools
from tests.conftest import git, run_patchflow

__all__ = ["tools"]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")

# As scripts/Makefile.build and rust/Makefile have it: with CLIPPY=1 clippy-driver stands in rustc's place.
MAKEFILE = r"""VERSION = 7
PATCHLEVEL = 3
SUBLEVEL = 0
MAKEFLAGS += -rR
RUST := $(if $(CLIPPY),clippy-driver -Wclippy::all,rustc)
QUIET := $(if $(CLIPPY),CLIPPY,RUSTC)
FLAGS := --edition=2021 --crate-type=lib --emit=metadata --out-dir $(O)/meta
olddefconfig:
	@test -f $(O)/.config
modules_prepare:
	@mkdir -p $(O)/include/config; echo 7.3.0-full > $(O)/include/config/kernel.release
FORCE:
prepare: $(O)/rust/kernel.o
$(O)/rust/kernel.o: $(wildcard rust/kernel/*.rs)
	@mkdir -p $(O)/rust; echo "  $(QUIET) L rust/kernel.o"
	+@$(RUST) $(FLAGS) $(CURDIR)/rust/kernel/lib.rs && touch $@
%.o: %.rs FORCE
	@mkdir -p $(O)/$(dir $@); echo "  $(QUIET) [M] $@"
	+@$(RUST) $(FLAGS) $(CURDIR)/$*.rs && touch $(O)/$@
%.ko: %.o
	@touch $(O)/$@
"""
LIB = "//! The kernel crate.\n\n/// Adds.\npub fn add(a: i32) -> i32 {\n    a + 1\n}\n"
RETURNS = "\n/// Returns.\npub fn f() -> i32 {\n    return 1;\n}\n"
DRIVER, KERNEL, BUILT_IN = "drivers/foo/foo.rs", "rust/kernel/lib.rs", "drivers/foo/in.rs"


@pytest.fixture
def rust(small: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A full and configured tree with Rust in it, on a series."""
    monkeypatch.setenv("RUSTUP_HOME", str(Path(pwd.getpwuid(os.getuid()).pw_dir, ".rustup")))  # where rustup's is used
    for name in ("rustc", "clippy-driver"):
        if not shutil.which(name) or subprocess.run([name, "--version"], capture_output=True, check=False).returncode:
            pytest.skip(f"{name} is not installed: rustup component add clippy, or apt install rust-clippy")
    for path, text in {
        "Makefile": MAKEFILE, "init/main.c": "int main;\n", ".gitignore": ".config\n",
        "drivers/foo/Makefile": "obj-$(CONFIG_FOO) += foo.o\nobj-$(CONFIG_IN) += in.o\n",
        DRIVER: LIB, BUILT_IN: LIB + RETURNS, KERNEL: LIB,
    }.items():  # fmt: skip
        (small / path).parent.mkdir(parents=True, exist_ok=True)
        (small / path).write_text(text)
    git(small, "add", "-A")
    git(small, "commit", "-q", "-m", "base: a full tree")
    git(small, "tag", "-f", "base")
    (small / ".config").write_text("CONFIG_RUST=y\nCONFIG_FOO=m\nCONFIG_IN=y\n")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    return small


@pytest.mark.long
def test_clippy_and_rustc_judge_what_each_patch_brings(rust: Path) -> None:
    commit(rust, "one", RETURNS, DRIVER)
    commit(rust, "two", RETURNS, KERNEL)
    commit(rust, "three", "// More.\n", BUILT_IN)
    commit(rust, "four", "\n/// Is broken.\npub fn g() -> i32 {\n    undefined()\n}\n", DRIVER)
    ran = build(rust, rust, "--per-patch")
    assert ran.code == 1 and ran.out, ran.err
    assert ran.json["against"].endswith(", clippy)")
    assert ran.json["left_out"] == [] and ran.json["objects"] == ["prepare", "drivers/foo/in.o"]
    assert ran.json["modules"] == ["drivers/foo/foo.ko"]
    rows = [[(m["file"], m["line"], m["kind"], m["text"]) for m in step["new"]] for step in ran.json["patches"]]
    assert rows[0] == [(DRIVER, 10, "warning", "unneeded `return` statement")]
    assert rows[1] == [(KERNEL, 10, "warning", "unneeded `return` statement")]
    assert rows[2] == [], "what the base has said is no news"
    assert rows[3] == [(DRIVER, 15, "error", "cannot find function `undefined` in this scope")]
    report = run_patchflow("-C", str(rust), "--json", "check").json
    assert any(
        one["file"] == KERNEL and "unneeded" in one["text"] for one in report["series"] if one["rule"] == "build"
    )


def test_without_clippy_rustc_judges_and_that_is_told(rust: Path, tools: Path) -> None:
    """rustup has a clippy-driver in its place even where clippy is not installed: it fails."""
    (tools / "clippy-driver").write_text("#!/bin/sh\necho not installed >&2\nexit 1\n")
    (tools / "clippy-driver").chmod(0o755)
    commit(rust, "one", RETURNS, DRIVER)
    ran = build(rust, rust)
    assert ran.code == 0, ran.err
    assert any("CLIPPY=1 was left out" in text and "rustup component add" in text for text in ran.json["not_run"])
    told = run_patchflow("-C", str(rust), "--json", "check").json["not_run"]
    assert any("CLIPPY=1 was left out" in text for text in told)


def test_where_no_rust_is_built_is_told(rust: Path) -> None:
    commit(rust, "one", RETURNS, DRIVER)
    (rust / ".config").write_text("CONFIG_FOO=m\n")
    ran = build(rust, rust)
    assert ran.code == 1 and f"{DRIVER}: CONFIG_RUST is not set in the configuration" in ran.err


def test_messages_of_rustc() -> None:
    rows = [
        "  CLIPPY [M] drivers/foo/foo.o",
        "warning: unneeded `return` statement",
        "  --> /w/drivers/foo/foo.rs:10:5",
        "   |",
        "10 |     return 1;",
        "   = help: for further information visit https://rust-lang.github.io/",
        "error[E0425]: cannot find function `g` in this scope",
        "  --> ./rust/kernel/lib.rs:3:1",
        "error: aborting due to 1 previous error; 1 warning emitted",
        "  CLIPPY L rust/kernel.o",
    ]
    assert [(m.as_line(), m.unit) for m in parse_messages(rows, "/w")] == [
        ("drivers/foo/foo.rs:10: warning: unneeded `return` statement", "drivers/foo/foo.o"),
        ("rust/kernel/lib.rs:3: error: cannot find function `g` in this scope", "drivers/foo/foo.o"),
    ]
    assert units_made(rows, "/w") == {"drivers/foo/foo.o", "rust/kernel.o"}
