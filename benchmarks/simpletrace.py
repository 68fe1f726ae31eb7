"""Times the reading of a binary trace of a million records: `python -m benchmarks.simpletrace` (processor seconds)."""

from __future__ import annotations

import struct
import time

from patchflow.formats.simpletrace import MAGIC, parse_events, read_records

RECORDS = 1_000_000


def main() -> None:
    """Makes a file in memory and reads it three times; the best counts."""
    events = parse_events('virtio_mmio_write_offset(uint64_t offset, uint64_t value) "offset %x value %x"\n')
    name = events[0].name.encode()
    head = struct.pack("<QQQQQI", (1 << 64) - 1, MAGIC, 4, 0, 0, len(name)) + name
    body = b"".join(struct.pack("<QQQIIQQ", 1, 0, n * 1000, 40, 7, 0x64, 1) for n in range(RECORDS))
    best = 1e9
    for _ in range(3):
        started = time.process_time()
        found = read_records(head + body, events)
        best = min(best, time.process_time() - started)
        assert len(found.rows) == RECORDS and not found.damage
    print(f"{RECORDS} records: {best:.2f} s")


if __name__ == "__main__":
    main()
