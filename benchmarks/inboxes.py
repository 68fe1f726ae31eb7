"""Many public-inboxes taken in by one `fetch`: python -m benchmarks.inboxes FOLDER [--tree DIR]

FOLDER holds inboxes, each with git/0.git and so on, as `git clone --mirror` of an archive's epochs makes it. All are
named as sources of a clone of the tree, each as it stood a day before its newest mail. Prints the time, the processor
time and the most memory of one process for: taking all in, the update by that day, one of nothing, and the first and
second look at threads of several ages.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.cost import PATCHFLOW, run
from benchmarks.tui import environment, git

HERE = Path(__file__).parent.parent
_LOOKS = 7  # threads, spread over the years
_ID = re.compile(r"^message-id:\s*<([^<>\s]+)>", re.IGNORECASE | re.MULTILINE)


def out(folder: Path, *words: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def a_day_before(inbox: Path, room: Path) -> dict[Path, str]:
    """Lays the inbox at `room` as it stood a day before its newest mail; each of its epochs, with its newest commit."""
    newest: dict[Path, str] = {}
    for epoch in sorted((inbox / "git").glob("*.git")):
        mine = room / "git" / epoch.name
        git(room.parent, "clone", "--quiet", "--bare", "--shared", str(epoch.resolve()), str(mine))
        tip, day = out(mine, "log", "-1", "--format=%H %ct").split()
        before = out(mine, "rev-list", "-1", f"--before={int(day) - 86400}", tip).strip()
        newest[mine] = tip
        git(mine, "update-ref", "HEAD", before or tip)
    return newest


def ids(epochs: list[Path]) -> list[str]:
    """Message-IDs from the oldest to the newest of some epochs."""
    found = []
    for number, epoch in enumerate(epochs[:_LOOKS]):
        commits = out(epoch, "rev-list", "HEAD").split()
        text = out(epoch, "show", f"{commits[len(commits) * number // _LOOKS]}:m")
        found += [match[1] for match in [_ID.search(text)] if match]
    return found


def shown(what: str, words: list[str], clone: Path) -> tuple[float, float]:
    """Runs it and prints what it took: seconds by the clock and of the processor."""
    begin = time.perf_counter()
    cost = run(words, clone)
    took = time.perf_counter() - begin
    if what:
        print(f"{what}: {took:.2f} s, {cost.time / 1000:.2f} s of the processor, {cost.memory:.0f} MB", flush=True)
    return took, cost.time / 1000


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tree", type=Path, default=HERE / "kernel" / "linux")
    args = parser.parse_args()
    os.environ["PYTHONPATH"] = str(HERE)
    with tempfile.TemporaryDirectory(prefix="inboxes-") as name:
        room = Path(name)
        environment(room / "home")
        clone = room / "linux"
        git(room, "clone", "--quiet", "--shared", str(args.tree.resolve()), str(clone))
        newest: dict[Path, str] = {}
        for inbox in sorted(args.folder.iterdir()):
            (room / inbox.name).mkdir()
            newest |= a_day_before(inbox, room / inbox.name)
            git(clone, "config", f"patchflow.mail.{inbox.name.replace('.', '-')}", str(room / inbox.name))
        mails = sum(int(out(epoch, "rev-list", "--count", "HEAD")) for epoch in newest)
        print(f"{mails} commits in {len(newest)} epochs")
        shown("taken in", [*PATCHFLOW, "fetch"], clone)
        day = 0
        for epoch, tip in newest.items():
            day += int(out(epoch, "rev-list", "--count", f"HEAD..{tip}"))
            git(epoch, "update-ref", "HEAD", tip)
        shown(f"update by a day ({day} commits)", [*PATCHFLOW, "fetch"], clone)
        shown("update by nothing", [*PATCHFLOW, "fetch"], clone)
        index = room / "home" / "cache"
        print(f"the index: {sum(f.stat().st_size for f in index.rglob('*') if f.is_file()) >> 20} MB")
        looks: dict[str, list[tuple[float, float]]] = {"first": [], "second": []}
        for one in ids(sorted(newest)):
            for rows in looks.values():
                rows.append(shown("", [*PATCHFLOW, "thread", one], clone))
        for which, rows in looks.items():
            wall, processor = ([1000 * row[at] for row in rows] for at in (0, 1))
            print(f"the {which} look at a thread: {statistics.median(wall):.0f} ms (at most {max(wall):.0f}), "
                  f"{statistics.median(processor):.0f} ms of the processor (at most {max(processor):.0f})")  # fmt: skip


if __name__ == "__main__":
    main()
