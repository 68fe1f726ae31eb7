"""`try boot --test` with programs that stand in for QEMU and make: which tests run, what is new, what never ended."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.test_try_boot_stand_in import programs, tree
from tests.cli.test_try_build_stand_in import branch, headers, left, refused
from tests.conftest import Ran, commit, git, run_patchflow
from tests.reviewed import BASE, FILE, mbox, upstream

__all__ = ["branch", "headers", "programs", "tree"]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")

# A guest prints what stands in the file of its turn (1: the base, 2: the series).
QEMU = """#!/bin/sh
case "$*" in
*"-machine help"*) echo "microvm              microvm (i386)" ;;
*isa-debug-exit*) exit 1 ;;
*) n=1; while [ -e "$GUESTS/ran$n" ]; do n=$((n + 1)); done; : > "$GUESTS/ran$n"
   echo "Linux version 7.3.0"; cat "$GUESTS/$n"; [ -e "$GUESTS/hangs$n" ] && exec sleep 300; exit 0 ;;
esac
"""
LIB = "emit_tests:\n\t@for one in $(PROGS); do echo $(COLLECTION):$$one; done\n"
DEMO = "PROGS := good.sh own broken\nall: own\nown:\n\tcp good.sh own\nbroken:\n\tfalse\ninclude ../lib.mk\n"
BEGINS, ENDED = "patchflow: program {} begins\n", "patchflow: program {} ended {}\n"


@pytest.fixture
def guests(branch: Path, tree: Path, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A series on a tree with selftests and a built kernel; the folder that says what guests print."""
    image = tree / "arch/x86/boot/bzImage"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"image")
    (tree / "modules.builtin").write_text("")
    (programs / "qemu-system-x86_64").write_text(QEMU)
    selftests = {"Makefile": "TARGETS += demo\nTARGETS += net\n", "lib.mk": LIB, "demo/Makefile": DEMO,
                 "demo/good.sh": "#!/bin/sh\nexit 0\n", "demo/settings": "timeout=7\n"}  # fmt: skip
    for name, text in selftests.items():
        path = branch / "tools/testing/selftests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (branch / "tools/testing/selftests/demo/good.sh").chmod(0o755)
    suite = branch / "tools/testing/vsock/Makefile"
    suite.parent.mkdir(parents=True)
    suite.write_text("vsock_test:\n\techo test > vsock_test\n")
    git(branch, "add", "-A", "-f")
    git(branch, "commit", "-q", "-m", "base: selftests")
    git(branch, "tag", "-f", "base")
    commit(branch, "one", "int one;\n")
    folder = tmp_path / "guests"
    folder.mkdir()
    monkeypatch.setenv("GUESTS", str(folder))
    return folder


def says(folder: Path, turn: int, *programs: tuple[str, str, int | None], more: str = "") -> None:
    """What the guest of a turn prints; a program without a status never ended."""
    rows = "patchflow: loaded vsock.ko\npatchflow: test begins\n"
    for name, text, status in programs:
        rows += BEGINS.format(name) + text + (ENDED.format(name, status) if status is not None else "")
    ended = all(status is not None for _, _, status in programs)
    (folder / str(turn)).write_text(rows + more + ("patchflow: test ended 0\n" if ended else ""))


def tried(branch: Path, tree: Path, *words: str) -> Ran:
    return run_patchflow("-C", str(branch), "--json", "try", "boot", "base..HEAD", "--against", str(tree), *words)


def test_what_belongs_to_the_patches_runs_on_both(branch: Path, tree: Path, guests: Path, sealed: Path) -> None:
    """vsock's suite and the exchange, in both guests; what fails newly is told apart from what did before."""
    before = "0 - bind...ok\n1 - odd...failed\n2 - connect...ok\n"
    now = "0 - bind...ok\n1 - odd...failed\n2 - connect...recv: reset\n"
    says(guests, 1, ("exchange:exchange", "sent\n", 0), ("vsock:vsock_test", before, 1))
    says(guests, 2, ("exchange:exchange", "sent\n", 0), ("vsock:vsock_test", now, 1))
    ran = tried(branch, tree, "--test")
    assert ran.code == 1, ran.err
    exchange, suite = ran.json["runs"]
    assert exchange["title"] == "the vsock exchange" and not exchange["newly"]
    assert [one["name"] for one in suite["newly"]] == ["vsock:vsock_test.connect"]
    assert [one["name"] for one in suite["as_before"]] == ["vsock:vsock_test.odd"]
    assert "vsock's own suite (tools/testing/vsock), because of net/vmw_vsock/af_vsock.c" in ran.err
    assert left(sealed) == []


def test_a_series_out_of_mail_is_tested_as_one_s_own(
    branch: Path, tree: Path, guests: Path, tmp_path: Path, sealed: Path
) -> None:
    """The same tests, on the base and on the series; what ran is kept, and named by a Tested-by."""
    changes = [("vsock: more", {FILE: BASE + "int e;\n"})]
    (tmp_path / "t.mbox").write_text(mbox(branch, "base", upstream(branch, "base", changes), with_base=True))
    words = ["-C", str(branch), "--json", "review"]
    assert run_patchflow(*words, "apply", str(tmp_path / "t.mbox")).code == 0
    for turn, result in ((1, "failed"), (2, "ok")):
        says(guests, turn, ("exchange:exchange", "", 0), ("vsock:vsock_test", f"0 - a...ok\n1 - b...{result}\n", 0))
    ran = run_patchflow(*words, "boot", "--against", str(tree), "--test")
    assert ran.code == 0, ran.err
    assert [one["name"] for one in ran.json["runs"][1]["fixed"]] == ["vsock:vsock_test.b"]
    assert "because of net/vmw_vsock/af_vsock.c" in ran.err and ran.json["series"]["title"] == "vsock: more"
    (kept,) = run_patchflow(*words, "show").json["tested"]
    assert kept["holds"] and "vsock's own suite (tools/testing/vsock) on Linux 7.3.0-test" in kept["says"]
    (tree / "init/main.c").unlink()  # headers are enough to build
    assert run_patchflow(*words, "build", "--against", str(tree)).code == 0
    tagged = run_patchflow(*words, "tag", "tested-by").out
    assert "; ran the vsock exchange on Linux" in tagged and "1 of them fails without the series" in tagged
    refused(run_patchflow(*words, "boot", "--test", "kselftest:no"), 2, "no kselftest target no")
    assert left(sealed) == []


def test_a_selftest_by_name(branch: Path, tree: Path, guests: Path) -> None:
    """What builds runs, what does not is told; a new splat in the kernel's log counts."""
    passes = ("demo:good.sh", "TAP version 13\n1..2\nok 1 a\nok 2 b # SKIP no\n", 0), ("demo:own", "", 4)
    fails = ("demo:good.sh", "TAP version 13\n1..2\nnot ok 1 a\nok 2 b # SKIP no\n", 1), ("demo:own", "", 4)
    says(guests, 1, *fails)
    says(guests, 2, *passes)
    ran = tried(branch, tree, "--test", "kselftest:demo")
    assert ran.code == 0, ran.err
    (run,) = ran.json["runs"]
    assert {one["name"]: one["how"] for one in run["results"]} == {
        "demo:good.sh.a": "pass", "demo:good.sh.b": "skip", "demo:own": "skip",
    }  # fmt: skip
    assert [one["name"] for one in run["fixed"]] == ["demo:good.sh.a"]
    assert ran.json["left_out"][0]["name"] == "demo:broken" and "does not build" in ran.json["left_out"][0]["why"]
    for turn in (1, 2):
        (guests / f"ran{turn}").unlink()
    says(guests, 2, *passes, more="[    2.1] WARNING: CPU: 0 PID: 7 at net/x.c:9 vsock_bind+0x1/0x2 [vsock]\n")
    ran = tried(branch, tree, "--test", "kselftest:demo:good.sh")
    assert ran.code == 1 and "WARN" in ran.json["faults"][0]
    assert any("vsock_bind" in row for row in ran.json["new_log"])


def test_a_test_that_never_ends_is_named(branch: Path, tree: Path, guests: Path, sealed: Path) -> None:
    """Stopped by its own limit, or by the guest's; what was to come after it never began."""
    says(guests, 1, ("demo:good.sh", "", 0), ("demo:own", "", 143))
    says(guests, 2, ("demo:good.sh", "ok 1 a\n", None))
    (guests / "hangs2").touch()
    ran = tried(branch, tree, "--test", "kselftest:demo", "--timeout", "1")
    assert ran.code == 1
    why = {one["name"]: one["why"] for one in ran.json["runs"][0]["results"] if one["how"] == "hung"}
    assert why == {
        "demo:good.sh": "it was running and never ended: its time was up",
        "demo:own": "it never began: its time was up",
    }
    assert left(sealed) == []


def test_a_guest_that_panics_before_its_first_program(branch: Path, tree: Path, guests: Path) -> None:
    says(guests, 1, ("demo:good.sh", "", 0), ("demo:own", "", 0))
    (guests / "2").write_text("[    0.9] Kernel panic - not syncing: VFS: Unable to mount root fs\n")
    ran = tried(branch, tree, "--test", "kselftest:demo")
    assert ran.code == 1
    assert "panicked before its first program ran: VFS" in ran.json["runs"][0]["results"][0]["why"]
    (guests / "3").write_text("[    0.9] Kernel panic - not syncing: VFS: Unable to mount root fs\n")
    plain = run_patchflow("-C", str(branch), "try", "boot", "base..HEAD", "--against", str(tree))
    assert plain.code == 1 and "the kernel panicked before its first program ran" in plain.out


def test_words_that_name_no_test(branch: Path, tree: Path, guests: Path, sealed: Path) -> None:
    refused(tried(branch, tree, "--test", "kselftest:no"), 2, "no kselftest target no", "demo")
    refused(tried(branch, tree, "--test", "HEAD~2"), 2, "neither a script nor a test", "behind the range")
    refused(tried(branch, tree, "--test", "kunit:net/none"), 3, "no net/none/.kunitconfig")
    commit(branch, "two", "x\n", "fs/ext4/super.c")
    ran = run_patchflow("-C", str(branch), "try", "boot", "HEAD~1..HEAD", "--test")
    assert ran.code == 1 and "fstests, ./check -g quick on ext4" in ran.err, ran.err
    ran = tried(branch, tree, "--test", "kunit:CONFIG_LIST_KUNIT_TEST")
    assert ran.code == 1 and "no whole kernel tree" in ran.json["left_out"][0]["why"]
    assert left(sealed) == []


def test_the_user_s_own_script_by_the_profile(branch: Path, tree: Path, guests: Path, sealed: Path) -> None:
    """Named by a profile of the user's, run in both guests as the other tests are."""
    folder = sealed / "config/patchflow/profiles"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('extends = "vsock"\ntest = "mine.sh"\n')
    (folder / "mine.sh").write_text("exit 0\n")
    git(branch, "config", "patchflow.profile", "mine")
    git(branch, "config", "branch.demo.patchflow-profile", "mine")
    rows = [("mine.sh:script", "", 0), ("exchange:exchange", "", 0), ("vsock:vsock_test", "0 - a...ok\n", 0)]
    says(guests, 1, *rows)
    says(guests, 2, *rows)
    ran = run_patchflow("-C", str(branch), "--json", "try", "boot", "--against", str(tree), "--test")
    assert ran.code == 0, ran.err
    assert ran.json["runs"][0]["title"] == "script mine.sh"
    cover = run_patchflow("-C", str(branch), "cover").err
    assert "Tested: ran script mine.sh on Linux 7.3.0-test, QEMU microvm" in cover, cover
    assert "vsock's own suite (tools/testing/vsock)" in cover


# A kernel of a tree whose lib/list.c holds what its suites print. Kconfig's part is played: the suite is there beside
# LISTS, which nobody is asked about and SORTED selects; what an option called NEVER wants is never set.
KERNEL = r"""VERSION = 7
PATCHLEVEL = 3
SUBLEVEL = 0
all:
	@if grep -q BROKEN lib/list.c; then echo "lib/list.c:1:1: error: it is broken"; exit 1; fi
	@sed -n 's|^// ||p' lib/list.c > $(O)/printed; cp lib/run $(O)/linux; chmod 755 $(O)/linux
allnoconfig:
	@sed '/NEVER/d; /LISTS/d' $(KCONFIG_ALLCONFIG) > $(O)/.config
	@if grep -q ^CONFIG_SORTED=y $(O)/.config; then echo CONFIG_LISTS=y >> $(O)/.config; fi
	@grep -q LISTS $(O)/.config || sed -i /LIST_KUNIT/d $(O)/.config
"""
LISTS = """config LISTS
	bool
if LISTS || OTHER_LISTS
config LIST_KUNIT_TEST
	tristate "lists" if !KUNIT_ALL_TESTS
	depends on KUNIT
endif
config SORTED
	bool "sorted"
	select LISTS
config NEVER_KUNIT
	tristate "never"
	depends on KUNIT && OTHER_MACHINE
"""
RUN = '#!/bin/sh\ncat "${0%/*}/printed"\nif grep -q HANGS "${0%/*}/printed"; then exec sleep 300; fi\n'
SUITE = """// KTAP version 1
// 1..1
//     # Subtest: list
//     1..2
//     ok 1 init
//     {}ok 2 add
// {}ok 1 list
"""


@pytest.fixture
def kunit(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small tree as a whole one, with a suite of KUnit."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("gcc", "flex", "bison", "bc"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    for path, text in {
        "Makefile": KERNEL, "init/main.c": "int main;\n", "arch/um/Makefile": "x\n", "lib/run": RUN,
        "lib/list.c": SUITE.format("", ""), "lib/Kconfig": LISTS,
        "Kconfig": 'config KUNIT\n\tbool "kunit"\nsource "lib/Kconfig"\n',
        "lib/Makefile": "obj-$(CONFIG_LIST_KUNIT_TEST) += list-test.o\nobj-$(CONFIG_NEVER_KUNIT) += list_kunit.o\n",
    }.items():  # fmt: skip
        (small / path).parent.mkdir(parents=True, exist_ok=True)
        (small / path).write_text(text)
    git(small, "add", "-A", "-f")
    git(small, "commit", "-q", "-m", "base: a whole tree")
    git(small, "tag", "-f", "base")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    return small


def series(tree: Path, text: str) -> Ran:
    (tree / "lib/list.c").write_text(text)
    git(tree, "add", "-A", "-f")
    git(tree, "commit", "-q", "-m", "lib: list: change it")
    return run_patchflow("-C", str(tree), "--json", "try", "boot", "--test", "--timeout", "3")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="a user-mode kernel runs on x86 alone")
def test_suites_of_kunit_in_a_user_mode_kernel(kunit: Path, sealed: Path) -> None:
    """Built and run of the base and of the series; one that cannot be had is told; the user's tree stays as it is."""
    ran = series(kunit, SUITE.format("not ", "not "))
    assert ran.code == 1, ran.err
    (run,) = ran.json["runs"]
    assert run["title"] == "KUnit CONFIG_LIST_KUNIT_TEST" and run["where"] == "in a user-mode kernel"
    assert [one["name"] for one in run["newly"]] == ["list.add"] and len(run["base"]) == 2
    (left_out,) = ran.json["left_out"]
    assert left_out["name"] == "KUnit CONFIG_NEVER_KUNIT"
    assert "depends on KUNIT && OTHER_MACHINE, of which OTHER_MACHINE is not set" in left_out["why"]
    assert "lib/list.c: lib/Makefile" in ran.err and git(kunit, "status", "--porcelain") == ""
    found = run_patchflow("-C", str(kunit), "--json", "check").json["series"]
    assert any(row["rule"] == "boot" and "list.add fails newly" in row["text"] for row in found)
    ran = series(kunit, SUITE.format("", "") + "// HANGS\n")
    assert ran.code == 1 and ran.json["runs"][0]["newly"][0]["why"] == "its time was up"
    refused(series(kunit, "BROKEN\n"), 1, "does not build with the series", "it is broken")
    assert left(sealed) == []


def test_a_tree_without_selftests_still_runs_what_it_can(branch: Path, tree: Path, guests: Path) -> None:
    git(branch, "rm", "-q", "tools/testing/selftests/lib.mk")
    commit(branch, "net: two", "int two;\n", "net/core/sock.c")
    rows = [("exchange:exchange", "", 0), ("vsock:vsock_test", "0 - a...ok\n", 0)]
    says(guests, 1, *rows)
    says(guests, 2, *rows)
    ran = tried(branch, tree, "--test")
    assert ran.code == 0, ran.err
    assert [one["name"] for one in ran.json["left_out"]] == ["kselftest net"] and len(ran.json["runs"]) == 2
