"""What could hang: python -m benchmarks.limits TREE; 3.3 million F: lines, 100,000 answers in a chain, 10,000 people.

Each is a command of its own, in a copy of TREE's MAINTAINERS and scripts; printed are its status, seconds and memory.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent.parent
PATTERNS, ANSWERS, PEOPLE = 3_300_000, 100_000, 10_000


def run(folder: Path, *words: str) -> str:
    """A command's status, seconds, and the most memory that any command had so far; with the last line that it says."""
    before = time.monotonic()
    env = {**os.environ, "PYTHONPATH": str(HERE), "PATCHFLOW_CACHE_DIR": str(folder.parent / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "patchflow", *words], cwd=folder, env=env, capture_output=True, check=False
    )
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    said = (done.stderr.decode("utf-8", "replace").strip().split("\n") or [""])[-1][:100]
    return f"status {done.returncode}, {time.monotonic() - before:.1f} s, {memory} MB; {said}"


def tree_with(tree: Path, folder: Path, lines: str) -> Path:
    """A small tree like TREE whose MAINTAINERS has one more section with these lines."""
    for name in ("MAINTAINERS", "COPYING", "CREDITS", "Kbuild", "Makefile", "README"):
        shutil.copy(tree / name, folder / name)
    for name in ("scripts", "net/vmw_vsock"):
        shutil.copytree(tree / name, folder / name, symlinks=True)
    for name in ("arch", "include", "drivers", "fs", "init", "ipc", "kernel", "lib", "Documentation"):
        (folder / name).mkdir(exist_ok=True)
    with (folder / "MAINTAINERS").open("a") as file:
        file.write(f"\nZZZ\nM:\tMarco Many <marco@example.net>\nF:\tnet/vmw_vsock/\n{lines}\n")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


def main(tree: Path) -> None:
    """Prints a line each."""
    with tempfile.TemporaryDirectory(prefix="patchflow-") as name:
        for what, lines in (
            (f"{PEOPLE:,} people", "".join(f"R:\tR{n} <r{n}@example.net>\n" for n in range(PEOPLE))),
            (f"{PATTERNS:,} F: lines", "".join(f"F:\tx{n}/\n" for n in range(PATTERNS))),
        ):
            folder = Path(name, what.replace(" ", "-"), "tree")
            folder.mkdir(parents=True)
            tree_with(tree, folder, lines)
            for turn in ("first", "again"):
                print(f"{what}, {turn}: {run(folder, 'cc', '-f', 'net/vmw_vsock/af_vsock.c')}", flush=True)
        folder = Path(name, "chain", "tree")
        folder.mkdir(parents=True)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        with (folder.parent / "chain.mbox").open("w") as file:
            for n in range(ANSWERS):
                above = f"In-Reply-To: <{n - 1}@example.org>\n" if n else ""
                head = f"From a@example.org Mon Mar  2 12:00:00 2026\nFrom: A <a@example.org>\n{above}Subject: Re: x\n"
                date = "Date: Mon, 2 Mar 2026 12:00:00 +0000\n"
                file.write(f"{head}{date}Message-ID: <{n}@example.org>\n\n> a\nb {n}\n\n")
        taken = run(folder, "fetch", "--mbox", str(folder.parent / "chain.mbox"))
        print(f"{ANSWERS:,} answers, taken in: {taken}", flush=True)
        print(f"{ANSWERS:,} answers, shown: {run(folder, 'thread', f'{ANSWERS - 1}@example.org')}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
