"""A public-inbox taken in, beside `git cat-file --batch` over its mails: python -m benchmarks.inbox INBOX

INBOX is a folder with git/0.git and so on, as `git clone --mirror` of an archive's epochs makes it. The two take turns,
three times; the least of each is printed, with the memory of both processes, and what an update of nothing takes.
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
    asked = {change.epoch: "".join(f"{blob}\n" for blob in change.added).encode() for change in changes(inbox, {}, [])}
    ours, plain, again = [], [], []
    count = 0
    for _ in range(3):
        begin = time.perf_counter()
        for epoch, place in epochs_in(str(inbox)).items():
            words = ["git", f"--git-dir={place}", "cat-file", "--batch", "--buffer"]
            subprocess.run(words, input=asked.get(epoch, b""), stdout=subprocess.DEVNULL, check=True)
        plain.append(time.perf_counter() - begin)
        with tempfile.TemporaryDirectory() as folder:
            index = MailIndex(Path(folder))
            begin = time.perf_counter()
            count = index.take_in(str(inbox)).new
            ours.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            index.refresh()
            again.append(time.perf_counter() - begin)
            index.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{count} mails: {min(ours):.1f} s, git cat-file {min(plain):.1f} s, {min(ours) / min(plain):.2f} of it")
    print(f"{memory} MB; an update of nothing {1000 * min(again):.1f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
