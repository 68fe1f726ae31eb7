"""One message of an mbox, as it was before it was put there; and mails put into one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from patchflow import lazy_re

_FROM = lazy_re.compile(rb"^(>*From )", re.MULTILINE)
_QUOTED = lazy_re.compile(rb"^>(>*From )", re.MULTILINE)


def unwrapped(span: bytes) -> bytes:
    """The mail in a span: without its `From ` lines and the blank line behind, `>From ` unquoted.

    Quoted lines are unquoted by one mark, mboxrd's way; but not in a message that has an unquoted `From ` line
    in its body, because who wrote that did not quote at all; nor in one without a `From ` line above it, which
    stood in no mbox.
    """
    wrapped = span.startswith(b"From ")
    while span.startswith((b"From ", b">From ")):  # old relays leave one more between the separator and the headers
        span = span.partition(b"\n")[2]
    if not wrapped:
        return span
    if span.endswith(b"\r\n\r\n"):
        span = span[:-2]
    elif span.endswith(b"\n\n"):
        span = span[:-1]
    if b"\n>" in span and b"From " in span and b"\nFrom " not in span:
        return _QUOTED.sub(rb"\1", span)
    return span


def quoted(raw: bytes) -> bytes:
    """A mail as mboxrd holds it."""
    return _FROM.sub(rb">\1", raw)


def as_mbox(mails: Iterable[bytes]) -> bytes:
    """Mails in one file, mboxrd's way: `unwrapped` gives each as it is here, its last line ended."""
    separator = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"
    return b"".join(separator + quoted(raw) + (b"\n" if raw.endswith(b"\n") else b"\n\n") for raw in mails)
