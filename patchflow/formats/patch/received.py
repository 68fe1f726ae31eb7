"""What `git am` makes of a mail, beside the commit it was made of: what is lost on the way, and how to write it."""

from __future__ import annotations

import re

from patchflow import lazy_re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# The commit-msg hook loads this module, so the standard library's dataclasses stay out of its way.
_CUT = lazy_re.compile(r"^(?:---(?:\s*$| \S)|diff -|Index: )")
_SCISSORS = lazy_re.compile(r">8|8<|>%|%<")
_HEADER = lazy_re.compile(r"^(?:From|Subject|Date|Content-[A-Za-z-]+|MIME-Version)\s*:", re.IGNORECASE)
_MAIL = lazy_re.compile(r"^>?From \S+ ")


class Received:
    """A commit as its author wrote it, or as `git am` reads it out of a mail: bytes in UTF-8, and the diff.

    Of a message the empty lines around it do not count.
    """

    __slots__ = ("date", "diff", "email", "message", "name")

    def __init__(self, name: bytes, email: bytes, date: bytes, message: bytes, diff: bytes = b"") -> None:
        self.name, self.email, self.date, self.diff = name, email, date, diff
        self.message = message.strip(b"\n") + b"\n"


def stripped(message: bytes) -> bytes:
    """A message as git cleans it up (`git stripspace`): blanks at line ends and needless empty lines go."""
    rows = [row.rstrip(b" \t\r") for row in message.split(b"\n")]
    kept = [row for at, row in enumerate(rows) if row or (at and rows[at - 1])]
    return b"\n".join(kept).strip(b"\n") + b"\n"


class Loss:
    """One thing that does not arrive: the line of the message it begins at (0: none), words for the user, and whether
    it is just white space that `git am` cleans up."""

    __slots__ = ("blank", "line", "text")

    def __init__(self, line: int, text: str, blank: bool = False) -> None:
        self.line, self.text, self.blank = line, text, blank


def losses(sent: Received, got: Sequence[Received]) -> list[Loss]:
    """What of the author and the message is lost or changed by the mail; `got` are the mails it is taken for."""
    found = []
    first = got[0] if got else Received(b"", b"", b"", b"")
    if (first.name, first.email) != (sent.name, sent.email):
        text = f"the author would arrive as {_shown(_who(first))}, not {_shown(_who(sent))}: "
        found.append(Loss(0, f"{text}name one that a mail can carry (`git commit --amend --author=...`)"))
    if sent.message != first.message:
        found.append(_of_message(sent.message, first.message, len(got) > 1))
    elif len(got) > 1:
        found.append(
            Loss(0, "a line below the message begins another mail for git (`From ... 00:00:00 2001`): indent it")
        )
    return found


def _who(one: Received) -> bytes:
    return one.name + b" <" + one.email + b">"


def _of_message(sent: bytes, got: bytes, several: bool) -> Loss:
    want, have = sent.split(b"\n"), got.split(b"\n")
    if stripped(sent) == got:
        line = next((at for at, (a, b) in enumerate(zip(want, have, strict=False), 1) if a != b), 1)
        text = "blanks at the end of a line, or an empty line too many, would be lost: `git am` cleans them up"
        return Loss(line, text, blank=True)
    title = b" ".join(want[: want.index(b"")]) if b"" in want else want[0]
    if have[0] != want[0]:
        return Loss(1, _of_title(want, have[0], title))
    top = 0
    while top < min(len(want), len(have)) and want[top] == have[top]:
        top += 1
    low = 0
    while low < min(len(want), len(have)) - top and want[-1 - low] == have[-1 - low]:
        low += 1
    lost = [row.decode("utf-8", "replace") for row in want[top : len(want) - low]]
    while lost and not lost[0] and top < len(want) - 1:
        lost, top = lost[1:], top + 1
    filled = [row for row in lost if row]
    if not filled:
        return Loss(top + 1, f"this line would arrive as {_shown(have[top] if top < len(have) else b'')}")
    many = f"{len(filled)} lines of the message" if len(filled) > 1 else "this line of the message"
    last = next(at for at in range(len(lost) - 1, -1, -1) if lost[at])
    if _SCISSORS.search(lost[last]) and not several:
        return Loss(top + last + 1, f"{many} would be lost: `git am --scissors` cuts off what stands above "
                                    f"{_shown(lost[last])}; write the line without scissors")  # fmt: skip
    return Loss(top + 1, f"{many} would be lost, from {_shown(lost[0])} on: {_why(lost[0], several)}")


def _why(row: str, several: bool) -> str:
    if several and _MAIL.match(row):
        return "a mailbox begins its next mail there; indent the line"
    if _CUT.match(row):
        return "`git am` ends the message there; indent the line"
    if _HEADER.match(row) or re.match(r"^[A-Za-z-]+:", row):
        return "`git am` takes it for a header of the mail; indent it, or let a sentence come first"
    return "`git am` does not keep it; indent it or write it differently"


def _of_title(want: Sequence[bytes], got: bytes, title: bytes) -> str:
    if got == title and title != want[0]:
        return "the title runs on into the next line, and would arrive as one line: put an empty line below it"
    how = "write it without the bracket in front" if want[0][:1] == b"[" else "write it as one plain line"
    if re.match(rb"(?i)re:|fwd?:", want[0]):
        how = "write it without `Re:` in front"
    return f"the title would arrive as {_shown(got)}: {how}"


def _shown(text: bytes | str) -> str:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"`{plain if len(plain) <= 60 else plain[:57] + '...'}`"
