"""A public-inbox taken in, beside `git cat-file --batch` over its mails: python -m benchmarks.inbox INBOX

INBOX is a folder with git/0.git and so on, as `git clone --mirror` of an archive's epochs makes it. The two take turns,
three times; the least of each is printed, as time and as processor time (of a machine with other work the second tells
more), with the most memory that one process had, and what an update of nothing takes.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from patchflow.adapters.mail.inbox import changes
from patchflow.adapters.mail.index import MailIndex
from patchflow.adapters.mail.quick_index import epochs_in


def main(inbox: Path) -> None:
    """Prints the seconds of both, their ratio, and the memory."""
    asked = {
        change.epoch: "".join(f"{blob}\n" for blob in change.whole()).encode() for change in changes(inbox, {}, [])
    }
    ours, plain, again = list[tuple[float, float]](), list[tuple[float, float]](), list[float]()
    count = 0
    for _ in range(3):
        begin = _now()
        for epoch, place in epochs_in(str(inbox)).items():
            words = ["git", f"--git-dir={place}", "cat-file", "--batch", "--buffer"]
            subprocess.run(words, input=asked.get(epoch, b""), stdout=subprocess.DEVNULL, check=True)
        plain.append(_since(begin))
        with tempfile.TemporaryDirectory() as folder:
            index = MailIndex(Path(folder))
            begin = _now()
            count = index.take_in(str(inbox)).new
            ours.append(_since(begin))
            begin = _now()
            index.refresh()
            again.append(_since(begin)[0])
            index.close()
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024
    for name, at in (("", 0), (" of the processor", 1)):
        mine, git = min(one[at] for one in ours), min(one[at] for one in plain)
        print(f"{count} mails: {mine:.2f} s{name}, git cat-file {git:.2f} s, {mine / git:.2f} of it")
    print(f"{memory} MB; an update of nothing {1000 * min(again):.1f} ms")


def _now() -> tuple[float, float]:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used)


def _since(begin: tuple[float, float]) -> tuple[float, float]:
    now = _now()
    return now[0] - begin[0], now[1] - begin[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
