"""What each command costs: python -m benchmarks.cost TREE [--git-publish FILE] [--only WORD]

Processor time (user and system, the lowest of some runs), peak memory, programs started (its own processes counted) and
files read, in a clone of TREE with a series that was sent and answered, and 10,000 mails of a list taken in. Read
commands run five times, those that change something once. Programs and files are counted by strace in another clone.
Beside them b4's and git-publish's own commands, in the same run.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tui import environment, git
from patchflow.demo.server import LoopbackServer

HERE = Path(__file__).parent.parent
FILE = "net/vmw_vsock/vsock_addr.c"
THREADS = 1250  # of eight mails each
TIMES = 5
PATCHFLOW = (sys.executable, "-m", "patchflow")
# Runs a program from a small process, for the kernel counts the memory of who starts one as that one's.
_STARTER = (
    "import os, sys; p = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ); u = os.wait4(p, 0)[2];"
    "print(u.ru_utime + u.ru_stime, u.ru_maxrss, file=sys.stderr)"
)


@dataclass
class Cost:
    """What a run took: milliseconds of processor time, MB at most, programs started, files read."""

    time: float
    memory: float
    programs: int = 0
    files: int = 0


def run(argv: list[str], folder: Path, stdin: str = "") -> Cost:
    """Runs a program and its children to the end; whether it failed is not looked at."""
    done = subprocess.run(
        [sys.executable, "-IS", "-c", _STARTER, *argv],
        cwd=folder,
        input=stdin,
        text=True,
        capture_output=True,
        check=True,
    )
    seconds, kilobytes = done.stderr.rstrip().rpartition("\n")[2].split()
    return Cost(float(seconds) * 1000, int(kilobytes) / 1024)


def counted(argv: list[str], folder: Path, stdin: str = "") -> tuple[int, int]:
    """How many programs it started, itself among them, and how many files were opened to be read by all of them."""
    with tempfile.NamedTemporaryFile("r", errors="replace") as trace:
        words = ["strace", "-f", "-qq", "-e", "trace=execve,openat", "-o", trace.name, *argv]
        subprocess.run(words, cwd=folder, input=stdin, text=True, capture_output=True, check=False)
        lines = trace.read().split("\n")
    programs = sum("execve(" in line and line.rstrip().endswith("= 0") for line in lines)
    opened = re.compile(r"openat\(.*\bO_RDONLY\b(?!.*O_DIRECTORY).*= \d+$")
    return programs, sum(bool(opened.search(line)) for line in lines)


def list_of(room: Path) -> Path:
    """An mbox of 10,000 mails: series of three patches with a cover letter, and four answers to each."""
    path = room / "list.mbox"
    with path.open("w") as file:
        for thread in range(THREADS):
            root = f"list-{thread}-0@example.org"
            for part in range(8):
                answer = part > 3
                above = "" if part == 0 else f"list-{thread}-{part - 3}@example.org" if answer else root
                title = f"net: change number {thread}, part {part - 3 if answer else part}"
                subject = f"Re: [PATCH 1/3] {title}" if answer else f"[PATCH {part}/3] {title}"
                reference = f"In-Reply-To: <{above}>\nReferences: <{root}> <{above}>\n" if above else ""
                body = "".join(f"> +int quoted{n};\n" for n in range(12)) + "\nWhy is this an int?\n" if answer else (
                    "It is needed.\n---\n net/core/dev.c | 30 +++\n\ndiff --git a/net/core/dev.c b/net/core/dev.c\n"
                    "--- a/net/core/dev.c\n+++ b/net/core/dev.c\n@@ -1,1 +1,31 @@\n  first\n"
                    + "".join(f"+int quoted{n};\n" for n in range(30)))  # fmt: skip
                file.write(
                    "From mboxrd@z Thu Jan  1 00:00:00 1970\n"
                    f"From: Someone {thread % 97} <s{thread % 97}@example.net>\n"
                    f"Subject: {subject}\nDate: Mon, 9 Nov 2026 12:{thread % 60:02d}:00 +0000\n"
                    f"Message-ID: <list-{thread}-{part}@example.org>\n{reference}\n{body}\n"
                )  # fmt: skip
    return path


class Journey:
    """A clone, and each command in it, in the order in which a series is made, sent, answered and sent again."""

    def __init__(self, tree: Path, room: Path, only: str, count: bool) -> None:
        self.room, self.only, self.count = room, only, count
        self.clone = room / "linux"
        git(room, "clone", "--quiet", "--shared", str(tree), str(self.clone))
        self.found: dict[str, Cost] = {}

    def cost(self, name: str, argv: list[str], times: int, stdin: str = "") -> None:
        """Measures one line; `times` 1 where it changes something. No answer is kept from one run to the next."""
        os.environ["ASKED"] = f"{len(self.found)}"
        if self.count:
            programs, files = counted(argv, self.clone, stdin)
            self.found[name] = Cost(0, 0, programs, files)
            return
        runs = []
        for number in range(times if self.only in name else 1):
            os.environ["ASKED"] = f"{len(self.found)}-{number}"
            runs.append(run(argv, self.clone, stdin))
        self.found[name] = Cost(min(one.time for one in runs), max(one.memory for one in runs))

    def read(self, *words: str, name: str = "") -> None:
        """A command that changes nothing, the caches filled."""
        self.cost(name or " ".join(words), [*PATCHFLOW, *words], TIMES)

    def again(self, line: str) -> None:
        """A command whose answer was kept from the moment before."""
        words = [*PATCHFLOW, *line.split()]
        os.environ["ASKED"] = "again"
        time.sleep(3)  # answers are kept once nothing has changed for two seconds
        for _ in range(2):
            run(words, self.clone)
        if self.count:
            programs, files = counted(words, self.clone)
            self.found[f"{line}, again"] = Cost(0, 0, programs, files)
            return
        runs = [run(words, self.clone) for _ in range(TIMES)]
        self.found[f"{line}, again"] = Cost(min(one.time for one in runs), max(one.memory for one in runs))

    def change(self, *words: str, stdin: str = "", name: str = "") -> None:
        """A command that changes something."""
        self.cost(name or " ".join(words), [*PATCHFLOW, *words], 1, stdin)

    def commit(self, number: int) -> None:
        """One more patch."""
        path = self.clone / FILE
        path.write_text(path.read_text() + f"/* number {number} of the series */\n")
        git(self.clone, "commit", "-qasm", f"vsock: change number {number}\n\nIt is needed, and says why.")

    def out(self, *words: str) -> str:
        """What a command prints, not measured."""
        done = subprocess.run([*PATCHFLOW, *words], cwd=self.clone, capture_output=True, text=True, check=False)
        return done.stdout

    def play(self) -> None:
        """Everything."""
        self.cost("python -c pass", [sys.executable, "-c", "pass"], 9)
        self.change("new", "bench", "--base", "base", name="new")
        for number in range(2):
            self.commit(number)
        self.change("cover", "--set", "-", stdin="vsock: change two things\n\nThey are needed.\n", name="cover --set")
        self.change("cc", "--add", "Cleo Colleague <cleo@example.com>", name="cc --add")
        self.change("check", name="check, the first time")
        self.change("send", "--yes", "--override=window-closed=a benchmark", name="send --yes")
        ids = re.findall(r"[^\"<]+-[12]-[^\">]+@example\.org", self.out("--json", "status"))
        box = self.room / "answers.mbox"
        box.write_text("".join(
            f"From x Mon Nov 23 10:00:00 2026\nFrom: Rita <rita@example.net>\nTo: ada@example.org\n"
            f"Subject: Re: [PATCH 1/2] vsock: change number 0\nDate: Mon, 30 Nov 2026 10:0{number}:00 +0000\n"
            f"Message-ID: <answer-{number}@example.net>\nIn-Reply-To: <{ids[0]}>\n\n"
            f"> +/* number 0 of the series */\n\nRemark {number}: why?\n\nReviewed-by: Rita <rita@example.net>\n\n"
            for number in range(5)))  # fmt: skip
        self.change("fetch", "--mbox", str(box), name="fetch --mbox, 5 mails")
        self.change("fetch", "--mbox", str(list_of(self.room)), name="fetch --mbox, 10,000 mails")
        self.reads()
        (first, *_) = re.findall(r'"id": "([0-9a-f]{8,})"', self.out("--json", "todo")) or [""]
        self.change("todo", "--addressed", f"{first}=renamed", name="todo --addressed")
        self.change("trailers", "--apply", "--yes")
        self.change("respin")
        self.change("undo", "--yes")
        self.change("redo")
        self.change("hook", "install")
        self.change("review", "apply", "list-7-0@example.org", name="review apply")
        self.change("archive", "bench", name="archive")

    def reads(self) -> None:
        """The commands that read."""
        for line in (
            "status", "status --all", "todo", "todo --all", "thread", "thread v1", "thread list-77-0@example.org",
            "search quoted7", "cover", f"cc -f {FILE}", "cc", "check", "rules", "rules subject-prefix",
            "window --offline", f"format -o {self.room}/mails", "diff", "send --dry-run", "verify --offline",
            "trailers", "dep list", "archive --list", "review list", "review waiting", "review list-77-0@example.org",
            "dig --offline HEAD", "watch --once --offline", f"profile {FILE}", "profile --why", "config", "doctor",
            "trust --list", "hook list", "undo --list", "reply --list", "fetch --sources", "try clean",
            "completion bash", "--version", "--help",
        ):  # fmt: skip
            self.read(*line.split(), name=line.replace(f" -o {self.room}/mails", ""))
            if line in ("status", "todo", "review waiting"):
                self.again(line)


def others(journey: Journey, git_publish: str) -> Iterator[str]:
    """Rows of what b4, git-publish and the tree's own scripts take for the same."""
    b4 = str(Path(sys.executable).with_name("b4"))
    git(journey.clone, "switch", "-q", "base", "--detach")
    subprocess.run([b4, "prep", "-n", "bench", "-f", "base"], cwd=journey.clone, capture_output=True, check=False)
    for number in range(2):
        journey.commit(number)
    git(journey.clone, "config", "b4.send-series-to", "netdev@vger.example.org")
    lines = [
        ("b4 --version", [b4, "--version"]), ("b4 prep --show-info", [b4, "prep", "--show-info"]),
        ("b4 prep --check", [b4, "prep", "--check"]), ("b4 send --dry-run", [b4, "send", "--dry-run"]),
        ("get_maintainer.pl -f", ["scripts/get_maintainer.pl", "-f", FILE]),
        ("checkpatch.pl -g, two patches", ["scripts/checkpatch.pl", "-g", "base..HEAD"]),
        ("git format-patch and send-email --dry-run", ["sh", "-c",
         "rm -rf out; git format-patch -q --cover-letter -o out base && git send-email --dry-run --force "
         "--to=a@example.org --confirm=never out/* "]),
    ]  # fmt: skip
    if git_publish:
        lines += [("git-publish --dry-run", [git_publish, "-b", "base", "--to", "a@example.org", "--no-inspect-emails",
                   "--no-message", "--no-check-url", "--send-email-args=--dry-run --confirm=never"])]  # fmt: skip
    for name, argv in lines:
        journey.cost(name, argv, TIMES)
        yield name


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("tree", type=Path)
    parser.add_argument("--git-publish", default="", metavar="FILE", help="the script, to be measured beside")
    parser.add_argument("--only", default="", metavar="WORD", help="more than one run for these lines alone")
    args = parser.parse_args()
    os.environ["PYTHONPATH"] = str(HERE)
    with tempfile.TemporaryDirectory(prefix="cost-") as name:
        journeys = []
        for count in (False, True):
            room = Path(name) / ("counted" if count else "timed")
            room.mkdir()
            environment(room / "home")
            os.environ["GIT_EDITOR"] = "true"
            server = LoopbackServer(room / "delivered")
            for key, value in (("Server", "127.0.0.1"), ("ServerPort", str(server.port)), ("Encryption", "")):
                subprocess.run(["git", "config", "--global", f"sendemail.smtp{key}", value], check=True)
            journey = Journey(args.tree.resolve(), room, args.only, count)
            journey.play()
            beside = list(others(journey, args.git_publish))
            server.stop()
            journeys.append(journey)
    timed, counts = (journey.found for journey in journeys)
    print(f"| what | processor time | peak memory | programs | files read |\n| --- | {'---: | ' * 4}".rstrip())
    for one, cost in timed.items():
        shown = f"`{one}`" if one not in beside else one
        print(f"| {shown} | {cost.time:.0f} ms | {cost.memory:.0f} MB | {counts[one].programs} | {counts[one].files} |")


if __name__ == "__main__":
    main()
