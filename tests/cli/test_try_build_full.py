"""`try build --against TREE` with a Makefile that stands in for a full tree's: what is read, made, and left alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.test_review import p
from tests.conftest import MESSAGE, Ran, git, run_patchflow
from tests.reviewed import FILE, mbox, upstream

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")

# In O= it lays what modules_prepare leaves; all fails where the header says BROKEN; each WARN in an object's file is a
# warning.
MAKEFILE = r"""VERSION = 7
PATCHLEVEL = 3
SUBLEVEL = 0
H := include/net/x.h
olddefconfig:
	@test -f $(O)/.config
modules_prepare:
	@if grep -q NOELF $(O)/.config; then echo "fatal error: gelf.h: No such file or directory"; exit 1; fi
	@mkdir -p $(O)/include/config; echo 7.3.0-full > $(O)/include/config/kernel.release
%.ko %.o:
	@mkdir -p $(O)/$(dir $@)
	@echo "  CC [M]  $(basename $@).o"
	@if test -f $*.c; then grep -n WARN $*.c | sed 's|^\([0-9]*\):.*|$(CURDIR)/$*.c:\1:2: warning: a warning|'; fi
	@if grep -q BROKEN $(H); then echo "$(CURDIR)/$(H):1:1: error: the header is broken"; exit 1; fi
	@echo 'WARNING: modpost: "printk" [$@] undefined!'
	@touch $(O)/$@
"""
KBUILD = "obj-$(CONFIG_VSOCKETS) += vsock.o\nvsock-y += af_vsock.o\nobj-$(CONFIG_BUILT_IN) += in.o\n"


@pytest.fixture(autouse=True)
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a full tree asks for, in front of the PATH."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("gcc", "flex", "bison", "bc", "sparse"):
        (folder / name).write_text("#!/bin/sh\necho 1\n")
        (folder / name).chmod(0o755)

    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.fixture
def full(small: Path) -> Path:
    """The small tree as a full and configured one, on a series."""
    for path, text in {
        "Makefile": MAKEFILE, "init/main.c": "int main;\n", "include/net/x.h": "int x;\n", ".gitignore": ".config\n",
        "net/vmw_vsock/Makefile": KBUILD, "net/vmw_vsock/in.c": "int in;\n", "scripts/run": "#!/bin/sh\n",
    }.items():  # fmt: skip
        (small / path).parent.mkdir(parents=True, exist_ok=True)
        (small / path).write_text(text)
    (small / "scripts/link").symlink_to("../include")
    git(small, "add", "-A")
    git(small, "commit", "-q", "-m", "base: a full tree")
    git(small, "tag", "-f", "base")
    (small / ".config").write_text("CONFIG_VSOCKETS=m\nCONFIG_BUILT_IN=y\n")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    return small


def commit(clone: Path, title: str, text: str, path: str = "net/vmw_vsock/af_vsock.c") -> None:
    """Commits all that is not ignored, with text appended to a file."""
    with (clone / path).open("a") as file:
        file.write(text)
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-F", "-", stdin=MESSAGE.format(title=title))


def build(clone: Path, tree: Path, *words: str) -> Ran:
    return run_patchflow("-C", str(clone), "--json", "try", "build", "--against", str(tree), *words)


def looks(tree: Path) -> list[tuple[str, int, int]]:
    """Every file of the user's tree with its size and time, git's own state included."""
    found = [path for path in tree.rglob("*") if "patchflow" not in path.parts]
    return sorted((str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in found if not path.is_dir())


def three(clone: Path) -> None:
    """A warning in a built-in object, a break by a header alone, and its mending."""
    commit(clone, "one", "/* WARN */\n", "net/vmw_vsock/in.c")
    commit(clone, "two", "/* BROKEN */\n", "include/net/x.h")
    (clone / "include/net/x.h").write_text("int x;\n")
    commit(clone, "three", "int three;\n")


def test_headers_and_built_in_files_are_seen_and_the_tree_is_left_alone(full: Path) -> None:
    three(full)
    (full / "net/vmw_vsock/af_vsock.c").write_text("/* the user is at work here: WARN WARN BROKEN */\n")
    (full / "untracked.c").write_text("int untracked;\n")
    before = looks(full)
    ran = build(full, full, "--per-patch")
    assert ran.code == 1, ran.err
    assert looks(full) == before
    assert [(s["builds"], [m["text"] for m in s["new"]]) for s in ran.json["patches"]] == [
        (True, ["a warning"]), (False, ["the header is broken"]), (True, []),
    ]  # fmt: skip
    assert ran.json["patches"][0]["new"][0]["file"] == "net/vmw_vsock/in.c"
    assert ran.json["modules"] == ["net/vmw_vsock/vsock.ko"] and ran.json["objects"] == ["net/vmw_vsock/in.o"]
    assert ran.json["left_out"] == [] and any("symbols" in text for text in ran.json["not_run"])
    assert "a full tree of Linux 7.3.0-full with its own .config" in ran.json["against"]
    again = build(full, full, "--per-patch").json["patches"]
    assert [s["cached"] for s in again] == [True] * 3
    (full / ".config").write_text("CONFIG_VSOCKETS=m\nCONFIG_BUILT_IN=y\nCONFIG_MORE=y\n")
    assert not any(s["cached"] for s in build(full, full, "--per-patch").json["patches"])


def test_a_tree_without_the_commits_gives_all_that_they_do_not_touch(full: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(full, other, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    three(full)
    before = looks(other)
    ran = build(full, other, "--per-patch")
    assert ran.code == 1 and "does not have these commits" in ran.err
    assert [s["builds"] for s in ran.json["patches"]] == [True, False, True]
    assert looks(other) == before
    (other / "Makefile").write_text(MAKEFILE.replace("= 3", "= 2"))
    ran = build(full, other)
    assert ran.code == 3 and "7.3.0" in ran.err and "7.2.0" in ran.err


def test_what_a_full_tree_lacks_is_told_in_a_paragraph(full: Path, tools: Path, tmp_path: Path) -> None:
    commit(full, "one", "int one;\n")
    (full / ".config").write_text("NOELF\n")
    ran = build(full, full)
    assert ran.code == 3 and "gelf.h is missing" in ran.err and "libelf-dev" in ran.err
    (full / ".config").unlink()
    ran = build(full, full)
    if "not configured" in ran.err:  # else a configuration of this machine's was taken, and told
        assert ran.code == 3 and "defconfig" in ran.err and "/boot/config" in ran.err
    else:
        assert "onfig" in ran.err
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("git", "make", "gcc", "sh", "perl"):
        (bare / name).symlink_to(shutil.which(name) or "/nowhere")
    (full / ".config").write_text("CONFIG_VSOCKETS=m\n")
    words = ("-C", str(full), "try", "build", "--against", str(full))
    ran = run_patchflow(*words, env={"PATH": str(bare)})
    assert ran.code == 3 and "flex, bison, bc are not installed" in ran.err and "apt install" in ran.err
    assert len([row for row in ran.err.split("\n") if row.startswith("patchflow:")]) == 1


def test_received_code_waits_for_a_yes_before_the_tree_is_prepared(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own tree is trusted; what a series lays over it is not by that."""
    monkeypatch.delenv("PATCHFLOW_TRUST")
    p(full, "trust")
    trap = f"X := $(shell touch {tmp_path}/mark)\n{MAKEFILE}"
    tip = upstream(full, "base", [("vsock: trap", {FILE: "int trap;\n", "Makefile": trap})])
    place = p(full, "review", "apply", "-", stdin=mbox(full, "base", tip, with_base=True))["worktree"]
    said = p(full, "review", "build", "--against", str(full), code=1)
    assert "came by mail change code that would run: Makefile" in said and not (tmp_path / "mark").exists()
    p(Path(place), "trust")
    run_patchflow("-C", str(full), "review", "build", "--against", str(full))
    assert (tmp_path / "mark").exists(), "the trap works"


def test_a_module_that_the_base_does_not_have_yet(full: Path) -> None:
    """The base is not held to be broken because a patch adds the module."""
    (full / "net/fresh").mkdir()
    (full / "net/fresh/Makefile").write_text("obj-m += fresh.o\n")
    commit(full, "add it", "int fresh;\n", "net/fresh/fresh.c")
    ran = build(full, full)
    assert ran.code == 0, ran.err
    assert ran.json["modules"] == ["net/fresh/fresh.ko"]
