"""Measures the recipients: the whole command against get_maintainer.pl, one look-up, the index cold and warm.

    python -m benchmarks.recipients_speed TREE [--runs N]

The command runs in a virtual environment made for it, with this checkout on its path and nothing else, by the
interpreter itself: neither a shim nor an editable install's import hooks are measured.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

from benchmarks.recipients_parity import tree_files
from patchflow.adapters.kernel.recipient_lookup import Directory

ROOT = Path(__file__).resolve().parent.parent
FILE = "net/vmw_vsock/af_vsock.c"


def interpreter(folder: Path) -> Path:
    """A bare virtual environment's Python that finds this checkout."""
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "checkout.pth").write_text(f"{ROOT}\n")
    return folder / "venv" / "bin" / "python"


def timed(work: Callable[[], object]) -> float:
    """Seconds that some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def commands(tree: Path, folder: Path, runs: int) -> None:
    """The whole command and the script, turn by turn."""
    python = interpreter(folder)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    main = "import sys; from patchflow.cli.main import main; sys.exit(main(sys.argv[1:]))"
    argvs = {
        "get_maintainer.pl": ["perl", "scripts/get_maintainer.pl", "--no-git-fallback", "-f", FILE],
        "patchflow cc -f": [str(python), "-c", main, "cc", "-f", FILE],
        "patchflow cc -f --plain": [str(python), "-c", main, "cc", "-f", FILE, "--plain"],
        "the interpreter alone": [str(python), "-c", "pass"],
    }
    figures: dict[str, list[float]] = {name: [] for name in argvs}
    for _ in range(runs + 1):
        for name, argv in argvs.items():
            spent = timed(
                lambda argv=argv: subprocess.run(argv, cwd=tree, stdout=subprocess.DEVNULL, env=environment, check=True)  # type: ignore[misc]
            )
            figures[name].append(spent)
    script = statistics.median(figures["get_maintainer.pl"][1:])
    for name, measured in figures.items():
        median = statistics.median(measured[1:])
        print(f"{name}: {median * 1000:.1f} ms, {script / median:.1f} times the script's speed")


def in_process(tree: Path) -> None:
    """The index cold and warm, one look-up, and every file."""
    cache = Path(os.environ["PATCHFLOW_CACHE_DIR"])
    cold = []
    for _ in range(5):
        for path in cache.rglob("*"):
            if path.is_file():
                path.unlink()
        cold.append(timed(lambda: Directory(str(tree))))
    print(f"index made: {statistics.median(cold) * 1000:.0f} ms")
    print(f"index loaded: {statistics.median(timed(lambda: Directory(str(tree))) for _ in range(21)) * 1000:.1f} ms")
    directory = Directory(str(tree))
    names = tree_files(tree)
    sample = random.Random(4).sample(names, 2000)
    spent = sorted(timed(lambda name=name: directory.for_files([name])) for name in sample)  # type: ignore[misc]
    print(f"one look-up: {statistics.median(spent) * 1e6:.0f} µs, 99 % below {spent[1980] * 1e6:.0f} µs")
    print(f"all {len(names)} files: {timed(lambda: [directory.for_files([name]) for name in names]):.1f} s")


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=25)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PATCHFLOW_CACHE_DIR"] = str(Path(folder, "cache"))
        in_process(args.tree.resolve())
        commands(args.tree.resolve(), Path(folder), args.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
