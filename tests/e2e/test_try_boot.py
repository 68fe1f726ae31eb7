"""`try boot`: a real kernel with the modules just built, under QEMU."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import git, run_patchflow
from tests.e2e.vsock_tree import FUNCTION, cache, commit, nothing_left, standing, trying, vsock
from tests.processes import command_lines

__all__ = ["cache", "standing", "vsock"]
pytestmark = pytest.mark.boot


@pytest.mark.parametrize("machine", ["microvm", "q35"])
def test_to_the_end_of_the_exchange(vsock: Path, cache: str, machine: str) -> None:
    """The modules just built load, and the vsock loopback exchange in the guest goes through."""
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    ran = trying(vsock, "boot", "--machine", machine, "base..HEAD")
    assert ran.code == 0, ran.err[-4000:]
    assert {"vsock", "vmw_vsock_virtio_transport_common", "vsock_loopback"} <= set(ran.json["loaded"])
    assert ran.json["test"] == 0 and ran.json["faults"] == []
    assert "vsock exchange: 21 bytes sent, peeked and received" in ran.err
    assert nothing_left(cache)


def test_a_series_of_6_12_on_debian_12_s_own_kernel(vsock: Path, cache: str) -> None:
    """Carried to 6.1, built against its headers, booted with its kernel: the way a first patch is tried by hand."""
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    ran = trying(vsock, "boot", "--on", "6.1", "base..HEAD")
    assert ran.code == 0, ran.err[-4000:]
    assert ran.json["on"]["kernel"].startswith("Linux 6.1.") and "linux-source-6.1" in ran.json["on"]["source"]
    assert {"vsock", "vmw_vsock_virtio_transport_common", "vsock_loopback"} <= set(ran.json["loaded"])
    assert ran.json["test"] == 0 and ran.json["faults"] == []
    assert "vsock exchange: 21 bytes sent, peeked and received" in ran.err
    assert git(vsock, "status", "--porcelain") == "" and nothing_left(cache)


def test_null_dereference_is_an_oops_with_its_function(vsock: Path, cache: str) -> None:
    """A NULL pointer that vsock_connect writes through is told with that function, and exits 1."""
    path = vsock / "net/vmw_vsock/af_vsock.c"
    head, begin, rest = path.read_text().partition("static int vsock_connect(struct socket *sock")
    body = rest.replace("lock_sock(sk);", "WRITE_ONCE(*READ_ONCE(vsock_planted), 1);\n\tlock_sock(sk);", 1)
    path.write_text(f"{head}static int *vsock_planted;\n\n{begin}{body}")
    commit(vsock, "plant it", "", "net/vmw_vsock/af_vsock.c")
    ran = trying(vsock, "boot", "base..HEAD")
    assert ran.code == 1, ran.err[-4000:]
    fault = ran.json["faults"][0]
    assert fault["kind"] == "Oops" and "NULL pointer dereference" in fault["text"]
    assert fault["function"] == "vsock_connect [vsock]"
    assert nothing_left(cache)


def test_a_guest_that_hangs_shows_its_last_lines(vsock: Path, cache: str, tmp_path: Path) -> None:
    """Its time is up, its last console lines are there, and QEMU is gone."""
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    script = tmp_path / "hang"
    script.write_text("echo it hangs now\nsleep 1000\n")  # which leaves the processor to the tests beside it
    ran = trying(vsock, "boot", "--test", str(script), "--timeout", "30", "base..HEAD")
    assert ran.code == 1, ran.err[-4000:]
    assert ran.json["timed_out"] and ran.json["test"] is None
    assert "it hangs now" in ran.json["console"][-1] and len(ran.json["console"]) == 40
    assert not [line for line in command_lines() if cache.encode() in line and b"qemu" in line]
    assert nothing_left(cache)


@pytest.fixture
def vng(monkeypatch: pytest.MonkeyPatch) -> None:
    """virtme-ng, which lies beside the interpreter."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin")
    if shutil.which("vng") is None or shutil.which("depmod") is None:
        pytest.skip("needs virtme-ng and kmod: `scripts/setup --boot`")


@pytest.mark.long
def test_by_virtme_ng(vsock: Path, cache: str, tmp_path: Path, vng: None) -> None:
    """The same modules and exchange; a test of one's own reads this machine's files; one that hangs ends in time."""
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    ran = trying(vsock, "boot", "--vng", "base..HEAD")
    assert ran.code == 0, ran.err[-4000:]
    assert {"vsock", "vmw_vsock_virtio_transport_common", "vsock_loopback"} <= set(ran.json["loaded"])
    assert ran.json["machine"] == "virtme-ng" and ran.json["test"] == 0 and ran.json["faults"] == []
    assert "vsock exchange: 21 bytes sent, peeked and received" in ran.err
    script = tmp_path / "own"
    script.write_text(f"grep -q add {vsock}/net/vmw_vsock/vsock_addr.c && touch {tmp_path}/written; exit 7\n")
    ran = trying(vsock, "boot", "--vng", "--test", str(script), "base..HEAD")
    assert ran.code == 1 and ran.json["test"] == 7 and not (tmp_path / "written").exists()
    script.write_text("echo it hangs now\nwhile true; do :; done\n")
    ran = trying(vsock, "boot", "--vng", "--test", str(script), "--timeout", "60", "base..HEAD")
    assert ran.code == 1 and ran.json["timed_out"] and any("it hangs now" in row for row in ran.json["console"])
    commands = command_lines()
    assert not any(b"qemu" in command and cache.encode() in command for command in commands)
    assert nothing_left(cache)


def test_qemu_missing_and_unknown_events(vsock: Path, cache: str, tmp_path: Path) -> None:
    """One paragraph each, before anything is built or booted."""
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "make", "gcc", "setpriv"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    ran = run_patchflow("-C", str(vsock), "try", "boot", "base..HEAD", env={"PATH": str(programs)})
    assert ran.code == 3 and "qemu-system-x86_64 is not installed" in ran.err and "apt install" in ran.err
    ran = trying(vsock, "trace", "--events", "no_such_event", "--commits", "base..HEAD")
    assert ran.code == 3 and "no trace event no_such_event" in ran.err
    ran = trying(vsock, "boot", "--kernel", str(tmp_path / "none"), "base..HEAD")
    assert ran.code == 3 and "no kernel image" in ran.err
    (tmp_path / "kernel").write_bytes(b"no kernel")
    ran = trying(vsock, "boot", "--kernel", str(tmp_path / "kernel"), "--timeout", "20", "base..HEAD")
    assert ran.code in (1, 4) and ran.err.strip()
    assert nothing_left(cache)


def test_a_trace_of_the_boot(vsock: Path, cache: str) -> None:
    """The virtio device's interrupts in that very boot: each raised, acknowledged and done."""
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    ran = trying(vsock, "trace", "--events", "virtio,virtqueue,ioapic,apic", "--commits", "base..HEAD")
    assert ran.code == 0, ran.err[-4000:]
    (device,) = ran.json["devices"]
    assert device["notified"] >= 8 and len(device["interrupts"]) >= 8
    assert all(i["raised"] <= i["acknowledged"] <= i["done"] for i in device["interrupts"])
    assert ran.json["kind"] == "log" and ran.json["events"] > 1000
    assert nothing_left(cache)
