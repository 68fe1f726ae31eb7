"""Judges a boot: which modules loaded, how the test in the guest ended, and what the kernel complained of."""

from __future__ import annotations

from typing import Any

from patchflow import lazy_re
from patchflow.domain.boot import Booted
from patchflow.formats.console import Fault, find_faults
from patchflow.values import dataclass

_LOADED = lazy_re.compile(r"^patchflow: loaded (\S+)\.ko")
_REFUSED = lazy_re.compile(r"^patchflow: not loaded (\S+)\.ko: (.*)$")
_ENDED = lazy_re.compile(r"patchflow: test ended (\d+)")
_LAST = 40
# A driver of hardware that this guest has not refuses to load by right (hv_sock, vmw_vsock_vmci_transport).
_NO_DEVICE = "No such device"


@dataclass(frozen=True, slots=True)
class BootReport:
    """The verdict on a boot. `status` is the exit status of what ran in the guest, None where it never ended; `test` is
    what that is called, "" for a boot alone."""

    booted: Booted
    machine: str
    kernel: str
    loaded: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    status: int | None
    faults: tuple[Fault, ...]
    test: str = ""

    @property
    def holds(self) -> bool:
        """Whether modules loaded, the test passed, and the kernel complained of nothing."""
        return self.status == 0 and not self.faults and not self.failed()

    def failed(self) -> list[tuple[str, str]]:
        """The modules that should have loaded and did not."""
        return [(name, why) for name, why in self.refused if _NO_DEVICE not in why]

    def says(self) -> str:
        """One sentence for the cover letter."""
        where = "by virtme-ng" if self.machine == "virtme-ng" else f"on QEMU {self.machine}"
        ran = f"and {self.test}" if self.test else "(a boot alone, no test)"
        return f"booted {self.kernel} {where} ({self.booted.accelerator}) with the modules of the series {ran}"


def judge(booted: Booted, machine: str, kernel: str, test: str = "") -> BootReport:
    """Reads the console of a guest in which `test` ran."""
    loaded = tuple(m[1] for row in booted.console if (m := _LOADED.match(row)))
    refused = tuple((m[1], m[2].rpartition(": ")[2]) for row in booted.console if (m := _REFUSED.match(row)))
    ended = next((m for row in booted.console if (m := _ENDED.search(row))), None)
    status = int(ended[1]) if ended else None
    return BootReport(booted, machine, kernel, loaded, refused, status, tuple(find_faults(booted.console)), test)


def report_lines(report: BootReport) -> list[str]:
    """The report for people; a guest that did not end shows its last console lines."""
    booted = report.booted
    lines = [f"booted   {report.kernel} on {report.machine} ({booted.accelerator}), {booted.seconds:.1f} s"]
    lines.append(f"loaded   {' '.join(report.loaded) or 'nothing'}")
    lines += [f"{'failed' if row in report.failed() else 'passed by'}  {row[0]}: {row[1]}" for row in report.refused]
    lines += [fault.as_line() for fault in report.faults]
    name = report.test or "the boot"
    if report.status is None:
        lines.append(f"{name} never ended: {why_not_ended(report)}; the last {_LAST} lines of the console:")
        lines += [f"  {row}" for row in booted.console[-_LAST:]]
    elif not report.test:
        lines.append("the boot came to its end; no test ran, because none is known for these files")
    else:
        lines.append(f"{name} passed" if not report.status else f"{name} failed ({report.status})")
    return lines


def why_not_ended(report: BootReport) -> str:
    """Why what ran in the guest never came to its end."""
    booted = report.booted
    ours = any(row.startswith("patchflow: ") for row in booted.console)
    where = "" if ours else " before its first program ran"
    if panic := next((fault for fault in report.faults if fault.kind == "panic"), None):
        return f"the kernel panicked{where}: {panic.text}"
    return f"its time was up{where}" if booted.timed_out else f"QEMU ended with status {booted.code}{where}"


def report_document(report: BootReport) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "machine": report.machine,
        "kernel": report.kernel,
        "accelerator": report.booted.accelerator,
        "seconds": round(report.booted.seconds, 2),
        "loaded": list(report.loaded),
        "refused": [{"module": name, "why": why} for name, why in report.refused],
        "ran": report.test,
        "test": report.status,
        "timed_out": report.booted.timed_out,
        "faults": [{"kind": f.kind, "text": f.text, "function": f.function, "line": f.line} for f in report.faults],
        "console": list(report.booted.console[-_LAST:]) if not report.holds else [],
        "holds": report.holds,
    }
