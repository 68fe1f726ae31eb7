"""Times the terminal UI through a real terminal: python -m benchmarks.tui [--tree DIR] [--list MBOX].

First frame (as it is at the first start ever, and later), the time from a key to the changed screen while checks run,
scrolling through a thread of 500 messages and a patch of 10,000 lines, and memory. It makes a clone of the tree with 20
series, into which that thread and the mails of --list are taken in.
"""

from __future__ import annotations

import argparse
import os
import select
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from patchflow.flow.clone import Clone, profile
from tests.tui.terminal import Terminal


def environment(home: Path) -> dict[str, str]:
    """A home of its own."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "gitconfig").write_text("[user]\n\tname = Ada Example\n\temail = ada@example.org\n")
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache"),
           "XDG_STATE_HOME": str(home / "state"), "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
           "GIT_CONFIG_SYSTEM": os.devnull, "PATCHFLOW_CACHE_DIR": str(home / "cache" / "patchflow"),
           "PATCHFLOW_CONFIG_DIR": str(home / "config" / "patchflow"), "TERM": "xterm-256color",
           "PATCHFLOW_TRUST": "all"}  # fmt: skip
    os.environ.update(own)
    return {**os.environ, **own}


def git(folder: Path, *words: str, stdin: str = "") -> None:
    """Runs git."""
    subprocess.run(["git", "-C", str(folder), *words], input=stdin, text=True, check=True, capture_output=True)


def make(tree: Path, room: Path, mails: int, mail_list: str) -> Path:
    """A clone with 20 series of two patches, one of 10,000 lines, a thread of `mails` messages, and a list's mails."""
    from patchflow.domain.series import Revision, SentMessage
    from patchflow.flow.review.mail import take_in
    from patchflow.flow.series.prepare import new_series
    from patchflow.flow.templates import cover_template

    clone = room / "linux"
    git(room, "clone", "--quiet", "--shared", str(tree), str(clone))
    for number in range(20):
        here = Clone(str(clone))
        name, facts = f"series-{number:02d}", profile("vsock")
        new_series(here.repository, here.store, name, facts, "base", template=cover_template(here, facts, name))
        path = clone / "net" / "vmw_vsock" / "vsock_addr.c"
        lines = 10_000 if number == 1 else 3
        for part in range(2):
            path.write_text(path.read_text() + "".join(f"/* {number} {part} {n} */\n" for n in range(lines // 2 + 1)))
            git(clone, "commit", "--quiet", "-a", "-s", "-m", f"vsock: change {part} of series {number}\n\nWhy.")
    here = Clone(str(clone))
    series = here.store.load("series-00")
    from datetime import UTC, datetime

    root = "bench-0@example.org"
    sent = Revision(1, datetime.now(UTC), series.base, series.tip, "PATCH net-next",
                    (SentMessage(0, root, "[PATCH net-next 0/2] bench"),))  # fmt: skip
    here.store.record(series, sent, {"0": f"Subject: [PATCH 0/2] bench\nMessage-ID: <{root}>\n\nx\n".encode()})
    mbox = room / "thread.mbox"
    with mbox.open("w") as file:
        for number in range(1, mails):
            above = root if number % 7 == 1 else f"bench-{number - 1}@example.org"
            file.write(
                "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: Rita <rita@example.net>\n"
                f"Subject: Re: [PATCH net-next 0/2] bench\nDate: Mon, 9 Mar 2026 12:00:00 +0000\n"
                f"Message-ID: <bench-{number}@example.org>\nIn-Reply-To: <{above}>\nReferences: <{root}> <{above}>\n\n"
                + "".join(f"> line {n} of what is quoted\n" for n in range(40)) + f"\nRemark {number}?\n\n"
            )  # fmt: skip
    take_in(here, str(mbox))
    if mail_list:
        take_in(here, mail_list)
        while (
            subprocess.run(["pgrep", "-f", f"patchflow.flow.review.behind.*{clone}"], capture_output=True).returncode
            == 0
        ):
            time.sleep(0.5)  # what is done with the mail in the background
    return clone


def first_frame(clone: Path, env: dict[str, str], again: bool, mails: int, rounds: int = 7) -> list[float]:
    """Seconds from the start to the first frame, to the board that was read, and to what its mail says; medians."""
    found = []
    for _ in range(rounds):
        for kept in [] if again else Path(env["PATCHFLOW_CACHE_DIR"]).glob("mail/*/board"):
            kept.unlink()
        started = time.perf_counter()
        terminal = Terminal(clone, env)
        while "patchflow" not in terminal.text():
            terminal.read(0.01)
        times = [time.perf_counter() - started]
        for words in ("net-next (open|closed|unknown|uncertain)", rf"series-00 .* {mails - 1} "):
            terminal.see(words)
            times.append(time.perf_counter() - started)
        found.append(times)
        terminal.wait(1)
        terminal.press("q")
        terminal.end()
    return [statistics.median(column) for column in zip(*found, strict=True)]


def latency(terminal: Terminal, keys: str, count: int) -> list[tuple[float, float]]:
    """Milliseconds from each key to the first byte that answers it, and to the last one before 20 ms of silence.

    The bytes go through the terminal's emulator afterwards: its time is not the program's.
    """
    found: list[tuple[float, float]] = []
    for number in range(count):
        while terminal.read(0.02):
            pass
        started = time.perf_counter()
        os.write(terminal.child.child_fd, keys[number % len(keys)].encode())
        first, last, burst = 0.0, 0.0, b""
        while select.select([terminal.child.child_fd], [], [], 0.02 if burst else 5.0)[0]:
            burst += os.read(terminal.child.child_fd, 1 << 16)
            last = (time.perf_counter() - started) * 1000
            first = first or last
        terminal.feed(burst)
        if burst:
            found.append((first, last))
        elif (silent := number - len(found)) > 20:  # the end of a list: nothing changes any more
            raise SystemExit(f"{silent} keys changed nothing:\n{terminal.text()}")
    return found


def told(name: str, found: list[tuple[float, float]]) -> str:
    """One line of the table."""
    cells = []
    for column in zip(*found, strict=True):
        row = sorted(column)
        p99 = row[min(len(row) - 1, int(len(row) * 0.99))]
        cells += [f"{statistics.median(row):.0f} ms", f"{p99:.0f} ms", f"{row[-1]:.0f} ms"]
    return f"| {name} | {' | '.join(cells)} |"


def go_to(terminal: Terminal, name: str) -> None:
    """From the board into a series."""
    terminal.press("\\")
    terminal.see("words that must stand")
    terminal.press(name, "enter")
    terminal.gone("series-05")
    terminal.press("G", "enter")
    terminal.see("change 0 of")


def memory(pid: int) -> float:
    """Resident megabytes."""
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(row for row in rows if row.startswith("VmRSS")).split()[1]) / 1000


def main() -> None:
    """Prints the figures as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", default=str(Path(__file__).resolve().parent.parent / "kernel" / "linux"))
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--list", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="patchflow-bench-") as name:
        room = Path(name)
        env = environment(room / "home")
        clone = make(Path(args.tree), room, args.mails, args.list)
        for what, again in (("at the first start ever", False), ("later", True)):
            frame, board, mail = first_frame(clone, env, again, args.mails)
            print(
                f"First frame {what} {frame:.2f} s, the board {board:.2f} s, with its mail {mail:.2f} s (medians of 7)"
            )
        print()
        print("| key to | first change: median | p99 | worst | all of it: median | p99 | worst |")
        print("| --- " * 7 + "|")
        terminal = Terminal(clone, env, 120, 40)
        terminal.see("series-00")
        go_to(terminal, "series-01")
        print(told("while checks run (two patches of 5,000 lines)", latency(terminal, "jkjk][", 200)))
        terminal.press("1", "g", "\t")
        terminal.wait(1)
        print(told("a 10,000-line series, line by line", latency(terminal, "j", 200)))
        print(told("and page by page", latency(terminal, " b", 200)))
        terminal.press("q")
        terminal.see("next step")
        terminal.press("escape")  # stops the checks of the series that was left
        terminal.wait(1)
        terminal.press("escape")  # takes the filter away
        terminal.see("series-05")
        go_to(terminal, "series-00")
        terminal.press("5")
        terminal.see("Rita")
        terminal.wait(1)
        print(told(f"a thread of {args.mails} messages, message by message", latency(terminal, "j", 200)))
        print(f"\nMemory {memory(terminal.pid):.0f} MB resident")
        terminal.child.close(force=True)


if __name__ == "__main__":
    main()
