"""Processor time of short commands, this checkout beside another one: python -m benchmarks.startup OTHER TREE

The two take turns, 25 times each, so that a busy machine is as busy for both; the lower quartile is printed. OTHER is a
checkout whose dependencies the running interpreter has.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent.parent
COMMANDS = (
    "cc -f net/vmw_vsock/af_vsock.c",
    "status",
    "todo",
    "thread v1",
    "window --offline",
    "config",
    "profile net/vmw_vsock/af_vsock.c",
)
TIMES = 25


def seconds(checkout: Path, tree: Path, words: list[str], cache: Path) -> float:
    """User and system time of one run; each checkout has a cache of its own, which the first run fills."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "patchflow", *words], cwd=tree, 
        env={**os.environ, "PYTHONPATH": str(checkout), "PATCHFLOW_CACHE_DIR": str(cache / str(hash(checkout)))},
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(other: Path, tree: Path) -> None:
    """Prints a line a command."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        for line in COMMANDS:
            words = line.split()
            rows = [(seconds(other, tree, words, cache), seconds(HERE, tree, words, cache)) for _ in range(TIMES)]
            old, new = (sorted(column)[TIMES // 4] * 1000 for column in zip(*rows, strict=True))
            print(f"{line}: {old:.0f} ms there, {new:.0f} ms here, {new / old:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
