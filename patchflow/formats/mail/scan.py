"""What the index keeps of a mail, read from its headers alone: quick, and by the same rules as formats.mail."""

from __future__ import annotations

import re
from datetime import date as date_of
from functools import lru_cache

from patchflow import lazy_re
from patchflow.formats.mail.charset import decode_transfer
from patchflow.formats.mail.headers import LONGEST_HEAD, addresses, head_start, message_ids, parse_date, text_of
from patchflow.formats.patch.subject import parse_subject
from patchflow.named_tuple import NamedTuple

_NAMES = ("message-id", "references", "in-reply-to", "subject", "from", "date", "content-transfer-encoding", "sender")
# Letter by letter, because ignoring case makes the search several times slower. The blank line ends the headers.
_WANTED = lazy_re.compile(
    b"\n(?:(\r?\n)|(?=[%s])(" % b"".join(b"%c%c" % (c, c - 32) for c in sorted({n.encode()[0] for n in _NAMES}))
    + b"|".join(b"".join(b"[%c%c]" % (c, c - 32) if 97 <= c <= 122 else b"-" for c in n.encode()) for n in _NAMES)
    + b"):[ \t]*([^\n]*(?:\n[ \t][^\n]*)*))"
)
_USUAL_DATE = lazy_re.compile(
    rb"(?:[A-Z][a-z]{2}, +)?(\d{1,2} [A-Z][a-z]{2} (?:19|20)\d\d) (\d{2}):([0-5]\d):([0-5]\d) ([+-])(\d{2})([0-5]\d)"
)
_MONTHS = {name: n for n, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_CHANGE_ID = lazy_re.compile(rb"^[cC]hange-[iI][dD]:[ \t]*(\S{6,100})", re.MULTILINE)


class Scanned(NamedTuple):
    """The headers that place a mail: its id ("" where it has none), its parent's, and what its subject says; the title
    in lower case."""

    id: str
    references: tuple[str, ...]
    in_reply_to: tuple[str, ...]
    sender: str
    name: str
    when: int
    subject: str
    title: str
    revision: int
    part: int
    parts: int
    is_reply: bool
    is_patch: bool
    change_id: str

    @property
    def parent(self) -> str:
        """The id this mail answers, as formats.threading.parent_id reads it."""
        for ids in (self.references[::-1], self.in_reply_to):
            for one in ids:
                if one != self.id:
                    return one
        return ""


def scan_mail(raw: bytes) -> Scanned:
    """The placing headers of one mail (without its `From ` line); never raises."""
    raw = b"\n" + raw
    return scan_span(raw, 0, len(raw))


def scan_span(block: bytes | bytearray, start: int, end: int) -> Scanned:
    """The same of the mail in block[start:end], which begins with the line end in front of its first header."""
    first: dict[bytes, bytes] = {}
    body = end
    if block[start + 1 : start + 2] in b"\r\n":  # seldom, and a call costs
        start = head_start(block, start + 1, end) - 1
    for match in _WANTED.finditer(block, start, end):
        blank, name, value = match.groups()
        if blank is not None:
            body = match.end()
            break
        left = start + 1 + LONGEST_HEAD - match.start(3)
        if left < len(value):
            if left < 0:
                continue
            value = value[:left]
        name = name.lower()
        if name not in first:
            first[name] = value
        elif name in (b"references", b"in-reply-to"):
            first[name] += b"\n " + value
    if block.find(b"\r", start, body) >= 0:  # as split_head has it; asked once, because asking of each value costs
        first = {name: (value + b"\n").replace(b"\r\n", b"\n")[:-1] for name, value in first.items()}
    sender, who = _sender(first.get(b"from", b""), first.get(b"sender", b""))
    ids = _ids(first.get(b"message-id", b""))
    told = _told(first.get(b"subject", b""))
    return Scanned(
        ids[0] if ids else "",
        _ids(first.get(b"references", b"")),
        _ids(first.get(b"in-reply-to", b"")),
        sender,
        who,
        _when(first.get(b"date", b"")),
        *told,
        _change_id(block, body, end, first) if told[-1] and not told[-2] else "",
    )


# A list's mail comes from few people, each many times; an answer has the subject and names the ids of others.
_ids = lru_cache(maxsize=4096)(message_ids)


@lru_cache(maxsize=4096)
def _sender(from_: bytes, sender: bytes) -> tuple[str, str]:
    """The address and the name of who sent a mail."""
    for one in (*addresses(from_), *addresses(sender)):
        return one.email.lower(), one.name
    return "", text_of(from_)


@lru_cache(maxsize=4096)
def _told(raw: bytes) -> tuple[str, str, int, int, int, bool, bool]:
    """What a subject says: all of a Scanned from `subject` to `is_patch`."""
    subject = " ".join(text_of(raw).split())
    of = parse_subject(subject)
    return subject, of.title.lower(), of.revision, of.part, of.parts, of.is_reply, of.is_patch


def _when(raw: bytes) -> int:
    """Seconds since 1970 of a Date header, 0 where it says nothing; the usual spelling without any datetime."""
    match = _USUAL_DATE.match(raw)
    if match:
        day, hour, minute, second, sign, zone_h, zone_m = match.groups()
        midnight = _midnight(day)
        if midnight and int(hour) < 24:
            zone = (int(zone_h) * 60 + int(zone_m)) * 60
            zone = 0 if zone >= 86400 else zone
            return midnight + int(hour) * 3600 + int(minute) * 60 + int(second) + (zone if sign == b"-" else -zone)
    date = parse_date(raw)
    return int(date.timestamp()) if date else 0


@lru_cache(maxsize=4096)
def _midnight(text: bytes) -> int:
    day, month, year = text.decode("ascii").split(" ")
    try:
        return (date_of(int(year), _MONTHS.get(month, 0), int(day)).toordinal() - 719163) * 86400
    except ValueError:
        return 0


def _change_id(block: bytes | bytearray, start: int, end: int, first: dict[bytes, bytes]) -> str:
    encoding = first.get(b"content-transfer-encoding")
    if encoding is not None and encoding.strip().lower() == b"base64":
        block = decode_transfer(bytes(block[start:end]), "base64")
        start, end = 0, len(block)
    at = block.find(b"hange-", start, end)
    match = _CHANGE_ID.search(block, max(at - 1, start), end) if at >= 0 else None
    return match[1].decode("ascii", "replace") if match else ""
