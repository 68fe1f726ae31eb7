"""`--debug` and `--config` of a boot: a kernel that looks after itself, linked of each state in an O= folder."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from tests.cli.test_try_boot_stand_in import programs
from tests.cli.test_try_build_full import MAKEFILE, commit, full, looks, tools
from tests.cli.test_try_build_stand_in import left, refused
from tests.cli.test_try_stopped import NUMBERS, gone, stopped
from tests.conftest import Ran, git, run_patchflow

__all__ = ["full", "programs", "tools"]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")

# The image is the configuration and a source; the guest says which checks it has, and what they find.
IMAGE = """bzImage:
	@if grep -q BROKEN net/vmw_vsock/in.c; then echo "$(CURDIR)/net/vmw_vsock/in.c:1:1: error: it is broken"; exit 1; fi
	@if grep -q HANGS net/vmw_vsock/in.c; then sleep 300; fi
	@mkdir -p $(O)/arch/x86/boot; cat $(O)/.config net/vmw_vsock/in.c > $(O)/arch/x86/boot/bzImage
"""
QEMU = """#!/bin/sh
case "$*" in
*"-machine help"*) echo "microvm              microvm (i386)" ;;
*isa-debug-exit*) exit 1 ;;
*) while [ "$1" != -kernel ]; do shift; done
   echo "[    0.1] Linux version 7.3.0"; grep -o 'CONFIG_[A-Z0-9_]*=y' "$2"
   if grep -q 'int two' "$2" && grep -q PROVE_LOCKING=y "$2"; then
       echo "[    1.0] WARNING: possible circular locking dependency detected"
   fi
   echo "patchflow: test ended 0" ;;
esac
"""


@pytest.fixture
def tree(full: Path, programs: Path) -> Path:
    """A full tree whose kernel can be linked, with a series of two patches."""
    (programs / "qemu-system-x86_64").write_text(QEMU)
    (full / "Makefile").write_text(MAKEFILE + IMAGE)
    commit(full, "zero", "int zero;\n", "net/vmw_vsock/in.c")
    git(full, "tag", "-f", "base")
    assert run_patchflow("-C", str(full), "new", "own", "--base", "base").code == 0
    commit(full, "one", "int one;\n", "net/vmw_vsock/in.c")
    commit(full, "two", "int two;\n", "net/vmw_vsock/in.c")
    return full


def boot(tree: Path, *words: str) -> Ran:
    return run_patchflow("-C", str(tree), "--json", "try", "boot", *words)


def test_lockdep_finds_what_the_second_patch_brings(tree: Path, sealed: Path) -> None:
    """Built into the kernel, so no module is needed; the user's tree is only read."""
    before = looks(tree)
    ran = boot(tree, "--debug", "lockdep", "--per-patch")
    assert ran.code == 1, ran.err
    assert [row["holds"] for row in ran.json["patches"]] == [True, False]
    assert "circular locking" in ran.json["patches"][1]["faults"][0]
    assert "CONFIG_PROVE_LOCKING=y" in ran.err and "CONFIG_SERIAL_8250_CONSOLE=y" in ran.err
    assert "CONFIG_KASAN=y" not in ran.err and looks(tree) == before
    ran = boot(tree, "--debug", "kasan", "--config", "VSOCKETS=m")
    assert ran.code == 0, ran.err
    assert ran.json["kernel"] == "Linux 7.3.0-full with VSOCKETS=m, KASAN=y, KASAN_GENERIC=y"
    assert "with VSOCKETS=m, KASAN=y, KASAN_GENERIC=y" in run_patchflow("-C", str(tree), "cover").err
    assert left(sealed) == []


def test_a_state_whose_kernel_does_not_build(tree: Path, sealed: Path) -> None:
    commit(tree, "three", "/* BROKEN */\n", "net/vmw_vsock/in.c")
    ran = boot(tree, "--debug", "kmemleak", "--per-patch")
    assert ran.code == 1 and "it is broken" in ran.json["patches"][2]["faults"][0], ran.err
    refused(boot(tree, "--debug", "kmemleak"), 1, "do not build", "it is broken")
    refused(boot(tree, "--debug", "kasan", "--on", "running"), 2, "link a kernel", "--on")
    refused(boot(tree, "--config", "no such"), 2, "--config no such")
    (tree / "init/main.c").unlink()
    refused(boot(tree, "--debug", "kasan"), 2, "full kernel tree")
    assert left(sealed) == []


@pytest.mark.parametrize("number", NUMBERS)
def test_killed_while_a_kernel_is_linked(tree: Path, sealed: Path, number: signal.Signals) -> None:
    """No process and no folder is left, and the O= folder is free for the next one."""
    commit(tree, "three", "/* HANGS */\n", "net/vmw_vsock/in.c")
    stopped(tree, number, "linking the kernel", "boot", "--debug", "kasan", wait=0.3)
    gone(sealed, number, tree)
    commit(tree, "four", "int four;\n", "net/vmw_vsock/in.c")
    path = tree / "net/vmw_vsock/in.c"
    path.write_text(path.read_text().replace("HANGS", ""))
    git(tree, "commit", "-q", "-a", "--amend", "--no-edit")
    assert boot(tree, "--debug", "kasan").code == 0


def test_a_build_under_such_a_configuration(tree: Path) -> None:
    """Compiled as such a kernel's objects are, in an O= folder of its own."""
    words = ["-C", str(tree), "--json", "try", "build", "--debug", "kasan", "--debug", "lockdep"]
    ran = run_patchflow(*words)
    assert ran.code == 0, ran.err
    assert "KASAN=y" in ran.json["against"] and "PROVE_LOCKING=y" in ran.json["against"]
