"""Taking mail in against mutt on the same file, in one run: python -m benchmarks.mail_index LIST.mbox[.xz].

Prints what each part took and the ratios; runs are interleaved and the medians compared, because other work on the
machine slows both. Needs mutt and pexpect.
"""

from __future__ import annotations

import lzma
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pexpect

from patchflow.formats.mail.mbox import split_mbox
from patchflow.formats.mail.scan import scan_mail

_CODE = (
    "import sys; from pathlib import Path; from patchflow.adapters.mail.index import MailIndex;"
    "i = MailIndex(Path(sys.argv[1])); print(i.{call}); "
    # Its own memory: getrusage counts what the process that started it had.
    "print(int(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0]) // 1024)"
)


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall-clock time."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def mutt(file: Path) -> float:
    """mutt opening the file threaded and leaving at once, in a pseudo-terminal."""

    def run() -> None:
        settings = "set sort=threads folder=/tmp quit=yes"
        argv = ["-n", "-F", os.devnull, "-R", "-f", str(file), "-e", settings, "-e", "push q"]
        child = pexpect.spawn("mutt", argv, timeout=600, dimensions=(40, 120))
        child.delaybeforesend = None
        child.expect(pexpect.EOF)
        child.wait()

    return timed(run)


def process(call: str, *argv: str) -> tuple[float, int]:
    """A new process that works on an index: its seconds, and its largest memory in MB."""
    out: list[str] = []
    code = _CODE.format(call=call)

    def run() -> None:
        out.append(
            subprocess.run([sys.executable, "-c", code, *argv], capture_output=True, text=True, check=True).stdout
        )

    seconds = timed(run)
    return seconds, int(out[0].split()[-1])


def main() -> None:
    """Runs it all."""
    with tempfile.TemporaryDirectory(prefix="mail-index-", dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        source = Path(sys.argv[1])
        file = folder / "list.mbox"
        if source.suffix == ".xz":
            with lzma.open(source) as packed, file.open("wb") as out:
                shutil.copyfileobj(packed, out)
        else:
            shutil.copy(source, file)
        size = file.stat().st_size / 1e6
        cold(folder, file, size)
        warm(folder, file)
        large(folder, file, size)


def cold(folder: Path, file: Path, size: float) -> None:
    """The list cold, against mutt."""
    ours, theirs = [], []
    for number in range(5):
        theirs.append(mutt(file))
        ours.append(process("take_in(sys.argv[2])", str(folder / f"cold{number}"), str(file))[0])
    left, right = statistics.median(ours), statistics.median(theirs)
    print(f"{size:.0f} MB cold: {left:.2f} s, mutt {right:.2f} s, ratio {left / right:.2f} (at most 1)")
    words = process("fill_words()", str(folder / "cold0"))[0]
    print(f"full text: {words:.2f} s, {size / words:.0f} MB/s (at least 20)")


def warm(folder: Path, file: Path) -> None:
    """One thread of it in a later process, the whole command: nine threads, none of which was shown before.

    As it is once threads are laid out behind the user's back, which is waited for, and as it is before that.
    """
    clone = folder / "clone"
    subprocess.run(["git", "init", "-q", str(clone)], check=True)
    env = {**os.environ, "PATCHFLOW_CACHE_DIR": str(folder / "cache")}
    base = [str(Path(sys.executable).with_name("patchflow")), "-C", str(clone)]
    subprocess.run([*base, "fetch", "--mbox", str(file)], check=True, env=env, capture_output=True)
    started = time.perf_counter()
    while subprocess.run(["pgrep", "-f", f"review.behind import main.*{clone}"], capture_output=True).returncode == 0:
        time.sleep(0.5)
    print(f"full text and threads laid out, in the background: {time.perf_counter() - started:.0f} s")
    mails = [raw for _, raw in split_mbox(file.read_bytes())]
    ids = [scan_mail(mails[number]).id for number in range(500, len(mails), len(mails) // 9)][:9]

    def show(id: str) -> float:
        return timed(lambda: subprocess.run([*base, "thread", id], check=True, env=env, capture_output=True))

    first = [show(id) for id in ids]
    for kept in (folder / "cache").rglob("shown.sqlite*"):
        kept.unlink()
    sooner = [show(id) for id in ids]
    other = statistics.median(mutt(file) for _ in range(3))
    for what, seconds in (("laid out", first), ("before it was laid out", sooner)):
        middle = statistics.median(seconds)
        print(f"one thread {what}: {middle:.3f} s (at most 0.15), of mutt's time {middle / other:.2f} (at most 0.10)")


def large(folder: Path, file: Path, size: float) -> None:
    """The list four times with rewritten ids, then 100 messages more."""
    big = folder / "big.mbox"
    blob = file.read_bytes()
    with big.open("wb") as out:
        for number in range(4):
            out.write(blob.replace(b"@", b"@x%d." % number))
    cache = str(folder / "big")
    seconds, memory = process("take_in(sys.argv[2])", cache, str(big))
    many = big.stat().st_size / 1e6
    once = process("take_in(sys.argv[2])", str(folder / "once"), str(file))[0]
    print(f"{many:.0f} MB: {seconds:.2f} s, {memory} MB (under 300); {seconds / once * size / many:.2f} of linear")
    from patchflow.formats.mail.mbox import message_spans

    spans = list(message_spans(blob))[:100]
    with big.open("ab") as out:
        out.write(blob[: spans[-1][1]].replace(b"@", b"@new."))
    print(f"100 messages appended: {process('take_in(sys.argv[2])', cache, str(big))[0]:.2f} s (under 0.5)")


if __name__ == "__main__":
    main()
