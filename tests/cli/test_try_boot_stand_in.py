"""`try boot` and `try trace` with a program that stands in for QEMU: what it lacks, a guest that hangs, a full disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from patchflow.adapters.qemu import machine
from patchflow.domain.boot import Guest
from tests.cli.test_try_build_stand_in import branch, headers, left, refused
from tests.conftest import ROOT, commit, run_patchflow
from tests.processes import command_lines
from tests.reviewed import BASE, FILE, mbox, upstream

__all__ = ["branch", "headers"]
LOG = Path(__file__).parent.parent / "formats/traces/microvm-rng.log"
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")

# What it does is said in QEMU_DOES. A guest that hangs prints 50 lines and waits.
QEMU = """#!/bin/sh
case "$*" in
*"-machine help"*)
    echo "Supported machines are:"
    echo "q35                  Standard PC (Q35 + ICH9, 2009)"
    case $QEMU_DOES in *q35-only*) ;; *) echo "microvm              microvm (i386)" ;; esac ;;
*"-trace help"*) case $QEMU_DOES in *no-traces*) ;; *) echo virtio_notify ;; esac ;;
*isa-debug-exit*) case $QEMU_DOES in *dead-kvm*) exec sleep 300 ;; esac; exit 1 ;;
*)
    case $QEMU_DOES in *dtrace*)
        echo "qemu: error: --trace file=...: option not supported by the selected tracing backends" >&2; exit 1 ;;
    esac
    case "$QEMU_DOES $*" in *broken-kvm*"-accel kvm"*)
        echo "KVM internal error. Suberror: 1"; echo "emulation failure"; sleep 300 ;;
    *silent-kvm*"-accel kvm"*) exec sleep 300 ;;
    esac
    echo "called with $*"
    n=1
    while [ $n -le 50 ]; do echo "[    0.$n] Linux version line $n"; n=$((n + 1)); done
    case $QEMU_DOES in *hang*) sleep 300 ;; esac
    echo "patchflow: loaded one.ko"
    echo "patchflow: test ended 0" ;;
esac
"""


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """QEMU, and what a guest is made of, in front of the PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    compiler = '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho exchange > "$2"\n'
    for name, text in (("qemu-system-x86_64", QEMU), ("busybox", "#!/bin/sh\n"), ("cc", compiler)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.fixture
def words(branch: Path, tmp_path: Path) -> list[str]:
    """A kernel and a module of one's own, for the command line."""
    commit(branch, "one", "int one;\n")
    for name, size in (("kernel", 10), ("one.ko", 200_000)):
        (tmp_path / name).write_bytes(bytes(size))
    return ["--kernel", str(tmp_path / "kernel"), "--modules", str(tmp_path / "one.ko")]


def test_a_boot_goes_to_its_end(branch: Path, words: list[str], sealed: Path) -> None:
    ran = run_patchflow("-C", str(branch), "--json", "try", "boot", *words)
    assert ran.code == 0, ran.err
    assert ran.json["loaded"] == ["one"] and ran.json["test"] == 0 and left(sealed) == []


@pytest.mark.parametrize("what", ["boot", "trace"])
def test_a_machine_that_this_qemu_has_not(branch: Path, words: list[str], sealed: Path, what: str) -> None:
    env = {"QEMU_DOES": "q35-only"}
    ran = run_patchflow("-C", str(branch), "try", what, *words, env=env)
    refused(ran, 3, "no machine microvm", "q35")
    assert "booting" not in ran.err and left(sealed) == []
    events = ["--events", "virtio_notify"] if what == "trace" else []
    ran = run_patchflow("-C", str(branch), "try", what, "--machine", "q35", *events, *words, env=env)
    assert "booting kernel on q35" in ran.err


def test_base_and_tip_are_traced_beside_each_other(
    branch: Path, headers: Path, tmp_path: Path, sealed: Path, programs: Path
) -> None:
    """The tip's guest loses an acknowledgement, which the base's does not."""
    commit(branch, "one", "/* WARN */\n")
    (tmp_path / "kernel").write_bytes(bytes(10))
    writes = f"""for word in "$@"; do case $word in *file=*) trace=${{word##*file=}} ;; esac; done
    cp {LOG} "$trace"
    if test -f {tmp_path}/second; then sed '0,/offset 0x64 value 0x1/{{/offset 0x64 value 0x1/d}}' {LOG} > "$trace"; fi
    touch {tmp_path}/second
    echo "called with $*\""""
    (programs / "qemu-system-x86_64").write_text(QEMU.replace('echo "called with $*"', writes))
    words = ["--kernel", str(tmp_path / "kernel"), "--against", str(headers), "--events", "virtio_notify"]
    ran = run_patchflow("-C", str(branch), "try", "trace", "--with-base", *words)
    assert ran.code == 1 and "worse: never-acknowledged: 0 before, 1 now" in ran.out, ran.out + ran.err
    assert ", the base" in ran.err and ", patch 1/1" in ran.err and left(sealed) == []


@pytest.mark.parametrize(
    ("does", "says"), [("no-traces", "without a trace back end"), ("dtrace", "neither the log nor the simple")]
)
def test_a_qemu_without_the_back_end(branch: Path, words: list[str], sealed: Path, does: str, says: str) -> None:
    trace = ["try", "trace", "--events", "virtio_notify", *words]
    refused(run_patchflow("-C", str(branch), *trace, env={"QEMU_DOES": does}), 3, says, "Debian's")
    assert left(sealed) == []


@pytest.mark.parametrize("does", ["broken-kvm", "silent-kvm"])
def test_a_kvm_that_gives_up_on_a_kernel(
    tmp_path: Path, sealed: Path, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    """It gets through the three instructions that are tried first, and stands still in a kernel's start."""
    answers = tmp_path / "answers"
    monkeypatch.setattr(machine, "_answer_path", lambda: answers)
    monkeypatch.setattr("os.access", lambda path, mode: True)
    monkeypatch.setattr(machine, "_SILENT", 0.5)
    monkeypatch.setenv("QEMU_DOES", does)
    answers.write_text(f"{machine._this_boot()} kvm\n")
    heard: list[str] = []
    guest = Guest("microvm", str(tmp_path / "kernel"), (), "", seconds=30 if does == "broken-kvm" else 1)
    booted = machine.boot(guest, tmp_path / "initramfs", tmp_path, heard.append)
    assert (booted.accelerator, booted.timed_out) == ("tcg", False) and "patchflow: test ended 0" in booted.console
    assert any("emulated instead" in row for row in heard)
    assert machine.accelerator() == "tcg", "it is not tried again before the host boots anew"


def test_no_kvm_and_one_that_hangs_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the device, or one's right to it, QEMU is not asked; one that hangs is asked once, for some seconds."""
    answers = tmp_path / "answers"
    monkeypatch.setattr(machine, "_answer_path", lambda: answers)
    monkeypatch.setattr(machine, "_PROBE_SECONDS", 0.3)
    monkeypatch.setenv("QEMU_DOES", "dead-kvm")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert machine.accelerator() == "tcg" and not answers.exists()
    monkeypatch.setattr("os.access", lambda path, mode: True)
    assert machine.accelerator() == "tcg" and answers.read_text().endswith(" tcg\n")
    monkeypatch.setattr(machine, "_kvm_runs", lambda: pytest.fail("it is asked again"))
    assert machine.accelerator() == "tcg"


@pytest.mark.long
def test_a_guest_that_hangs(branch: Path, words: list[str], sealed: Path) -> None:
    """Its time is up: the last 40 lines of its console, exit 1, and nothing of it runs on."""
    boot = ["-C", str(branch), "try", "boot", "--timeout", "2", *words]
    ran = run_patchflow(*boot, env={"QEMU_DOES": "hang"})
    assert ran.code == 1 and "its time was up" in ran.out
    shown = [row for row in ran.out.split("\n") if "Linux version line" in row]
    assert len(shown) == 40 and shown[-1].endswith("line 50")
    ran = run_patchflow("--json", *boot, env={"QEMU_DOES": "hang"})
    assert ran.json["timed_out"] and len(ran.json["console"]) == 40
    assert left(sealed) == []
    commands = command_lines()
    assert not any(str(sealed).encode() in command for command in commands)


def test_a_full_disk(branch: Path, words: list[str], sealed: Path) -> None:
    """No file may grow beyond 64 KiB, as a disk that is full: one paragraph, and nothing is left."""
    limited = 'ulimit -f 128; exec "$@"'
    argv = ["sh", "-c", limited, "sh", sys.executable, "-m", "patchflow", "-C", str(branch), "try", "boot", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert done.stderr.strip().split("\n")[-1].startswith("patchflow: The disk is full"), done.stderr
    assert left(sealed) == []


@pytest.fixture
def tree(headers: Path) -> Path:
    """The headers as a full tree that was configured and prepared."""
    (headers / "init").mkdir()
    (headers / "init/main.c").write_text("int main;\n")
    return headers


def test_a_tree_that_was_not_built_is_told_before_anything_is(branch: Path, tree: Path, sealed: Path) -> None:
    commit(branch, "one", "int one;\n")
    ran = run_patchflow("-C", str(branch), "try", "boot", "--against", str(tree))
    refused(ran, 3, "no kernel image", "arch/x86/boot/bzImage", f"make -C {tree}", "O= folder", "--kernel")
    assert "CC [M]" not in ran.err and left(sealed) == []


@pytest.mark.parametrize("named", ["tree", "O= folder", "a clone"])
def test_the_kernel_that_was_built_in_a_tree_boots(
    branch: Path, tree: Path, sealed: Path, tmp_path: Path, named: str
) -> None:
    """In the tree or in its O= folder: its image boots, and modules are built against it as it stands."""
    commit(branch, "one", "int one;\n")
    if named == "O= folder":
        (tree / "init/main.c").unlink()
        (tree / "source").symlink_to(branch)
    if named == "a clone":
        (tree / ".git").mkdir()
    image = tree / "arch/x86/boot/bzImage"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"image")
    (tree / "net").mkdir()
    (tree / "net/other.ko").write_bytes(b"\0depends=\0")
    (tree / "modules.builtin").write_text("kernel/net/built.ko\n")
    (tmp_path / "one.ko").write_bytes(b"\0depends=other,built\0")
    more = ["--modules", str(tmp_path / "one.ko")]
    for words in ([], more):
        ran = run_patchflow("-C", str(branch), "--json", "try", "boot", "--against", str(tree), *words)
        assert ran.code == 0, ran.err
        assert ran.json["kernel"] == "Linux 7.3.0-test" and f"-kernel {image} " in ran.err
        assert ("CC [M]" in ran.err) == (not words) and left(sealed) == []


def test_virtme_ng_missing_and_failing(branch: Path, words: list[str], sealed: Path, programs: Path) -> None:
    boot = ["-C", str(branch), "try", "boot", "--vng", *words]
    if shutil.which("vng") is None:
        refused(run_patchflow(*boot), 3, "virtme-ng is not installed", "without --vng")
    (programs / "vng").write_text('#!/bin/sh\necho "RuntimeError: Could not find depmod" >&2\nexit 1\n')
    (programs / "vng").chmod(0o755)
    refused(run_patchflow(*boot), 4, "vng ended with status 1", "Could not find depmod")
    (programs / "vng").write_text('#!/bin/sh\nfor last; do :; done\necho "Linux version 7: $*"; $last\n')
    (programs / "busybox").write_text('#!/bin/sh\necho "patchflow: loaded one.ko"; echo "patchflow: test ended 0"\n')
    ran = run_patchflow("--json", *boot)
    assert ran.code == 0 and ran.json["machine"] == "virtme-ng" and ran.json["loaded"] == ["one"], ran.err
    assert "--skip-modules" in ran.err  # vng would write into the tree that the image lies in
    assert left(sealed) == []


def test_a_series_out_of_mail_is_booted(branch: Path, headers: Path, words: list[str], tmp_path: Path) -> None:
    changes = [("vsock: more", {FILE: BASE + "int e;\n"})]
    (tmp_path / "t.mbox").write_text(mbox(branch, "base", upstream(branch, "base", changes)))
    ran = run_patchflow("-C", str(branch), "review", "boot", str(tmp_path / "t.mbox"), "--against", str(headers))
    assert ran.code == 1 and "`patchflow review apply" in ran.err
    assert run_patchflow("-C", str(branch), "review", "apply", str(tmp_path / "t.mbox")).code == 0
    ran = run_patchflow("-C", str(branch), "--json", "review", "boot", "--against", str(headers), *words[:2])
    assert ran.code == 0 and ran.json["holds"], ran.err
    assert run_patchflow("-C", str(branch), "review", "build", "--against", str(headers)).code == 0
    tagged = run_patchflow("-C", str(branch), "--json", "review", "tag", "tested-by")
    assert "Built, on " in tagged.out and "; booted " in tagged.out, tagged.out + tagged.err
