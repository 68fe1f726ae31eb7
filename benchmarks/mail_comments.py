"""How many comments below quoted diffs are located: python -m benchmarks.mail_comments FILE.mbox …"""

from __future__ import annotations

import re
import sys
import time

from patchflow.domain.comment import Comment
from patchflow.flow.review.mail import threads_in
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.comments import Reviewer


def below_a_quoted_diff(comment: Comment) -> bool:
    """Whether what is quoted right above a comment is a diff: not the commit message, its notes or git's signature."""
    near = comment.quote[-4:]
    if not near or re.match(r"--\s*$|\d+\.\d+", near[-1]) or any(line.rstrip() == "---" for line in comment.quote):
        return False
    return any(re.match(r"\+|-\s|@@ ", line) and not re.match(r"- \S", line) for line in near)


def main() -> None:
    """Counts, and prints the message and line of each comment that is not located."""
    known = bots()
    total = located = threads = 0
    slowest = 0.0
    missing: list[tuple[str, int]] = []
    started = time.perf_counter()
    for name in sys.argv[1:]:
        for thread in threads_in(name):
            threads += 1
            before = time.perf_counter()
            reviewer = Reviewer(thread, known)
            reviewer.read()
            comments = reviewer.comments()
            slowest = max(slowest, time.perf_counter() - before)
            at_hand = {target.message.id for number, target in reviewer.targets.patches.items() if number >= 0}
            for comment in comments:
                if comment.patch in at_hand and below_a_quoted_diff(comment):
                    total += 1
                    located += bool(comment.file)
                    if not comment.file:
                        missing.append((comment.message, comment.span[0]))
    seconds = time.perf_counter() - started
    print(f"{threads} threads in {seconds:.1f} s, the slowest {slowest:.2f} s")
    print(f"{located} of {total} comments below quoted diffs are located: {100 * located / max(total, 1):.1f} %")
    for message, line in missing[:40]:
        print(f"  not located: {message} line {line}")


if __name__ == "__main__":
    main()
