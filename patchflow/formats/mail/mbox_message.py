"""One message of an mbox, as it was before it was put there."""

from __future__ import annotations

import re

from patchflow import lazy_re

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
