"""Times the reading of a binary trace of a million records, beside QEMU's own script where its folder is named.

`python -m benchmarks.simpletrace [QEMU/scripts]`: the trace recorded for the tests, its records over and over. CPU
seconds, each the best of five, the readers in turn; `command` is all that `try trace FILE` does with it.
"""

from __future__ import annotations

import importlib
import lzma
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from patchflow.flow.try_.interrupts import analyse, report_lines
from patchflow.formats.trace.events import parse_events
from patchflow.formats.trace.simpletrace import parse_simpletrace, read_records

RECORDS = 1_000_000
TRACES = Path(__file__).resolve().parent.parent / "tests" / "formats" / "traces"


def made() -> tuple[bytes, int]:
    """The file, and how many records it holds."""
    data = lzma.decompress((TRACES / "microvm-rng-v4.simpletrace.xz").read_bytes())
    at = 24
    while data[at : at + 8] == bytes(8):  # the mappings stand first
        at += 20 + int.from_bytes(data[at + 16 : at + 20], "little")
    count = len(read_records(data, parse_events((TRACES / "trace-events").read_text())).kind)
    times = -(-RECORDS // count)
    return data[:at] + data[at:] * times, times * count


def theirs(scripts: str, path: Path) -> Callable[[], int]:
    """QEMU's reader, made to go through the file and count."""
    sys.path.insert(0, scripts)
    script = importlib.import_module("simpletrace")
    named = str(TRACES / "trace-events")
    with Path(named).open() as file:
        events = {event.name: event for event in importlib.import_module("tracetool").read_events(file, named)}

    def read() -> int:
        with path.open("rb") as file:
            script.read_trace_header(file)
            names = {script.dropped_event_id: "dropped"}
            return sum(1 for _ in script.read_trace_records(events, names, file))

    return read


def main() -> None:
    """Prints a row for each of them."""
    data, count = made()
    events = parse_events((TRACES / "trace-events").read_text())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trace")
        path.write_bytes(data)
        what: dict[str, Callable[[], int]] = {
            "read, all decoded": lambda: len(read_records(path.read_bytes(), events).kind),
            "command": lambda: count * bool(report_lines(analyse(parse_simpletrace(path.read_bytes(), events)))),
        }
        if len(sys.argv) > 1:
            what["QEMU's simpletrace.py, reading"] = theirs(sys.argv[1], path)
        best = dict.fromkeys(what, 1e9)
        for _ in range(5):
            for name, run in what.items():
                started = time.process_time()
                assert run() == count
                best[name] = min(best[name], time.process_time() - started)
    for name, seconds in best.items():
        print(f"{name:32} {seconds:6.2f} s for {count} records")


if __name__ == "__main__":
    main()
