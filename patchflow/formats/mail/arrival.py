"""What is different about a mail that came back from an archive: its text line by line, and the headers that matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from patchflow import lazy_re
from patchflow.domain.message import Message
from patchflow.formats.mail.people import People, is_relay
from patchflow.formats.patch.trailers import person

_FOOTER = lazy_re.compile(
    r"^(?:_{20,}|-- ?|\S+ mailing list.*|to unsubscribe\b.*|https?://\S{1,150}/listinfo/\S{1,150}|)$", re.IGNORECASE
)
_LONGEST_FOOTER = 400  # characters
_SHOWN = 60  # characters of a line


def differences(sent: Message, recipients: Iterable[str], arrived: Message) -> tuple[str, ...]:
    """What is different in what arrived, in words; () for nothing. `recipients` are the addresses it was sent to."""
    return (*_headers(sent, recipients, arrived), *_body(sent.body, _without_relay(sent, arrived)))


def _without_relay(sent: Message, arrived: Message) -> str:
    """The body without the From line that a relay puts above it, which sends in its own name."""
    first, _, rest = arrived.body.partition("\n\n")
    author = person(first.removeprefix("From: ")) if is_relay(arrived.sender) and first.startswith("From: ") else None
    return rest if author and author.key == sent.sender.key and not sent.body.startswith("From: ") else arrived.body


def _headers(sent: Message, recipients: Iterable[str], arrived: Message) -> Iterator[str]:
    if " ".join(sent.subject.split()) != " ".join(arrived.subject.split()):
        yield f"the subject is {arrived.subject!r}"
    if sent.sender.key != People().sender(arrived).key:
        yield f"From is {arrived.sender}"
    for name, before, now in (
        ("In-Reply-To", sent.in_reply_to, arrived.in_reply_to),
        ("References", sent.references, arrived.references),
    ):
        if before and tuple(before) != tuple(now):
            yield f"{name} is {' '.join(f'<{one}>' for one in now) or 'gone'}"
    have = {one.key for one in (*arrived.to, *arrived.cc)}
    lost = sorted({one.lower() for one in recipients} - have)
    if lost:
        yield f"not on To or Cc any more: {', '.join(lost)}"


def _body(sent: str, arrived: str) -> Iterator[str]:
    """The first line that differs, and how; a footer of a list below the whole text is told as that."""
    before, now = sent.rstrip("\n").split("\n"), arrived.rstrip("\n").split("\n")
    if before == now:
        return
    below = now[len(before) : len(before) + 2]
    if now[: len(before)] == before and all(_FOOTER.match(line[:_LONGEST_FOOTER]) for line in below):
        yield f"{len(now) - len(before)} lines were added at the end"
        return
    for number, (one, other) in enumerate(zip_longest(before, now), start=1):
        if one == other:
            continue
        if other is None:
            yield f"it ends before line {number} of {len(before)}"
        elif one is None:
            yield f"lines were added from line {number} on"
        elif "".join(one.split()) == "".join(other.split()):
            yield f"white space is different in line {number}: {one[:_SHOWN]!r} is {other[:_SHOWN]!r}"
        else:
            yield f"line {number} is different: {one[:_SHOWN]!r} is {other[:_SHOWN]!r}"
        return
