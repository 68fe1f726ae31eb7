"""What runs on this machine, read while processes come and go."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def command_lines() -> list[bytes]:
    """The command line of every process, its words ended by NUL bytes."""
    found: list[bytes] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended in this moment
            found.append(path.read_bytes())
    return found
