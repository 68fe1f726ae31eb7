"""`try boot --test` with real kernels: a selftest, vsock's own suite and a suite of KUnit; in a full tree an
object built in or for another machine, and kernels that look after themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, git
from tests.e2e.vsock_tree import FUNCTION, cache, commit, nothing_left, standing, trying, vsock
from tests.e2e.whole_tree import whole
from tests.processes import command_lines

__all__ = ["cache", "standing", "vsock", "whole"]
pytestmark = [pytest.mark.boot, pytest.mark.long]
SELFTESTS = "tools/testing/selftests"


def test_a_selftest_on_the_base_and_on_the_series(vsock: Path, whole: Path, cache: str) -> None:
    """Touched itself, it is built static, and runs in two guests; the new version fails, and that is told."""
    for name in ("Makefile", "lib.mk", "kselftest.h", "kselftest_harness.h", "kselftest", "size"):
        copy = shutil.copytree if (whole / SELFTESTS / name).is_dir() else shutil.copyfile
        (vsock / SELFTESTS).mkdir(parents=True, exist_ok=True)
        copy(whole / SELFTESTS / name, vsock / SELFTESTS / name)
    git(vsock, "add", "-A", "-f")
    git(vsock, "commit", "-q", "-m", "selftests")
    path = vsock / SELFTESTS / "size/get_size.c"
    path.write_text(path.read_text().replace('"ok 1', '"not ok 1'))
    commit(vsock, "break a test", "/* broken */\n", f"{SELFTESTS}/size/get_size.c")
    ran = trying(vsock, "boot", "HEAD~1..HEAD", "--test")
    assert ran.code == 1, ran.err[-4000:]
    (run,) = ran.json["runs"]
    assert run["title"] == "kselftest size:get_size" and len(run["newly"]) == 1
    assert run["base"][0]["how"] == "pass" and ran.json["faults"] == []
    assert nothing_left(cache)


def test_vsock_s_own_suite(vsock: Path, whole: Path, cache: str) -> None:
    """Both ends in one guest, over vsock_loopback, with the modules of the base and of the series."""
    shutil.copytree(whole / "tools/include", vsock / "tools/include")
    git(vsock, "add", "-A", "-f")
    git(vsock, "commit", "-q", "-m", "tools: what its tests include")
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    ran = trying(vsock, "boot", "HEAD~1..HEAD", "--test", "vsock")
    assert ran.code == 0, ran.err[-4000:]
    (run,) = ran.json["runs"]
    assert len(run["results"]) > 10 and not run["newly"] and run["base"]
    assert any("SOCK_SEQPACKET msg bounds" in one["name"] and one["how"] == "pass" for one in run["results"])
    assert nothing_left(cache)


def test_a_suite_of_kunit(whole: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user-mode kernel of the base and one of the series: one expectation that fails is told."""
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", cache)
    git(whole, "checkout", "-q", "-B", "kunit", "base")
    text = (whole / "lib/list-test.c").read_text()
    wrong = text.replace("KUNIT_EXPECT_TRUE(test, list_empty_careful(&list1));", 'KUNIT_FAIL(test, "planned");', 1)
    assert wrong != text
    (whole / "lib/list-test.c").write_text(wrong)
    git(whole, "commit", "-q", "-am", "lib: list-test: break it")
    # Two kernels take longer than run_patchflow waits where the machine is busy.
    words = [sys.executable, "-m", "patchflow", "-C", str(whole), "--json", "try", "boot", "base..HEAD", "--test"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*words, "kunit:lib/tiny"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr[-4000:]
    (run,) = json.loads(done.stdout)["runs"]
    assert len(run["newly"]) == 1 and run["newly"][0]["name"].startswith("list-kunit-test.")
    assert len(run["results"]) > 30 and all(one["how"] == "pass" for one in run["base"])
    assert git(whole, "status", "--porcelain") == "" and nothing_left(cache)
    assert not [line for line in command_lines() if cache.encode() in line]


def test_an_object_that_is_built_in(whole: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an O= folder of the cache, under the tree's own tinyconfig: just that object, with its new warning."""
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", cache)
    git(whole, "checkout", "-q", "-B", "tiny", "base")
    subprocess.run(["make", "-s", "-C", whole, "O=" + str(whole.parent / "tiny"), "tinyconfig"], check=True)
    shutil.copyfile(whole.parent / "tiny/.config", whole / ".config")
    commit(whole, "warn", "\nstatic int list_sort_unused;\n", "lib/list_sort.c")
    ran = trying(whole, "build", "base..HEAD", "--against", str(whole))
    assert ran.code == 1, ran.err[-4000:]
    assert ran.json["objects"] == ["lib/list_sort.o"] and ran.json["modules"] == []
    assert "list_sort_unused" in ran.json["patches"][0]["new"][0]["text"] and nothing_left(cache)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("riscv64-linux-gnu-gcc") is None, reason="needs a compiler: `scripts/setup --cross`")
def test_an_object_for_another_machine(whole: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For riscv64, with sparse or without: 0.6.4 does not know its options."""
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", cache)
    git(whole, "checkout", "-q", "-B", "riscv", "base")
    commit(whole, "warn", "\nstatic int list_sort_unused;\n", "lib/list_sort.c")
    words = ["build", "base..HEAD", "--against", str(whole), "--arch", "riscv64", "--config", "tinyconfig"]
    ran = trying(whole, *words)
    assert ran.code == 1, ran.err[-4000:]
    assert ran.json["objects"] == ["lib/list_sort.o"] and "riscv64-linux-gnu-gcc" in ran.json["against"]
    assert "list_sort_unused" in ran.json["patches"][0]["new"][0]["text"] and nothing_left(cache)


PLANTED = """
#include <linux/init.h>
#include <linux/slab.h>

static int __init list_sort_plant(void)
{
	char *gone = kmalloc(100, GFP_KERNEL);

	kfree(gone);
	WRITE_ONCE(gone[8], 1);
	for (int i = 0; i < 10; i++)
		WRITE_ONCE(*(char *)kmalloc(3000 + i, GFP_KERNEL), 1);
	return 0;
}
late_initcall(list_sort_plant);
"""


@pytest.mark.long
@pytest.mark.skipif(not os.environ.get("PATCHFLOW_DEBUG_BOOT"), reason="takes minutes: PATCHFLOW_DEBUG_BOOT=1")
def test_a_kernel_with_kasan_and_kmemleak(whole: Path, cache: str) -> None:
    """Linked in an O= folder and booted, both name the function of what a patch plants there."""
    git(whole, "checkout", "-q", "-B", "debug", "base")
    commit(whole, "plant it", PLANTED, "lib/list_sort.c")
    words = ["boot", "base..HEAD", "--config", "tinyconfig", "--debug", "kasan", "--debug", "kmemleak"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATCHFLOW_CACHE_DIR": cache}
    argv = [sys.executable, "-m", "patchflow", "-C", str(whole), "--json", "try", *words]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr[-4000:]
    found = {(one["kind"], one["function"]) for one in json.loads(done.stdout)["faults"]}
    assert found == {("KASAN", "list_sort_plant"), ("leak", "list_sort_plant")}
    assert git(whole, "status", "--porcelain") == "" and nothing_left(cache)
