"""Mail headers from bytes: unfolded, decoded, ids, addresses and dates; quick, and never raising on any bytes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from urllib.parse import unquote

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.formats.mail.charset import decode_bytes, decode_transfer

_HEADER = lazy_re.compile(rb"^([!-9;-~]{1,76}):[ \t]*((?:[^\n]*)(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_BLANK = lazy_re.compile(rb"(?:\r?\n)+(?=[!-9;-~]{1,76}:)")
_WORD = lazy_re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = lazy_re.compile(r"(=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_PLAIN_IDS = lazy_re.compile(rb"<([^<>\s]+)>")
_BRACKETED = lazy_re.compile(r"<([^<>]+)>")
_SPACES = lazy_re.compile(r"\s+")
_URL = lazy_re.compile(r"https?://[^\s<>]+")
_PIECE = lazy_re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>]*>|\((?:[^()\\]|\\.)*\)|[^",;<(]+|.', re.DOTALL)
_DATE = lazy_re.compile(
    r"(\d{1,2})[ -]+(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ -]+(\d{2,4})"
    r"[ ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(?:([+-])(\d{2}):?(\d{2})|([a-z]{1,4})\b)?",
    re.IGNORECASE,
)
_MONTHS = {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
# A hostile header may be megabytes long; the longest real one seen is 38 kB.
LONGEST_HEAD = 200_000  # bytes; what stands behind is not read


def head_start(raw: bytes | bytearray, at: int, end: int) -> int:
    """Where the first header of the mail in raw[at:end] stands: git mailinfo, too, passes over blank lines in front of
    one."""
    blank = _BLANK.match(raw, at, end)
    return blank.end() if blank else at


def split_head(raw: bytes) -> tuple[bytes, bytes]:
    """The header block, of LONGEST_HEAD bytes at most, and the body of a mail, whichever line ends it has; line ends of
    the head become \\n."""
    raw = raw[head_start(raw, 0, len(raw)) :]
    unix = raw.find(b"\n\n")
    dos = raw.find(b"\n\r\n", 0, unix if unix >= 0 else len(raw))
    if raw[:1] == b"\n" or raw[:2] == b"\r\n":
        return b"", raw[1 + (raw[:1] == b"\r") :]
    ends = [(at, at + size) for at, size in ((unix, 2), (dos, 3)) if at >= 0]
    if not ends:
        return raw[:LONGEST_HEAD].replace(b"\r\n", b"\n"), b""
    end, start = min(ends)
    return raw[: min(end + 1, LONGEST_HEAD)].replace(b"\r\n", b"\n"), raw[start:]


def read_headers(head: bytes) -> list[tuple[str, bytes]]:
    """Every header with its name in lower case and its raw value, folded lines still folded."""
    return [(m[1].decode("ascii").lower(), m[2]) for m in _HEADER.finditer(head)]


def text_of(raw: bytes) -> str:
    """A header value as text: unfolded, RFC 2047 words decoded, raw 8-bit bytes read as UTF-8 or Latin-1."""
    text = decode_bytes(raw, "") if not raw.isascii() else raw.decode("ascii")
    if "\n" in text:
        text = text.replace("\n", "")
    text = text.strip()
    return decode_words(text) if "=?" in text else text


def decode_words(text: str) -> str:
    """The text with its RFC 2047 words decoded; broken ones stay as they are."""
    return _WORD.sub(_decoded, _BETWEEN.sub(r"\1", text))


def _decoded(match: re.Match[str]) -> str:
    charset, encoding, body = match.groups()
    raw = body.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        blob = decode_transfer(raw.replace(b"_", b" "), "quoted-printable")
    else:
        blob = decode_transfer(raw, "base64")
    # RFC 2231 allows a language behind the charset: utf-8*en.
    return decode_bytes(blob, charset.partition("*")[0]).replace("\n", " ").replace("\r", "")


def is_message_id(text: str) -> bool:
    """Whether a text that somebody typed can be a Message-ID, without its brackets.

    >>> is_message_id("a@b"), is_message_id("a b@c"), is_message_id("a")
    (True, False, False)
    """
    return "@" in text and text.isprintable() and " " not in text and len(text) <= 500


def message_ids(raw: bytes) -> tuple[str, ...]:
    """The ids in a References, In-Reply-To or Message-ID header, in order, each once, without brackets.

    Takes what occurs on lists: RFC 2047-encoded ids, ids folded inside the brackets, two ids in one pair of
    brackets, a bare id, a lore URL, and ids mangled by the MARC archive (`a () b ! org`).
    """
    plain = _PLAIN_IDS.findall(raw)
    if plain and len(plain) == raw.count(b"<") and raw.isascii() and b"=?" not in raw:
        return tuple(dict.fromkeys([one.decode("ascii") for one in plain]))
    text = text_of(raw)
    if not text:
        return ()
    found: dict[str, None] = {}
    for inner in _BRACKETED.findall(text):
        for one in _ids_inside(inner):
            found.setdefault(one)
    if not found and "<" not in text:
        for one in _bare_ids(text):
            found.setdefault(one)
    return tuple(found)


def _ids_inside(inner: str) -> list[str]:
    text = inner.strip()
    if " () " in text:
        text = text.replace(" () ", "@").replace(" ! ", ".")
    if not _SPACES.search(text):
        return [text] if text else []
    if text.count("@") == 1 and "[" not in text:
        return [_SPACES.sub("", text)]  # folded inside the brackets
    return [word for word in text.split() if "@" in word]


def _bare_ids(text: str) -> list[str]:
    urls = _URL.findall(text)
    if urls:
        parts = [unquote(part) for url in urls for part in url.split("/")[3:]]
        return [part for part in parts if "@" in part]
    return [word.strip("\",;()'") for word in text.split() if word.count("@") == 1]


def addresses(raw: bytes) -> tuple[Address, ...]:
    """The addresses of a To, Cc, From or Reply-To header; what is none is left out, group names too."""
    text = decode_bytes(raw, "") if not raw.isascii() else raw.decode("ascii")
    text = text.replace("\n", "")
    if "=?" in text and "@" not in text:
        text = decode_words(text)  # the whole header was encoded, addresses included
    return tuple(one for part in _split_list(text) if (one := _address(part)))


def _split_list(text: str) -> list[str]:
    """Splits at commas and semicolons that stand outside quotes, angle brackets and comments.

    A quote or bracket that is never closed is a character like any other, so that it swallows nobody.
    """
    if "," not in text and ";" not in text:
        return [text]
    parts: list[str] = []
    part: list[str] = []
    for piece in _PIECE.findall(text):
        if piece in (",", ";"):
            parts.append("".join(part))
            part.clear()
        else:
            part.append(piece)
    parts.append("".join(part))
    return parts


# What stable's Cc lines carry behind the address: `# 5.10`, `[4.8+]`; it is no part of it.
_NOTE = lazy_re.compile(r"(?:(?<!\s)\s+#.*|(?<=[\w])\[[^\]@]{0,100}\]?)$")


# Where RFC 5322 lets an old address be folded: `a@` at the end of a line, its host on the next one.
_AROUND = lazy_re.compile(r"\s*([@.])\s*")


@lru_cache(maxsize=4096)  # the mails of one thread name the same people
def _address(part: str) -> Address | None:
    text = part.strip()
    opening, closing = text.rfind("<"), text.rfind(">")
    if 0 <= opening < closing:
        email = text[opening + 1 : closing].strip()
        email = _AROUND.sub(r"\1", email) if len(email.split()) > 1 else email
        name = text[:opening].strip() or text[closing + 1 :].strip()
    else:
        email, _, note = text.partition("(")
        email, name = email.strip(), note.rstrip(") ").strip()
        email = email.rpartition(":")[2].strip() if "@" in email else email
    name = _unquoted(name)
    email = _NOTE.sub("", email)
    if not email or (" " in email and "@" not in email) or (not closing > opening >= 0 and "@" not in email):
        return None
    if "=?" in name:
        name = " ".join(decode_words(name).split())
    return Address(name, decode_words(email) if "=?" in email else email)


def _unquoted(name: str) -> str:
    if len(name) > 1 and name[0] == '"' and name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1]).strip()
    return " ".join(name.replace('"', "").split())


def parse_date(raw: bytes) -> datetime | None:
    """The date of a Date header, aware, whatever its spelling; None where it says nothing or the absurd."""
    text = raw[:200].decode("latin-1").replace("\n", " ")
    match = _DATE.search(text)
    if not match:
        return None
    day, month, year, hour, minute, second, sign, zone_h, zone_m, zone = match.groups()
    full = int(year)
    if len(year) == 2:
        full += 2000 if full < 70 else 1900
    minutes = (int(zone_h) * 60 + int(zone_m)) * (-1 if sign == "-" else 1) if sign else 0
    if zone:
        minutes = _ZONES.get(zone.upper(), 0) * 60
    try:
        tz = UTC if minutes == 0 or abs(minutes) >= 24 * 60 else timezone(timedelta(minutes=minutes))
        when = datetime(full, _MONTHS[month.lower()], int(day), int(hour), int(minute), min(int(second or 0), 59))
        when = when.replace(tzinfo=tz)
        when.timestamp()
        when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return when
