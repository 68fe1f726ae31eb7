"""QEMU: found, asked what it can, and run with a guest's console handed on line by line."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import which

from patchflow.adapters.files import write_atomic
from patchflow.adapters.paths import cache_path
from patchflow.adapters.process import run
from patchflow.adapters.streaming import run_live
from patchflow.domain.boot import Booted, Guest
from patchflow.errors import MissingError, OutsideError

MACHINES = ("microvm", "q35")
_PROGRAM = "qemu-system-x86_64"
_PROBE_SECONDS = 5.0
_SILENT = 10.0  # seconds after which a guest under KVM that wrote nothing stands still
_PROBE_STATUS = 33  # isa-debug-exit makes (value << 1) | 1 of what the guest writes


def need_qemu(machine: str) -> None:
    """MissingError where QEMU is not installed or has no such machine."""
    if which(_PROGRAM) is None:
        raise MissingError(
            f"{_PROGRAM} is not installed, so no guest can be booted.", "`apt install qemu-system-x86` installs it."
        )
    known = {row.split()[0] for row in run([_PROGRAM, "-machine", "help"], timeout=20).text.split("\n") if row.strip()}
    if machine not in known:
        raise MissingError(f"This QEMU has no machine {machine}.", f"It has {', '.join(sorted(known)[:8])} …")


def accelerator() -> str:
    """`kvm` where a guest was seen to run under it, else `tcg`; remembered until the host boots again."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    try:
        known, answer = _answer_path().read_text().split()
        if known == _this_boot() and answer in ("kvm", "tcg"):
            return answer
    except (OSError, ValueError):
        pass
    return _remember("kvm" if _kvm_runs() else "tcg")


def under(guest: Callable[[str], Booted], tell: Callable[[str], None]) -> Booted:
    """Runs a guest under the accelerator there is; where KVM gives up on its kernel, once more without."""
    try:
        return guest(accelerator())
    except KvmFailedError:
        tell("KVM cannot run this kernel here (an internal error, or it stood still); the guest is emulated instead.")
        return guest(_remember("tcg"))


class KvmFailedError(Exception):
    """KVM gave up on the guest, whose processor stands still from then on."""

    @classmethod
    def look(cls, row: str, how: str) -> None:
        """Raised where QEMU says so: nested in another host's KVM that lacks what a kernel's start needs."""
        if how == "kvm" and row.startswith("KVM internal error"):
            raise cls


def _answer_path() -> Path:
    return Path(cache_path()) / "try" / "accelerator"


def _this_boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _remember(answer: str) -> str:
    write_atomic(_answer_path(), f"{_this_boot()} {answer}\n".encode())
    return answer


def _kvm_runs() -> bool:
    """Whether a guest of three instructions gets through: /dev/kvm can be there and hang."""
    with tempfile.TemporaryDirectory(prefix="patchflow-") as folder:
        # mov al, 16; mov dx, 0xf4; out dx, al; hlt - at the place where the processor begins
        code = bytes([0xB0, _PROBE_STATUS >> 1, 0xBA, 0xF4, 0x00, 0xEE, 0xF4])
        rom = Path(folder, "probe.bin")
        rom.write_bytes(bytes(0xFFF0) + code + bytes(16 - len(code)))
        words = [
            _PROGRAM, "-M", "q35", "-accel", "kvm", "-cpu", "host", "-nodefaults", "-no-user-config",
            "-display", "none", "-m", "4", "-bios", str(rom), "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
        ]  # fmt: skip
        return run_live(words, lambda row: None, timeout=_PROBE_SECONDS).code == _PROBE_STATUS


def boot(guest: Guest, initramfs: Path, folder: Path, heard: Callable[[str], None]) -> Booted:
    """Boots a guest to its end or to its time-out; the console goes line by line to `heard`.

    With `guest.events` a trace is written into `folder`, by the log back end, or by the simple one where that is all
    this QEMU has.
    """
    need_qemu(guest.machine)
    if guest.events:  # KVM's own ioapic leaves no trace in QEMU
        return _boot(guest, initramfs, folder, heard, "tcg")
    return under(lambda how: _boot(guest, initramfs, folder, heard, how), heard)


def _boot(guest: Guest, initramfs: Path, folder: Path, heard: Callable[[str], None], how: str) -> Booted:
    rows: list[str] = []

    def hear(row: str) -> None:
        KvmFailedError.look(row, how)
        rows.append(row)
        heard(row)

    trace, words = _trace_words(guest.events, folder)
    ended = run_live([*_words(guest, initramfs, how), *words], hear, timeout=guest.seconds)
    if how == "kvm" and ended.timed_out and not rows and ended.seconds >= _SILENT:
        raise KvmFailedError
    if any("option not supported by the selected tracing backends" in row for row in rows):
        raise MissingError(
            "This QEMU has neither the log nor the simple trace back end, so it writes no trace file.",
            "Debian's qemu-system-x86 has the log back end.",
        )
    if ended.code not in (0, None) and not any("Linux version" in row for row in rows):
        raise OutsideError(f"{_PROGRAM} ended with status {ended.code}: {' '.join(rows[-3:])[-400:] or 'no word'}.")
    return Booted(tuple(rows), ended.timed_out, ended.code or 0, how, ended.seconds, trace)


def _words(guest: Guest, initramfs: Path, how: str) -> list[str]:
    bus = "device" if guest.machine == "microvm" else "pci"
    # microvm has no clock that a kernel under TCG could measure its TSC by: it is told.
    clock = f" tsc_early_khz={_host_khz()}" if how == "tcg" and guest.machine == "microvm" else ""
    words = [
        _PROGRAM, "-M", guest.machine, "-accel", how, "-cpu", "host" if how == "kvm" else "max", "-smp", "1",
        "-m", "512", "-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot",
        "-kernel", guest.kernel, "-initrd", str(initramfs),
        "-append", f"console=ttyS0 loglevel=7 panic=-1 reboot=t{clock}",
        "-device", f"virtio-rng-{bus}",
    ]  # fmt: skip
    if os.access("/dev/vhost-vsock", os.R_OK | os.W_OK):
        words += ["-device", f"vhost-vsock-{bus},guest-cid={1000 + os.getpid() % 100000}"]
    return words


def _host_khz() -> int:
    match = re.search(r"^cpu MHz\s*: (\d+)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return int(match[1]) * 1000 if match else 2_000_000


def trace_events() -> list[str]:
    """The trace events this QEMU knows."""
    return run([_PROGRAM, "-trace", "help"], timeout=20).text.split()


def _trace_words(events: Sequence[str], folder: Path) -> tuple[str, list[str]]:
    """The trace file and QEMU's options for it; MissingError where this QEMU has no back end that writes one."""
    if not events:
        return "", []
    known = trace_events()
    if not known:
        raise MissingError(
            "This QEMU was built without a trace back end, so it traces nothing.",
            "Debian's has the log back end; a build of your own wants --enable-trace-backends=log,simple.",
        )
    patterns = [event if "*" in event or event in known else f"{event}_*" for event in events]
    for pattern in patterns:
        if not any(re.fullmatch(pattern.replace("*", ".*"), name) for name in known):
            raise MissingError(f"This QEMU has no trace event {pattern}.", f"`{_PROGRAM} -trace help` lists them.")
    if "virtio" in events:  # which of them the host's kernel serves; QEMU has told it since 7.2
        patterns += [name for name in ("vhost_dev_start", "vhost_dev_stop") if name in known]
    listed = folder / "events"
    listed.write_text("".join(f"{pattern}\n" for pattern in patterns))
    trace = folder / "trace"
    # file= goes to the simple back end where there is one, else to the log back end, which -D serves otherwise.
    words = ["-msg", "timestamp=on", "-D", str(folder / "log"), "-trace", f"events={listed},file={trace}"]
    return str(trace), words
