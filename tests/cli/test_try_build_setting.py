"""`try build --arch|--llvm|--config|--like-nipa` and headers alone; a Makefile stands in for a full tree's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.test_try_build_full import MAKEFILE, build, commit, full, tools
from tests.conftest import Ran, git, run_patchflow

__all__ = ["full", "tools"]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")

# Kconfig's part is played: VSOCKETS stays only beside NET, and each make says what it is for.
CONFIGURED = (
    MAKEFILE.replace("olddefconfig:\n", "olddefconfig:\n\t@grep -q ^CONFIG_NET=y $(O)/.config || "
                     "sed -i '/^CONFIG_VSOCKETS=/d' $(O)/.config\n\t@sed -i /NOPE/d $(O)/.config\n")
    + "tinyconfig defconfig allmodconfig:\n\t@echo making $@ ARCH=$(ARCH) $(CROSS_COMPILE) $(LLVM)\n"
    "\t@echo CONFIG_X86=y > $(O)/.config\n"
    "\t@if test $@ = allmodconfig; then (echo CONFIG_NET=y; echo CONFIG_BUILT_IN=y) >> $(O)/.config; fi\n"
)  # fmt: skip
KCONFIG = 'config NET\n\tbool "net"\nif NET\nsource "net/vmw_vsock/Kconfig"\nendif\n'
OPTION = 'config VSOCKETS\n\ttristate "vsock"\nconfig BUILT_IN\n\tbool "in"\n\tdepends on NEVER\n'


@pytest.fixture
def configured(full: Path) -> Path:
    """The full tree with Kconfig files, and without a .config."""
    (full / ".config").unlink()
    for path, text in {"Makefile": CONFIGURED, "Kconfig": KCONFIG, "net/vmw_vsock/Kconfig": OPTION}.items():
        (full / path).write_text(text)
    git(full, "add", "-A")
    git(full, "commit", "-q", "-m", "base: Kconfig")
    git(full, "tag", "-f", "base")
    git(full, "config", "branch.demo.patchflow-base", git(full, "rev-parse", "HEAD").strip())
    return full


def own(clone: Path, *words: str, env: dict[str, str] | None = None) -> Ran:
    """With the clone's own work tree."""
    return run_patchflow("-C", str(clone), "--json", "try", "build", *words, env=env)


def alone(tools: Path, folder: Path) -> dict[str, str]:
    """An environment whose compilers are those of `tools` only."""
    bare = folder / "bare"
    bare.mkdir()
    for name in (
        "git",
        "make",
        "sh",
        "bash",
        "grep",
        "sed",
        "mkdir",
        "touch",
        "test",
        "echo",
        "setpriv",
        "cat",
        "perl",
    ):
        if found := shutil.which(name):
            (bare / name).symlink_to(found)
    return {"PATH": f"{tools}:{bare}"}


def test_a_configuration_is_made_with_what_the_files_need(configured: Path, sealed: Path) -> None:
    """A target, the options of the touched files, and what these depend on; the user's tree gets none of it."""
    commit(configured, "one", "int one;\n")
    ran = own(configured, "--config", "tinyconfig")
    assert ran.code == 0, ran.err
    assert ran.json["objects"] == ["net/vmw_vsock/af_vsock.o"] and "with tinyconfig" in ran.json["against"]
    assert "making tinyconfig" in ran.err and "prepared in" in ran.err and "of the cache" in ran.err
    (made,) = (sealed / "cache/patchflow/try/full").glob("*/out/.config")
    assert {"CONFIG_NET=y", "CONFIG_VSOCKETS=y"} <= {*made.read_text().split()}
    assert not (configured / ".config").exists()
    assert "prepared in" not in own(configured, "--config", "tinyconfig").err
    kept = run_patchflow("-C", str(configured), "--json", "try", "clean").json["kept"]
    assert any("/try/full/" in row["path"] and row["bytes"] > 0 for row in kept)


def test_options_are_set_or_what_they_depend_on_is_told(configured: Path) -> None:
    commit(configured, "one", "int one;\n")
    (configured / ".config").write_text("CONFIG_X86=y\nCONFIG_MODULES=y\n")
    ran = own(configured, "--config", "VSOCKETS=m", "--config", "EXTRA_FIRMWARE=n")
    assert ran.code == 0, ran.err
    assert ran.json["modules"] == ["net/vmw_vsock/vsock.ko"] and "VSOCKETS=m" in ran.json["against"]
    ran = build(configured, configured)
    assert ran.code == 1 and "CONFIG_VSOCKETS is not set" in ran.err
    assert "(it depends on NET, of which NET is not set)" in ran.err and "--config VSOCKETS=m" in ran.err
    for words, said in (
        (("--config", "NOPE=y"), "no option NOPE"),
        (("--config", "nonsense"), "neither an option with a value nor a target"),
        (("--config", "tinyconfig", "--config", "defconfig"), "two targets"),
        (("--arch", "vax"), "architecture vax is not known"),
        (("--like-nipa", "--llvm"), "configurations of its own"),
        (("--on", "6.1", "--llvm"), "Leave one out"),
    ):
        ran = own(configured, *words)
        assert ran.code in (1, 2) and said in ran.err, ran.err


def test_a_tree_that_is_not_full_cannot_be_built_for_another_machine(small: Path) -> None:
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    commit(small, "one", "int one;\n")
    ran = own(small, "--llvm")
    assert ran.code == 2 and "full kernel tree" in ran.err and "--against" in ran.err


@pytest.mark.parametrize(
    ("words", "programs", "made", "package"),
    [
        (["--arch", "arm64"], ["aarch64-linux-gnu-gcc"], "ARCH=arm64 aarch64-linux-gnu-", "gcc-aarch64-linux-gnu"),
        (["--arch", "riscv64"], ["riscv64-linux-gnu-gcc"], "ARCH=riscv riscv64-linux-gnu-", "gcc-riscv64-linux-gnu"),
        (["--llvm"], ["clang", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy"], "ARCH= 1", "clang lld llvm"),
    ],
)  # fmt: skip
def test_another_machine_and_compiler(
    configured: Path, tools: Path, words: list[str], programs: list[str], made: str, package: str, tmp_path: Path
) -> None:
    """A compiler that is missing is named with its package; make gets the words it takes."""
    commit(configured, "one", "int one;\n")
    env = alone(tools, tmp_path)
    ran = own(configured, *words, "--config", "defconfig", env=env)
    assert ran.code == 3 and f"`apt install {package}`" in ran.err, ran.err
    for name in programs:
        (tools / name).write_text("#!/bin/sh\necho 1\n")
        (tools / name).chmod(0o755)
    ran = own(configured, *words, "--config", "defconfig", env=env)
    assert f"making defconfig {made}" in ran.err and ran.code == 0, ran.err
    assert programs[0] in ran.json["against"]


def test_a_sparse_that_does_not_know_another_machine_s_options(configured: Path, tools: Path) -> None:
    """As 0.6.4 with -march=rv64imac_zicsr_zifencei: it is left out, with what it says, and all else is built."""
    refuses = "%.ko %.o:\n\t@if test '$(C)' -a '$(ARCH)' = riscv; then {}; fi\n"
    dies = "echo \"invalid argument to '-march': '_zicsr_zifencei'\"; exit 1"
    (configured / "Makefile").write_text(CONFIGURED.replace("%.ko %.o:\n", refuses.format(dies)))
    git(configured, "commit", "-q", "-am", "base: sparse ends early")
    git(configured, "config", "branch.demo.patchflow-base", git(configured, "rev-parse", "HEAD").strip())
    commit(configured, "one", "int one;\n")
    (tools / "riscv64-linux-gnu-gcc").write_text("#!/bin/sh\necho 1\n")
    (tools / "riscv64-linux-gnu-gcc").chmod(0o755)
    ran = own(configured, "--arch", "riscv64", "--config", "defconfig")
    assert ran.code == 0, ran.err
    assert any("'_zicsr_zifencei'" in text and "C=1 was left out" in text for text in ran.json["not_run"])
    assert "sparse" not in ran.json["against"] and "sparse" in own(configured, "--config", "defconfig").json["against"]


def test_a_header_alone_builds_what_includes_it(full: Path) -> None:
    """By what a build wrote down, and by the sources' own words; of many some, from all folders."""
    (full / "net/vmw_vsock/in.c").write_text("#include <net/x.h>\n")
    made = full / "net/vmw_vsock/.af_vsock.o.cmd"
    for number in range(25):
        (full / f"net/vmw_vsock/part{number}.c").write_text("int part;\n")
    with (full / "net/vmw_vsock/Makefile").open("a") as file:
        file.write("vsock-y += " + " ".join(f"part{number}.o" for number in range(25)) + "\n")
    git(full, "add", "-A")
    git(full, "commit", "-q", "-m", "base: more of it")
    git(full, "config", "branch.demo.patchflow-base", git(full, "rev-parse", "HEAD").strip())
    commit(full, "change a header", "/* x */\n", "include/net/x.h")
    ran = build(full, full)
    assert ran.code == 0, ran.err
    assert ran.json["objects"] == ["net/vmw_vsock/in.o"] and ran.json["left_out"] == []
    made.write_text("deps_net/vmw_vsock/af_vsock.o := \\\n  include/net/x.h \\\n")
    assert build(full, full).json["objects"] == ["net/vmw_vsock/in.o", "net/vmw_vsock/af_vsock.o"]
    for number in range(25):
        made.with_name(f".part{number}.o.cmd").write_text("  include/net/x.h \\\n")
    found = build(full, full).json
    assert len(found["objects"]) == 20 and found["objects"][0] == "net/vmw_vsock/in.o"
    assert found["left_out"] == [{"path": "include/net/x.h", "why": "20 of the 27 objects that include it are built"}]


def test_the_builds_of_netdevs_ci(configured: Path, tools: Path, tmp_path: Path) -> None:
    """Each configuration before and after each patch; what is missing here is told, and is no pass."""
    env = alone(tools, tmp_path)
    commit(configured, "one", "/* WARN */\n", "net/vmw_vsock/in.c")
    (configured / "scripts/kernel-doc").write_text("#!/bin/sh\n")
    ran = own(configured, "--like-nipa", env=env)
    rows = {row["test"]: row for row in ran.json["nipa"]}
    assert ran.code == 1 and list(rows) == ["build_allmodconfig_warn", "build_32bit", "build_clang", "kdoc"], ran.err
    for name in ("build_allmodconfig_warn", "build_32bit"):
        assert [m["text"] for m in rows[name]["build"]["patches"][0]["new"]] == ["a warning"], ran.err
    assert "sparse" in rows["build_allmodconfig_warn"]["build"]["against"]
    assert (
        "sparse" not in rows["build_32bit"]["build"]["against"]
        and "for i386" in rows["build_32bit"]["build"]["against"]
    )
    assert rows["build_clang"]["not_run"] and rows["build_clang"]["holds"] and not rows["build_32bit"]["holds"]
    plain = run_patchflow("-C", str(configured), "try", "build", "--like-nipa", env=env)
    assert "do not hold; not run: build_clang" in plain.out and "only what the patches touch" in plain.out
