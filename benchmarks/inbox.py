"""A public-inbox taken in, beside `git cat-file --batch` over it: python -m benchmarks.inbox INBOX

INBOX is a folder with git/0.git and so on, as `git clone --mirror` of an archive's epochs makes it. git's command is
measured over the repository as it is (`--batch-all-objects`), and over its mails alone, whose names it is given: to
find those, too, is part of taking in. All take turns, three times; the least of each is printed, as time and as
processor time (of a machine with other work the second tells more), with the most memory that one process had, and what
an update of nothing takes.
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

# What of git's: with the first it looks at no names.
_WORDS = {"the whole repository": ["--batch-all-objects"], "the mails alone": []}


def main(inbox: Path) -> None:
    """Prints the seconds of each, what of git's time ours is, and the memory."""
    asked = {
        change.epoch: "".join(f"{blob}\n" for blob in change.whole()).encode() for change in changes(inbox, {}, [])
    }
    of_git = {what: list[tuple[float, float]]() for what in _WORDS}
    ours, again = list[tuple[float, float]](), list[float]()
    count = memory = 0
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            index = MailIndex(Path(folder))
            begin = _now()
            count = index.take_in(str(inbox)).new
            ours.append(_since(begin))
            begin = _now()
            index.refresh()
            again.append(_since(begin)[0])
            index.close()
        memory = memory or _most()  # before git's own commands, which map the packs whole
        for what, runs in of_git.items():
            begin = _now()
            for epoch, place in epochs_in(str(inbox)).items():
                words = ["git", f"--git-dir={place}", "cat-file", "--batch", "--buffer", *_WORDS[what]]
                subprocess.run(words, input=asked.get(epoch, b""), stdout=subprocess.DEVNULL, check=True)
            runs.append(_since(begin))
    for name, at in (("", 0), (" of the processor", 1)):
        mine = min(one[at] for one in ours)
        print(f"{count} mails: {mine:.2f} s{name}")
        for what, runs in of_git.items():
            git = min(one[at] for one in runs)
            print(f"  git cat-file over {what}: {git:.2f} s{name}; ours is {mine / git:.2f} of it")
    print(f"{memory} MB; an update of nothing {1000 * min(again):.1f} ms")


def _most() -> int:
    """The most memory that a process had so far, in MB."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024


def _now() -> tuple[float, float]:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used)


def _since(begin: tuple[float, float]) -> tuple[float, float]:
    now = _now()
    return now[0] - begin[0], now[1] - begin[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
