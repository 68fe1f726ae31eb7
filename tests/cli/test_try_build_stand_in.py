"""`try build` with a Makefile that stands in for kernel headers: what is compared, cached, refused and cleared away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from patchflow.flow.try_ import install
from patchflow.formats.kbuild import release_version
from tests.conftest import ROOT, Once, Ran, commit, git, run_patchflow
from tests.processes import command_lines
from tests.tui.terminal import Terminal

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")

# Warns of each WARN, fails at BROKEN, hangs at HANG, as a compiler would.
MAKEFILE = r"""
F := $(M)/net/vmw_vsock/af_vsock.c
%/vsock.ko:
	@echo "  CC [M]  $(M)/net/vmw_vsock/af_vsock.o"
	@grep -n WARN $(F) | sed 's|^\([0-9]*\):.*|$(F):\1:2: warning: a warning|'
	@if grep -q HANG $(F); then sleep 300; fi
	@if grep -q FULL $(F); then echo "cc1: fatal error: error writing: No space left on device"; exit 1; fi
	@if grep -q BROKEN $(F); then echo "$(F):1:1: error: it is broken"; exit 1; fi
	@touch $(M)/net/vmw_vsock/vsock.ko
"""


@pytest.fixture
def headers(tmp_path: Path) -> Path:
    """Headers of the small tree's version."""
    folder = tmp_path / "headers"
    (folder / "include" / "config").mkdir(parents=True)
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "Module.symvers").write_text("")
    (folder / ".config").write_text("CONFIG_VSOCKETS=m\nCONFIG_BUILT_IN=y\n")
    (folder / ".kernelvariables").write_text("override CROSS_COMPILE = \nCC = $(CROSS_COMPILE)true\n")
    (folder / "include" / "config" / "kernel.release").write_text("7.3.0-test\n")
    return folder


@pytest.fixture
def branch(small: Path, once: Once) -> Path:
    """The small tree with a Kbuild file, on a series."""
    return once("branch", small, _make_branch)


def _make_branch(small: Path) -> None:
    rows = ("obj-$(CONFIG_VSOCKETS) += vsock.o", "vsock-y += af_vsock.o", "obj-$(CONFIG_BUILT_IN) += in.o",
            "obj-$(CONFIG_NO) += no.o", "")  # fmt: skip
    text = "\n".join(rows)
    (small / "net/vmw_vsock/Makefile").write_text(text)
    git(small, "add", "-A")
    git(small, "commit", "-q", "-m", "base: more of it")
    git(small, "tag", "-f", "base")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0


def build(branch: Path, headers: Path, *words: str) -> Ran:
    return run_patchflow("-C", str(branch), "--json", "try", "build", "--against", str(headers), *words)


def left(sealed: Path) -> list[Path]:
    room = sealed / "cache" / "patchflow" / "try" / "work"
    return list(room.iterdir()) if room.exists() else []


def test_run_by_a_make_it_tells_its_own_make_nothing_of_that(
    branch: Path, headers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Makefile of a selftest, too, goes by MAKELEVEL where it puts what it builds."""
    with (headers / "Makefile").open("a") as file:
        file.write("\nifneq ($(MAKELEVEL),0)\n$(error $(MAKELEVEL))\nendif\n")
    monkeypatch.setenv("MAKELEVEL", "1")
    monkeypatch.setenv("MAKEFLAGS", " -j3 --jobserver-auth=3,4")
    commit(branch, "one", "/* fine */\n")
    ran = build(branch, headers)
    assert ran.code == 0 and ran.json["holds"], ran.out + ran.err


def test_each_patch_is_judged_by_what_it_brings(branch: Path, headers: Path, sealed: Path) -> None:
    """A warning counts once, by the patch that brings it; a break is named although a later patch mends it."""
    path = branch / "net/vmw_vsock/af_vsock.c"
    commit(branch, "one", "/* WARN */\n")
    commit(branch, "two", "/* BROKEN */\n")
    path.write_text(path.read_text().replace("/* BROKEN */\n", ""))
    commit(branch, "three", "/* WARN */\n")
    path.write_text("int first;\n" + path.read_text())
    commit(branch, "four", "/* moved */\n")
    ran = build(branch, headers, "--per-patch")
    assert ran.code == 1
    steps: list[Any] = ran.json["patches"]
    assert [(s["builds"], len(s["new"]), s["cached"]) for s in steps] == [
        (True, 1, False), (False, 1, False), (True, 1, False), (True, 0, False),
    ]  # fmt: skip
    assert steps[1]["new"][0]["text"] == "it is broken"
    assert [s["cached"] for s in build(branch, headers, "--per-patch").json["patches"]] == [True] * 4
    assert left(sealed) == []
    found = [
        f["text"] for f in run_patchflow("-C", str(branch), "--json", "check").json["series"] if f["rule"] == "build"
    ]
    assert any("patch 2/4 does not build" in text for text in found)


def test_files_that_no_module_holds_are_named(branch: Path, headers: Path) -> None:
    commit(branch, "one", "int one;\n")
    for path in ("net/vmw_vsock/in.c", "net/vmw_vsock/no.c", "include/net/x.h", "Documentation/x.rst", "net/x.c"):
        commit(branch, f"touch {path}", "x\n", path)
    why = {row["path"]: row["why"] for row in build(branch, headers).json["left_out"]}
    assert "built into the kernel" in why["net/vmw_vsock/in.c"]
    assert "CONFIG_NO is not set" in why["net/vmw_vsock/no.c"]
    assert "does not see it" in why["include/net/x.h"]
    assert set(why) == {"net/vmw_vsock/in.c", "net/vmw_vsock/no.c", "include/net/x.h", "Documentation/x.rst", "net/x.c"}


ELSEWHERE = """\
obj-$(CONFIG_VSOCKETS) += amd.o
amd-y := own.o
include $(srctree)/$(src)/../display/Makefile
amd-y += $(addprefix ../display/,$(DISPLAY))
amd-$(CONFIG_NO) += never.o
hostprogs := gen
lib-y += helper.o
"""


def test_each_kind_of_file_is_placed_or_told_why_not(branch: Path, headers: Path) -> None:
    """A file of another folder's module, one that another includes, and those of no module."""
    (headers / ".config").write_text("CONFIG_VSOCKETS=m\nCONFIG_X86=y\n")
    (headers / "Makefile").write_text(
        "%.ko:\n\t@echo laid $$(cd $(M) && find . -name '*.c' | sort) with $$(cat $(M)/Kbuild)\n"
        "\t@grep -c 'srctree' $(M)/net/own/amd/gpu/Makefile || true\n\t@touch $(M)/net/own/amd/gpu/amd.ko\n"
    )
    texts = {"gpu/Makefile": ELSEWHERE, "display/Makefile": "DISPLAY = core/dc.o\n", "display/core/dc.c": "int dc;\n",
             "gpu/own.c": '#include "part.c"\n', "Makefile": "obj-$(CONFIG_VSOCKETS) += gpu/\n"}  # fmt: skip
    for name, text in texts.items():
        path = branch / "net/own/amd" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(branch, "add", "-A")
    git(branch, "commit", "-q", "-m", "net: amd: add it")
    plain = ("display/core/dc.c", "gpu/part.c", "gpu/never.c", "gpu/gen.c", "gpu/helper.c", "gpu/loose.c")
    paths = [*(f"net/own/amd/{name}" for name in plain), "arch/arm/mm/x.c", "tools/x.c", "Kbuild"]
    for touched in paths:
        commit(branch, f"net: touch {touched}", "/* x */\n", touched)
    ran = build(branch, headers, f"HEAD~{len(paths)}..HEAD")
    assert ran.code == 0, ran.err
    assert ran.json["modules"] == ["net/own/amd/gpu/amd.ko"]
    assert "./net/own/amd/display/core/dc.c" in ran.err and "obj-m := net/own/amd/gpu/\n" in ran.err
    why = {row["path"].removeprefix("net/own/amd/"): row["why"] for row in ran.json["left_out"]}
    assert why == {
        "gpu/never.c": "CONFIG_NO is not set in the configuration, so nothing is made of it; `--config NO=m` sets it "
        "in a full tree",
        "gpu/gen.c": "part of gen, a program that is no part of the kernel",
        "gpu/helper.c": "always built into the kernel, so there is no module to build; `--against TREE` "
        "with a full tree builds its object",
        "gpu/loose.c": "no Makefile names it",
        "arch/arm/mm/x.c": "part of the architecture arm; the configuration is for x86",
        "Kbuild": "what stands at the top of the tree makes no module",
        "tools/x.c": "no part of a kernel module: tools/ holds programs of user space",
    }


def refused(ran: Ran, code: int, *words: str) -> None:
    """One paragraph that holds the words."""
    assert ran.code == code, ran.err
    last = [line for line in ran.err.split("\n") if line.startswith("patchflow:")]
    assert len(last) == 1 and all(word in last[0] for word in words), ran.err


def test_what_is_missing_is_told_in_a_paragraph(branch: Path, headers: Path, tmp_path: Path) -> None:
    commit(branch, "one", "int one;\n")
    refused(build(branch, tmp_path), 3, "no Makefile")
    (headers / "include/config/kernel.release").write_text("7.2.9-test\n")
    refused(build(branch, headers), 3, "7.3.0", "7.2.9")
    (headers / "include/config/kernel.release").write_text("7.3.0-test\n")
    (headers / ".kernelvariables").write_text("override CROSS_COMPILE = nowhere-\nCC = $(CROSS_COMPILE)gcc-99\n")
    refused(build(branch, headers), 3, "nowhere-gcc-99", "apt install")
    (headers / ".config").unlink()
    refused(build(branch, headers), 3, "not configured")


def test_a_base_that_does_not_build_is_not_held_against_the_patches(branch: Path, headers: Path) -> None:
    commit(branch, "one", "/* BROKEN */\n")
    commit(branch, "two", "int two;\n")
    refused(build(branch, headers, "HEAD~1..HEAD"), 1, "The base", "it is broken")


def test_a_full_disk_and_nothing_to_build(branch: Path, headers: Path, sealed: Path) -> None:
    commit(branch, "one", "/* FULL */\n")
    refused(build(branch, headers), 4, "disk is full")
    assert left(sealed) == []
    commit(branch, "words", "x\n", "Documentation/x.rst")
    refused(build(branch, headers, "HEAD~1..HEAD"), 1, "Documentation/x.rst")
    refused(build(branch, headers, "HEAD..HEAD"), 2, "no commits")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_leaves_nothing_behind(branch: Path, headers: Path, sealed: Path, number: signal.Signals) -> None:
    commit(branch, "one", "/* HANG */\n")
    words = [sys.executable, "-m", "patchflow", "-C", str(branch), "try", "build", "--against", str(headers)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        while "CC [M]" not in child.stderr.readline():  # the base's; the patch's target never ends
            pass
        time.sleep(1.0)
        child.send_signal(number)
        _, err = child.communicate(timeout=20)
    assert child.returncode == 130 and "interrupted" in err
    assert left(sealed) == []
    commands = command_lines()
    assert not any(str(sealed).encode() in command for command in commands)


def test_modules_of_another_kernel_are_not_offered(branch: Path, headers: Path) -> None:
    commit(branch, "one", "int one;\n")
    refused(build(branch, headers, "--install"), 1, "7.3.0-test", "is running")


def test_an_installation_does_what_it_shows_and_only_on_word(branch: Path, headers: Path, tmp_path: Path) -> None:
    """Programs that stand in write down how they are called: nothing at "no", the shown steps at the key."""
    version = release_version(os.uname().release)
    rows = zip(("VERSION", "PATCHLEVEL", "SUBLEVEL"), version.split("."), strict=True)
    (branch / "Makefile").write_text("".join(f"{name} = {value}\n" for name, value in rows))
    git(branch, "commit", "-q", "-a", "-m", "base: the kernel that is running")
    commit(branch, "one", "int one;\n")
    (headers / "include/config/kernel.release").write_text(os.uname().release + "\n")
    log = tmp_path / "log"
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("rmmod", "modprobe", "depmod", "install", "sudo"):
        does = 'exec "$@"' if name == "sudo" else f'echo {name} "$@" >> {log}'
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{programs}:{os.environ['PATH']}"}
    words = ["try", "build", "--against", str(headers), "--install", "HEAD~1..HEAD"]
    ran = run_patchflow("-C", str(branch), *words, env=env)
    assert ran.code == 0 and "modprobe -a vsock" in ran.err and "try build --remove" in ran.err and not log.exists(), (
        ran.err
    )
    for key in ("n", "i"):
        terminal = Terminal(branch, env, 300, 60, words)
        shown = terminal.see("Press 'i' for yes")
        terminal.press(key)
        assert terminal.end() == 0
        assert log.exists() == (key == "i")
    steps = [row.strip().removeprefix("sudo ") for row in shown.split("\n") if row.startswith("  ") and "vsock" in row]
    steps = [row for row in steps if row.split()[0] in ("rmmod", "modprobe", "install")]
    assert steps[0].startswith(f"install -D -m 644 -t /lib/modules/{os.uname().release}/updates/patchflow /")
    assert steps[0].endswith("/vsock.ko") and steps[-1] == "modprobe -a vsock"
    assert [row for row in log.read_text().split("\n")[:-1] if not row.startswith("depmod")] == steps
    assert f"depmod {os.uname().release}" in log.read_text()
    refused(
        run_patchflow("-C", str(branch), "try", "build", "--remove", env=env), 1, "Nothing of patchflow's is installed"
    )


PLACE = "/lib/modules/6.1.0-57-amd64/updates/patchflow"


def test_what_was_installed_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours go, and the kernel's own come back for those that are loaded."""
    monkeypatch.setattr(install, "_MODULES", tmp_path)
    monkeypatch.setattr(install, "loaded", lambda: {"vsock"})
    folder = tmp_path / "6.1/updates/patchflow"
    folder.mkdir(parents=True)
    for name in ("vsock.ko", "vsock-loopback.ko"):
        (folder / name).write_bytes(b"")
    steps = [[word for word in step if word != "sudo"] for step in install.remove_steps("6.1")]
    assert steps == [
        ["rm", "-r", str(folder)],
        ["depmod", "6.1"],
        ["modprobe", "-r", "vsock"],
        ["modprobe", "-a", "vsock"],
    ]


def test_the_cache_is_shown_and_emptied_on_word(branch: Path, headers: Path, sealed: Path) -> None:
    commit(branch, "one", "int one;\n")
    assert build(branch, headers).code == 0
    (running := sealed / f"cache/patchflow/try/work/{os.getpid()}-x").mkdir()
    ran = run_patchflow("-C", str(branch), "--json", "try", "clean")
    (row,) = ran.json["kept"]
    assert ran.code == 0 and row["path"].endswith("/try/built") and row["bytes"] == ran.json["bytes"] > 0
    assert Path(row["path"]).is_dir()
    assert run_patchflow("-C", str(branch), "try", "clean", "--yes").code == 0
    assert not Path(row["path"]).exists() and running.is_dir()
    running.rmdir()
    assert build(branch, headers).json["patches"][0]["cached"] is False


def test_what_a_try_needs_is_not_removed_under_it(branch: Path, headers: Path, sealed: Path) -> None:
    """While a build goes on the cache stays, and it is said who uses it; another full tree's folder goes."""
    commit(branch, "one", "/* HANG */\n")
    (other := sealed / "cache/patchflow/try/full/other/out").mkdir(parents=True)
    words = [sys.executable, "-m", "patchflow", "-C", str(branch), "try", "build", "--against", str(headers)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        while "CC [M]" not in (row := child.stderr.readline()):
            assert row, "it ended"
        (built := sealed / "cache/patchflow/try/built/x").mkdir(parents=True)
        refused(run_patchflow("-C", str(branch), "try", "clean", "--yes"), 1, "Not all of it was removed")
        said = run_patchflow("-C", str(branch), "try", "clean", "--yes").err
        assert f"Another patchflow is trying something here right now (process {child.pid}" in said
        assert built.is_dir() and not other.exists()
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=20)
    assert run_patchflow("-C", str(branch), "try", "clean", "--yes").code == 0 and not built.exists()


def test_steps_of_an_installation() -> None:
    """Each is put beside the kernel's own and signed there; the loaded ones go out from the last to the first."""
    files = [Path("/c/vsock.ko"), Path("/c/vsock_loopback.ko")]
    names = ["vsock", "common", "vsock_loopback"]
    steps = install.steps_of(
        names, files, {"vsock", "vsock_loopback"}, "6.1.0-57-amd64", ["sign-file", "sha256", "k", "c"]
    )
    plain = [[word for word in step if word != "sudo"] for step in steps]
    assert plain == [
        ["install", "-D", "-m", "644", "-t", PLACE, "/c/vsock.ko", "/c/vsock_loopback.ko"],
        ["sign-file", "sha256", "k", "c", f"{PLACE}/vsock.ko"],
        ["sign-file", "sha256", "k", "c", f"{PLACE}/vsock_loopback.ko"],
        ["depmod", "6.1.0-57-amd64"],
        ["rmmod", "vsock_loopback", "vsock"],
        ["modprobe", "-a", "vsock", "vsock_loopback"],
    ]


def test_sparse_that_is_missing_is_named(branch: Path, headers: Path, tmp_path: Path) -> None:
    """By the build, by `check` before and after it, and with a sparse by none of them."""
    commit(branch, "one", "int one;\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "make", "sh", "bash", "true", "echo", "grep", "sed", "touch", "perl", "setpriv"):
        if (found := shutil.which(name)) is not None:
            (programs / name).symlink_to(found)
    env = {"PATH": str(programs)}
    words = ("-C", str(branch), "try", "build", "--against", str(headers))

    def said_by_check() -> list[str]:
        ran = run_patchflow("-C", str(branch), "--json", "check", env=env)
        return [text for text in ran.json["not_run"] if "sparse" in text]

    assert len(said_by_check()) == 1
    plain = run_patchflow(*words, env=env)
    assert plain.code == 0, plain.err
    assert "not run: sparse is missing" in plain.out and "apt install sparse" in plain.out
    (text,) = run_patchflow("--json", *words, env=env).json["not_run"]
    assert "sparse is missing" in text and said_by_check() == [text]
    (programs / "sparse").write_text("#!/bin/sh\n")
    (programs / "sparse").chmod(0o755)
    assert run_patchflow("--json", *words, env=env).json["not_run"] == []
    assert said_by_check() == []
