"""`try trace FILE` through the command: timeline, filters, JSON, exit codes, files that are none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, run_patchflow

LOG = Path(__file__).parent.parent / "formats" / "traces" / "microvm-rng.log"


def test_a_sound_trace() -> None:
    ran = run_patchflow("try", "trace", str(LOG))
    assert ran.code == 0, ran.err
    assert "interrupt acknowledged (pin 23)" in ran.out and "median" in ran.out
    document = run_patchflow("--json", "try", "trace", str(LOG)).json
    assert document["holds"] and document["devices"][0]["latency_ns"]["median"] > 0
    assert document["devices"][0]["interrupts"][0]["pin"] == 23


def test_filters() -> None:
    assert "offset=0x60" in run_patchflow("try", "trace", str(LOG), "--event", "virtio_mmio_read").out
    assert run_patchflow("--json", "try", "trace", str(LOG), "--device", "nobody").json["devices"] == []


def test_a_removed_acknowledgement_exits_1(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    path.write_text("".join(row for row in LOG.open() if "offset 0x64 value 0x1" not in row))
    ran = run_patchflow("try", "trace", str(path))
    assert ran.code == 1 and "raised and never acknowledged" in ran.out


def test_files_that_are_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    head = b"\xff" * 8 + (0xF2B177CB0AA429B4).to_bytes(8, "little")
    for content in (b"", b"\x00\x01" * 50, head + b"\x09" + bytes(7)):
        path.write_bytes(content)
        ran = run_patchflow("try", "trace", "--trace-events", str(LOG), str(path))
        assert ran.code == 2 and len(ran.err.strip().split("\n")) == 1, ran.err
    assert run_patchflow("try", "trace", str(tmp_path / "none")).code == 2
    path.write_bytes(head + b"\x04" + bytes(7))
    ran = run_patchflow("try", "trace", "--trace-events", str(tmp_path / "none"), str(path))
    assert ran.code == 3 and "trace-events" in ran.err


_WITHOUT_NUMPY = "import sys; sys.modules['numpy'] = None; from patchflow.__main__ import run; run()"


def test_a_binary_trace_without_numpy_names_the_extra(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-c", _WITHOUT_NUMPY, "try", "trace", *words]
        return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    path = tmp_path / "trace"
    path.write_bytes(b"\xff" * 8 + (0xF2B177CB0AA429B4).to_bytes(8, "little") + b"\x04" + bytes(7))
    ran = run("--trace-events", str(LOG), str(path))
    assert ran.returncode == 3 and "Traceback" not in ran.stderr, ran.stderr
    assert "numpy" in ran.stderr and "pip install 'patchflow[trace]'" in ran.stderr, ran.stderr
    assert run(str(LOG)).returncode == 0  # a log is read without it
