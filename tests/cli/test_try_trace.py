"""`try trace FILE` through the command: timeline, filters, JSON, exit codes, files that are none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

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


WARNINGS = """\
2026-11-29T10:00:00.000001Z qemu-system-x86_64: warning: TCG doesn't support requested feature: CPUID.07H
(process:7): GLib-WARNING **: 10:00:00.001: poll(2) failed
WARNING: Image format was not specified for 'x.img' and probing guessed raw.
         Specify the 'raw' format explicitly to remove the restrictions.
"""


def test_qemus_own_words_are_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    path.write_text(WARNINGS + LOG.read_text() + "qemu-system-x86_64: terminating on signal 15\n")
    ran = run_patchflow("try", "trace", str(path))
    assert ran.code == 0 and "QEMU said: 2026-11-29T10:00:00" in ran.out, ran.out
    assert len(run_patchflow("--json", "try", "trace", str(path)).json["said"]) == 5
    path.write_text(f"7@1.5:virtio_mm\n{LOG.read_text()}")
    assert run_patchflow("try", "trace", str(path)).code == 1, "a piece of an event is damage"
    path.write_text(WARNINGS)
    assert run_patchflow("try", "trace", str(path)).code == 2


VHOST = """\
5@10.000001:virtio_set_status vdev 0x55aa00001000 val 15
5@10.000002:vhost_dev_start 0x55aa00001200:vhost-vsock vrings:0
5@10.000003:virtio_set_status vdev 0x55aa00002000 val 15
5@10.000004:vhost_dev_start 0x55aa00002200:virtio-user-fs vrings:1
5@10.000005:virtio_queue_notify vdev 0x55aa00002000 n 1 vq 0x55aa00009000
5@10.000006:virtqueue_pop vq 0x55aa00009000 elem 0x1 in_num 1 out_num 0
6@10.000007:virtio_set_status vdev 0x55aa00003000 val 1
6@10.000008:virtio_rng_popped rng 0x55aa00003000: elem popped
6@10.000009:virtio_set_status vdev 0x55aa00004000 val 1
6@10.000010:virtio_rng_popped rng 0x55aa00004000: elem popped
6@10.000011:virtio_queue_notify vdev 0x55aa00004000 n 0 vq 0x55aa0000a000
6@10.000012:virtio_queue_notify vdev 0x55aa00005000 n 0 vq 0x55aa0000b000
6@10.000013:virtqueue_pop vq 0x55aa0000a000 elem 0x1 in_num 1 out_num 0
6@10.000014:virtqueue_pop vq 0x55aa0000b000 elem 0x1 in_num 1 out_num 0
5@10.000015:vhost_dev_stop 0x55aa00001200:\x1b[31m vrings:0
"""


def test_devices_have_names(tmp_path: Path) -> None:
    """Those of the host's kernel and of virtiofsd by how they start, others by their own events; else the address."""
    path = tmp_path / "trace"
    path.write_text(VHOST)
    ran = run_patchflow("try", "trace", str(path))
    assert ran.code == 0 and "vhost-vsock         started; the host serves its queues (vhost)" in ran.out, ran.out
    document = run_patchflow("--json", "try", "trace", str(path)).json
    assert {row["device"]: row["notified"] for row in document["devices"]} == {
        "vhost-vsock": 0, "virtio-fs": 1, "virtio-rng 0x55aa00004000": 1, "0x55aa00005000": 1,
    }  # fmt: skip
    only = run_patchflow("--json", "try", "trace", str(path), "--device", "virtio-fs").json
    assert [row["device"] for row in only["devices"]] == ["virtio-fs"]


def slower(text: str) -> str:
    """The same trace with other addresses, every acknowledgement later and one of them lost."""
    rows, lost = [], False
    for row in text.replace("0x55bffb4", "0x7fff004").split("\n"):
        if "offset 0x64 value 0x1" in row:
            if not lost:
                lost = True
                continue
            head, _, words = row.partition(":")
            thread, _, time = head.partition("@")
            row = f"{thread}@{float(time) + 0.0004:.6f}:{words}"
        rows.append(row)
    return "\n".join(rows)


def test_two_traces_beside_each_other(tmp_path: Path) -> None:
    """Devices are found by name, though addresses differ; what is newly wrong decides, and a picture shows it."""
    path, picture = tmp_path / "tip", tmp_path / "two.svg"
    path.write_text(slower(LOG.read_text()))
    ran = run_patchflow("try", "trace", str(path), "--against", str(LOG), "--picture", str(picture))
    assert ran.code == 1 and "worse: never-acknowledged: 0 before, 1 now" in ran.out, ran.out
    assert "virtio-rng: slower: the median +" in ran.out and "it does not hold" in ran.out
    drawn = ElementTree.parse(picture).getroot()
    words = " ".join(drawn.itertext())
    assert "virtio-rng" in words and ", 1 never" in words and "below" in words
    assert "<script" not in picture.read_text() and "href" not in picture.read_text()
    document = run_patchflow("--json", "try", "trace", str(path), "--against", str(LOG)).json
    (row,) = document["devices"]
    assert row["tip"]["wrong"] == {"never-acknowledged": 1} and row["base"]["wrong"] == {} and not document["holds"]
    assert row["tip"]["latency_ns"]["median"] > row["base"]["latency_ns"]["median"] > 0
    same = run_patchflow("try", "trace", str(LOG), "--against", str(LOG))
    assert same.code == 0 and "as fast as before" in same.out and "nothing is newly wrong" in same.out
    assert run_patchflow("try", "trace", str(LOG), "--against", str(LOG), "--picture", "-").out.startswith("<svg")


def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    for words, said in (
        (("--picture", "x.svg"), "two traces beside each other"),
        (("--against", str(tmp_path / "none")), "cannot be read"),
        (("--against", str(LOG), "--device", "nobody"), "no device nobody"),
        (("--against", str(LOG), "--picture", str(tmp_path / "none/x.svg")), "cannot be written"),
    ):
        ran = run_patchflow("try", "trace", str(LOG), *words)
        assert ran.code == 2 and said in ran.err, ran.err


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
