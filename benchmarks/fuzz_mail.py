"""Mutated mails through everything that reads mail: python -m benchmarks.fuzz_mail COUNT SEED [FILE …].

First a megabyte of what each bot's parser could stumble over; then mutated mails: those of the files named, and those
of the tests. Any exception, or more than a second of processor time for one input, ends it with the input in a file.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from patchflow.flow.review.threads_view import all_comments, thread_document, thread_lines
from patchflow.flow.review.todo_view import todo_lines
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.bots import read_report
from patchflow.formats.mail.mbox import split_mbox
from patchflow.formats.mail.message import body_of, parse_mail
from patchflow.formats.mail.scan import scan_mail
from patchflow.formats.mail.threads import build_threads
from patchflow.formats.safe import safe
from tests.formats.bot_mails import ROB
from tests.formats.hostile_mails import HOSTILE, hostile
from tests.formats.robot_mails import GCC, HEAD, REVIEW, TAIL
from tests.mails import mail, patch_mail

BOTS = bots()
ROBOT = "kernel test robot <lkp@intel.com>"
BINDINGS = "My bot found errors running 'make dt_binding_check' on your patch:\n\n./a.yaml:12:3: [warning] indent\n"

_PIECES = [
    b"\n",
    b"\r\n",
    b"\x00",
    b"\x1b[31m",
    b"> ",
    b">",
    b"From ",
    b"\n\n",
    b"=?utf-8?q?",
    b"?=",
    b"<",
    b">",
    b"@",
    b"+",
    b"-",
    b"@@ -1,3 +1,4 @@\n",
    b"diff --git a/x b/x\n",
    b"Content-Type: multipart/mixed; boundary=x\n",
    b"--x\n",
    b"\xff\xfe",
    b"Content-Transfer-Encoding: base64\n",
    b"charset=utf-7",
    b"References: ",
    b"\xe2\x80\xae",
    b"---\n",
    b"-- \n",
    b"Re: [PATCH",
    b" ",
    b"\t",
    b"a",
    b"RFC-",
    b"v2 of ",
    b"<a href=x",
    b"<blockquote>",
    b"Tested-by: ",
    b"\nTested-by: ",
    b"applied to ",
    b"thanks ",
    b"12:3: warning: ",
]
_SLOW = 0.2  # seconds of the processor: such an input is kept in a file
_LONG_RUN = 60_000  # bytes: what takes more than linear time shows with so many of a piece in a row


def mutate(raw: bytes, chance: random.Random) -> bytes:
    """The mail with some bytes cut, doubled, swapped or put in."""
    blob = bytearray(raw[: chance.choice((1500, 1500, 1500, 4000, 20000))])
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(blob) + 1)
        size = chance.randint(0, 40)
        how = chance.randrange(4)
        if how == 0:
            del blob[at : at + size]
        elif how == 1:
            piece = chance.choice(_PIECES)
            times = chance.choice((1, 1, 1, 50))
            if len(blob) < _LONG_RUN and not chance.randrange(40):
                times = _LONG_RUN // len(piece)
            blob[at:at] = piece * times
        elif how == 2:
            blob[at:at] = blob[at : at + size]
        else:
            blob[at : at + size] = bytes(chance.randrange(256) for _ in range(size))
    return bytes(blob)


def try_one(raw: bytes) -> None:
    """Everything that reads mail, on one input."""
    mails = [one for _, one in split_mbox(raw)][:20]
    parsed = [parse_mail(one) for one in mails]
    for one, message in zip(mails, parsed, strict=True):
        scanned = scan_mail(one)
        assert scanned.id in ("", message.id), "scan and parse differ"
        assert body_of(one) == message.body, "bodies differ"
    threads = build_threads([parse_mail(patch_mail()), *parsed])
    lines = [*thread_lines(thread_document(threads, BOTS)), *todo_lines(all_comments(threads, BOTS))]
    assert all(safe(line) == line for line in lines), "unsafe text"


def main() -> None:
    """Runs COUNT inputs."""
    count = int(sys.argv[1])
    seeds = [patch_mail(), mail("> +\tkfree(widget);\nDouble free?\n", to="<p1@example.org>")]
    seeds.append(mail("<p>One <a href=x>two</a>", extra="Content-Type: text/html"))
    for sender, body in ((ROBOT, f"{HEAD}{GCC}{TAIL}"), ("sashiko-bot@kernel.org", REVIEW), (ROB, BINDINGS)):
        seeds.append(mail(body, sender=sender, to="<p1@example.org>"))
    for name in sys.argv[3:]:
        seeds += [raw for _, raw in split_mbox(Path(name).read_bytes())]
    chance = random.Random(int(sys.argv[2]))
    slowest = 0.0
    for text in HOSTILE:
        for one, bot in hostile(text):
            before = time.process_time()
            read_report(one, bot)
            slowest = max(slowest, time.process_time() - before)
    assert slowest < 1, f"{slowest:.1f} s for a megabyte"
    print(f"a megabyte to a bot's parser: the slowest {slowest:.2f} s")
    slowest, slow = 0.0, 0
    started = time.perf_counter()
    for number in range(count):
        raw = mutate(chance.choice(seeds), chance)
        before = time.process_time()
        try:
            try_one(raw)
            took = time.process_time() - before
            assert took < 1, f"{took:.1f} s"
            if took > _SLOW:
                slow += 1
                Path(f"fuzz-slow-{slow}.bin").write_bytes(raw)
        except BaseException:
            Path("fuzz-input.bin").write_bytes(raw)
            print(f"input {number} is in fuzz-input.bin")
            raise
        slowest = max(slowest, took)
    took = time.perf_counter() - started
    print(f"{count} inputs in {took:.0f} s, the slowest {slowest:.2f} s, {slow} over {_SLOW} s")


if __name__ == "__main__":
    main()
