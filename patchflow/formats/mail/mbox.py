"""mbox files in every dialect: where each message begins and ends, and its bytes as they were before quoting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from mmap import mmap

from patchflow import lazy_re
from patchflow.formats.mail.mbox_message import unwrapped
from patchflow.named_tuple import NamedTuple

# `From sender Thu Jan  1 00:00:00 1970`, with or without a zone; git, mutt, public-inbox and lore write this.
_ENVELOPE = lazy_re.compile(
    rb"From [^\n]{0,300}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
    rb" +(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}"
    rb" +\d{1,2}:\d\d(?::\d\d)?(?: +[A-Za-z]{2,5}| +[+-]\d{4})? +\d{4}(?: +[+-]\d{4})?"
    rb"(?: remote from [^\n]*)?[ \t]*\r?\n"
)
_ANY_FROM = lazy_re.compile(rb"From [^\n]*\n")
_FIELD = lazy_re.compile(rb"(?:>?From |[!-9;-~]{1,76}[ \t]{0,9}:)")
_LENGTH = lazy_re.compile(rb"^Content-Length:[ \t]*(\d{1,12})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)


class Dialect(NamedTuple):
    """How a file marks its messages: strict envelope dates, and Content-Length that can be believed."""

    strict: bool
    lengths: bool


def dialect_of(file: bytes | mmap) -> Dialect:
    """The dialect, told from the file's first message.

    Where the first `From ` line bears a full date, a line in a body that bears none is no separator. Content-Length
    is believed where the first message's leads to the next separator exactly (mboxcl, mboxcl2).
    """
    strict = _ENVELOPE.match(file) is not None
    line_end = file.find(b"\n", 0) + 1
    return Dialect(strict, line_end > 0 and _by_length(file, 0, len(file), Dialect(strict, True)) is not None)


def message_spans(
    file: bytes | mmap, start: int = 0, dialect: Dialect | None = None, first: bool = True
) -> Iterator[tuple[int, int]]:
    """Start and end of each message in the file, its `From ` line included, from `start` on.

    A file that does not begin with a `From ` line is one single mail; an empty one has none. `first` says that
    these bytes are the beginning of the file.
    """
    size = len(file)
    if start >= size:
        return
    how = dialect or dialect_of(file)
    if start == 0 and first:
        if is_single(file):
            if file[:size].strip():
                yield 0, size
            return
        start = _first(file)
    while start < size:
        end = _by_length(file, start, size, how) if how.lengths else None
        if end is None:
            end = next_message(file, start, size, how)
        yield start, end
        start = end


def is_single(file: bytes | mmap) -> bool:
    """Whether a file is one mail, whatever its lines look like: it does not begin with a `From ` line."""
    start = _first(file)
    return file[start : start + 5] != b"From "


def read_on(file: bytes | mmap, starts: Sequence[int], end: int) -> int:
    """Where to read on in a file that grew beyond `end`: there, or at the first message that had not come to its end.

    `starts` says where the last messages begin, in their order. What was cut off in the middle may have been split at
    lines that its Content-Length passes over.
    """
    if not starts:
        return 0
    how = dialect_of(file)
    for start, after in pairwise((*starts, end)) if how.lengths else ():
        if _by_length(file, start, len(file), how) not in (None, after):
            return start
    _, stop = next(message_spans(file, starts[-1], how), (0, 0))
    return end if stop == end else starts[-1]


def _first(file: bytes | mmap) -> int:
    """The first byte that is no blank line."""
    at = 0
    while at < len(file) and file[at : at + 1] in (b"\n", b"\r"):
        at += 1
    return at


def next_message(file: bytes | mmap, start: int, size: int, how: Dialect) -> int:
    """Where the first message begins whose separator stands behind `start`; `size` where there is none."""
    at = file.find(b"\nFrom ", start)
    while at >= 0:
        if _is_separator(file, at + 1, how):
            return at + 1
        at = file.find(b"\nFrom ", at + 1)
    return size


def _is_separator(file: bytes | mmap, at: int, how: Dialect) -> bool:
    """Whether the `From ` line at this place begins a message: a blank line above, a header below."""
    if file[at - 2 : at - 1] != b"\n" and file[at - 3 : at - 1] != b"\n\r":
        return False
    match = (_ENVELOPE if how.strict else _ANY_FROM).match(file, at)
    return match is not None and _FIELD.match(file, match.end()) is not None


def _by_length(file: bytes | mmap, start: int, size: int, how: Dialect) -> int | None:
    """The end of the message by its Content-Length, where a separator or the file's end stands there."""
    head_end = file.find(b"\n\n", start)
    dos = file.find(b"\n\r\n", start, head_end if head_end >= 0 else size)
    body = dos + 3 if dos >= 0 else head_end + 2
    if (head_end < 0 and dos < 0) or body - start > 200_000:
        return None
    match = _LENGTH.search(file[start:body])
    if not match:
        return None
    end = body + int(match[1])
    for blank in (b"", b"\n", b"\r\n"):
        after = end + len(blank)
        if file[end:after] != blank or after > size:
            continue
        if after == size or (file[after - 1 : after + 5] == b"\nFrom " and _ANY_FROM.match(file, after)):
            return after
    return None


def split_mbox(file: bytes | mmap) -> Iterator[tuple[int, bytes]]:
    """Each message of an mbox (or the one mail the bytes are): its offset and its bytes, ready for parse_mail."""
    for start, end in message_spans(file):
        yield start, unwrapped(file[start:end])
