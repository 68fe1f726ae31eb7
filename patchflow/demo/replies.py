"""The reviewers of the demo: replies written in answer to the messages that were sent."""

from __future__ import annotations

from collections.abc import Sequence

from patchflow.demo.server import header
from patchflow.errors import PatchflowError

RITA = "Rita Reviewer <rita@example.net>"
MARCO = "Marco Maintainer <marco@example.net>"
ROBOT = "kernel test robot <lkp@intel.com>"


def replies(sent: Sequence[bytes]) -> bytes:
    """An mbox (mboxrd) of the review of a series of cover and three patches."""
    cover, first, second, third = sent[:4]
    mails = [
        _reply(second, RITA, "a-1@example.net", [
            *_quoted(second, ["svm_reserved1"]), "", "Makes sense to me.", "",
            f"Reviewed-by: {RITA}",
        ]),
        _reply(first, MARCO, "b-1@example.net", [
            *_quoted(first, ["struct work_struct pkt_work"]), "",
            "Please name it pkts_queued: it says what is counted.", "",
            *_quoted(first, ["atomic64_inc"]), "",
            "Does this need to be atomic, when the caller holds no lock?", "",
            "Thanks,", "Marco",
        ]),
        _reply(cover, MARCO, "b-2@example.net", [
            "> " + _first_line(cover), "", "Which selftest shows the counter? Please say so in the cover letter.",
        ]),
        _reply(third, ROBOT, "c-1@intel.com", [
            "Hi Ada,", "", "kernel test robot noticed the following build warnings:", "",
            "All warnings (new ones prefixed by >>):", "",
            ">> net/vmw_vsock/vsock_loopback.c:180: warning: nothing, this is a demo",
        ]),
    ]  # fmt: skip
    return b"".join(b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + mail + b"\n" for mail in mails)


def _reply(parent: bytes, sender: str, message_id: str, body: Sequence[str]) -> bytes:
    root = header(parent, "References") or header(parent, "Message-ID")
    own = header(parent, "Message-ID")
    references = root if root == own else f"{root} {own}"
    lines = [
        f"From: {sender}",
        f"To: {header(parent, 'From')}",
        f"Cc: {header(parent, 'Cc')}",
        f"Subject: Re: {header(parent, 'Subject')}",
        f"Date: {header(parent, 'Date')}",
        f"Message-ID: <{message_id}>",
        f"In-Reply-To: {own}",
        f"References: {references}",
        "",
        f"On {header(parent, 'Date')}, {header(parent, 'From')} wrote:",
        *body,
    ]
    return ("\n".join(lines) + "\n").encode()


def _quoted(parent: bytes, words: Sequence[str]) -> list[str]:
    """The part of a patch's diff around a word, quoted as reviewers do: file and hunk lines, a few lines above."""
    lines = parent.decode("utf-8", "replace").split("\n")
    start = next(n for n, line in enumerate(lines) if line.startswith("diff --git"))
    at = next((n for n in range(start, len(lines)) if words[0] in lines[n]), None)
    if at is None:
        raise PatchflowError(f"The demo's reviewer finds no {words[0]!r} in the patch that was sent.")
    # A comment on a field quotes the lines the patch adds, not only the context above them.
    while at + 1 < len(lines) and not lines[at].startswith("+"):
        at += 1
    while at + 1 < len(lines) and lines[at + 1].startswith("+"):
        at += 1
    hunk = max(n for n in range(start, at) if lines[n].startswith("@@"))
    return [f"> {line}" for line in [lines[start], *lines[max(hunk, at - 6) : at + 1]]]


def _first_line(cover: bytes) -> str:
    body = cover.decode("utf-8", "replace").partition("\n\n")[2]
    return next(line for line in body.split("\n") if line.strip())
