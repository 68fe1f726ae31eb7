"""How long checks and hooks take, as ratios of one run: `python -m benchmarks.checks [TREE]`.

The tree is a kernel tree with git (default: kernel/linux, or PATCHFLOW_TREE); a clone of it is worked in.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIGNED = "Signed-off-by: Ada Example <ada@example.org>\n"
MESSAGE = "vsock: change number {n}\n\nThe reader of git log wants to know why.\n\n" + SIGNED
FILES = ("net/vmw_vsock/af_vsock.c", "net/vmw_vsock/virtio_transport.c", "drivers/vhost/vsock.c",
         "net/vmw_vsock/virtio_transport_common.c", "include/net/af_vsock.h")  # fmt: skip
HOOK_RUNS = 20


def main(argv: list[str]) -> int:
    """Measures, and prints one line a figure."""
    tree = Path(argv[0] if argv else os.environ.get("PATCHFLOW_TREE") or ROOT / "kernel" / "linux")
    with tempfile.TemporaryDirectory(prefix="patchflow-bench-") as name:
        room = Room(Path(name), tree)
        room.make_series(15)
        by_hand = room.checkpatch_one_by_one()
        first = timed(lambda: room.patchflow("check", code=(0, 1)))
        again = min(timed(lambda: room.patchflow("check", code=(0, 1))) for _ in range(3))
        print(f"first check of 15 patches / checkpatch.pl one by one: {first / by_hand:.3f} (goal 0.2)")
        print(f"    {first:.2f} s / {by_hand:.2f} s")
        print(f"unchanged, again: {again:.3f} s (goal 0.3)")
        room.commit_message_hook()
        room.pre_commit_hook()
    return 0


def timed(work: Callable[[], object]) -> float:
    """Seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Room:
    """A clone to measure in, with a sealed home."""

    def __init__(self, folder: Path, tree: Path) -> None:
        self.tree = folder / "linux"
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
            "PATCHFLOW_CACHE_DIR": str(folder / "cache"), "PATCHFLOW_CONFIG_DIR": str(folder / "config"),
        }  # fmt: skip
        self.folder = folder
        for key, value in (("user.name", "Ada Example"), ("user.email", "ada@example.org"), ("core.editor", "true")):
            self.run("git", "config", "--file", str(folder / "gitconfig"), key, value, cwd=folder)
        self.run("git", "clone", "-q", "--shared", str(tree), str(self.tree), cwd=folder)
        self.options = ["--strict", "--codespell", "--codespellfile", dictionary(), "--max-line-length=80"]

    def run(self, *words: str, cwd: Path | None = None, code: tuple[int, ...] = (0,), stdin: bytes = b"") -> bytes:
        """Runs a program in the clone."""
        done = subprocess.run(words, cwd=cwd or self.tree, env=self.env, input=stdin, capture_output=True, check=False)
        if done.returncode not in code:
            sys.exit(f"{words}: {done.returncode} {done.stderr.decode()[-500:]}")
        return done.stdout

    def patchflow(self, *words: str, code: tuple[int, ...] = (0,)) -> bytes:
        """Runs the command."""
        return self.run(sys.executable, "-m", "patchflow", *words, code=code)

    def make_series(self, count: int) -> None:
        """A series of small patches over the five files in turn."""
        self.patchflow("new", "bench", "--profile", "vsock", "--base", "HEAD")
        for number in range(count):
            path = self.tree / FILES[number % len(FILES)]
            lines = path.read_text().split("\n")
            at = len(lines) // 2 + number
            lines[at:at] = [
                f"/* a remark of some length, to be number {number} of this series */",
                f"int bench_{number};",
            ]
            path.write_text("\n".join(lines))
            self.run("git", "commit", "-q", "-a", "-m", MESSAGE.format(n=number))

    def checkpatch_one_by_one(self) -> float:
        """Seconds that checkpatch.pl takes for each patch of the series in turn, as people run it."""
        out = self.folder / "patches"
        self.run("git", "format-patch", "-q", "-15", "-o", str(out))
        files = sorted(out.iterdir())
        return timed(lambda: [self.run("scripts/checkpatch.pl", *self.options, str(f), code=(0, 1)) for f in files])

    def commit_message_hook(self) -> None:
        """The median of a commit with the commit-msg hook, less that of one without, alternating."""
        self.patchflow("hook", "install", "commit-msg")
        hook = self.tree / ".git" / "hooks" / "commit-msg"
        words = ("git", "commit", "-q", "--allow-empty", "-m", MESSAGE.format(n=0))
        self.run(*words)
        without, with_it = [], []
        for _ in range(HOOK_RUNS):
            with_it.append(timed(lambda: self.run(*words)))
            hook.chmod(0o644)
            without.append(timed(lambda: self.run(*words)))
            hook.chmod(0o755)
        more = (statistics.median(with_it) - statistics.median(without)) * 1000
        print(f"commit-msg hook: {more:.0f} ms above a commit without it (goal 100; median of {HOOK_RUNS})")
        self.patchflow("hook", "uninstall", "commit-msg")

    def pre_commit_hook(self) -> None:
        """The hook on a staged diff that is new each time, and checkpatch.pl on that diff by hand."""
        self.patchflow("hook", "install", "pre-commit")
        hook = str(self.tree / ".git" / "hooks" / "pre-commit")
        ratios = []
        for number in range(5):
            path = self.tree / FILES[0]
            path.write_text(path.read_text() + f"int pre_commit_{number};\n")
            self.run("git", "add", "-u")
            ours = timed(lambda: self.run(hook, code=(0, 1)))
            by_hand = timed(self.staged_by_hand)
            ratios.append(ours / by_hand)
        print(f"pre-commit hook / checkpatch.pl on that diff by hand: {statistics.median(ratios):.2f} (goal 1.25)")

    def staged_by_hand(self) -> None:
        """git diff --cached | scripts/checkpatch.pl -"""
        diff = self.run("git", "diff", "--cached")
        self.run("scripts/checkpatch.pl", *self.options, "--no-signoff", "-", code=(0, 1), stdin=diff)


def dictionary() -> str:
    """codespell's dictionary, so that both sides spell alike."""
    known = "/usr/lib/python3/dist-packages/codespell_lib/data/dictionary.txt"
    return known if shutil.which("codespell") and Path(known).is_file() else os.devnull


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
