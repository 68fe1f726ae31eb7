"""How long a large review takes to open in the terminal UI: `python -m benchmarks.review_opening LIST.mbox`.

LIST is taken in; of its series the smallest one of at least --patches (30) is taken in as a review, by the UI's own
key, and opened anew from the list of reviews some times. Measured is from the key to the first page with the cover
letter or first patch, through a real terminal; then keys are pressed while the series is applied.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.tui import environment, git, latency, told
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import take_in
from patchflow.flow.reviewing.choose import all_series
from patchflow.flow.reviewing.mails import read_mail_file
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.series import Posting
from tests.tui.terminal import KEYS, Terminal

_ROUNDS = 9


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list")
    parser.add_argument("--tree", default=str(Path(__file__).resolve().parent.parent / "kernel" / "linux"))
    parser.add_argument("--patches", type=int, default=30)
    args = parser.parse_args()
    posting = chosen(args.list, args.patches)
    print(f"{len(posting.patches)} patches, v{posting.revision}")
    with tempfile.TemporaryDirectory(prefix="patchflow-bench-") as name:
        room = Path(name)
        env = environment(room / "home")
        clone = room / "linux"
        git(room, "clone", "--quiet", "--shared", args.tree, str(clone))
        take_in(Clone(str(clone)), args.list)
        terminal = Terminal(clone, env, 120, 40)
        terminal.see("next:")
        terminal.wait(1)
        terminal.press("r")
        terminal.see("No series is reviewed here")
        terminal.press("a")
        terminal.see("series:")
        terminal.press(posting.first.id)
        terminal.wait(0.5)
        page = f"{re.escape(posting.first.sender.name or posting.first.sender.email)}.*, 20[0-9][0-9]-"
        print(f"taken in and shown after {shown(terminal, 'enter', page)[0]:.2f} s")
        terminal.wait(8)
        found = []
        for _ in range(_ROUNDS):
            terminal.press("q")
            terminal.see("takes a series in")
            terminal.wait(0.5)
            found.append(shown(terminal, "enter", page))
            terminal.wait(8 if len(found) % 2 else 0.3)  # with what is worked out beside it done, or not
        for what, one in zip(("time", "time of the processor"), zip(*found, strict=True), strict=True):
            print(
                f"opened, {what}: least {min(one):.3f} s, median {statistics.median(one):.3f} s, worst {max(one):.3f} s"
            )
        terminal.press("tab")
        terminal.wait(8)
        print("| key to | first change: median | p99 | worst | all of it: median | p99 | worst |")
        print(told("line by line in the mail", latency(terminal, "j", 100)))
        terminal.press("a")
        print(told("the same while it is applied", latency(terminal, "j", 100)))
        terminal.child.close(force=True)


def chosen(path: str, patches: int) -> Posting:
    """The newest revision of the smallest series that has so many patches."""
    newest = [one[-1] for one in all_series(read_mail_file(path, print).messages, bots())]
    return min((one for one in newest if len(one.patches) >= patches), key=lambda one: len(one.patches))


def shown(terminal: Terminal, key: str, words: str) -> tuple[float, float]:
    """Seconds from a key to the page with these words, and what the UI used of the processor till then: of a machine
    with other work that tells more."""
    while terminal.read(0.05):
        pass
    begun, used = time.perf_counter(), processor(terminal.pid)
    os.write(terminal.child.child_fd, KEYS[key].encode())
    terminal.see(words)
    return time.perf_counter() - begun, processor(terminal.pid) - used


def processor(pid: int) -> float:
    """Seconds of the processor that a process has used, all its threads together."""
    return sum(int(Path(one, "schedstat").read_text().split()[0]) for one in Path(f"/proc/{pid}/task").iterdir()) / 1e9


if __name__ == "__main__":
    main()
