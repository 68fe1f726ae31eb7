"""A patch file or mail, as git format-patch writes it, read into a patch."""

from __future__ import annotations

import codecs
import re
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.patch import Patch
from patchflow.errors import UsageError
from patchflow.formats.patch.diff import parse_diff, split_tail
from patchflow.formats.patch.received import stripped
from patchflow.formats.patch.subject import parse_subject

_DIFF = lazy_re.compile(r"^(?:diff --git |--- (?:a/|/dev/null))", re.MULTILINE)
_BARE = lazy_re.compile(r"^(?:diff --git |--- \S)", re.MULTILINE)
# Where git-mailinfo ends the message.
_BREAK = lazy_re.compile(r"^(?:---(?:[ \t]*$| \S)|diff -|Index: )", re.MULTILINE)
# How damage begins that only the diffstat tells: of a patch that git applies all the same.
STAT_DIFFERS = "the diffstat names"
_STAT = lazy_re.compile(r"^ (\d+) files? changed", re.MULTILINE)


def parse_patch_mail(raw: bytes, where: str, bare: bool = False) -> tuple[Patch, str]:
    """The patch in a mail, and its In-Reply-To; with `bare`, a diff without a mail around it will do.

    UsageError names `where` when there is no patch in it."""
    mail = BytesParser().parsebytes(raw)
    text = _text(mail, raw.partition(b"\n\n")[2])
    subject = _header(mail, "Subject")
    starts = _DIFF
    if bare and not mail.keys():
        text, starts = raw.decode("utf-8", "surrogateescape").replace("\r\n", "\n"), _BARE
    if starts.search(text) is None or not (subject or bare):
        raise UsageError(f"{where} is not a patch: it has no {'diff' if subject or bare else 'Subject'}.")
    message, below = split_message(text)
    begin = starts.search(below)
    at = begin.start() if begin else len(below)
    stat, (diff, _, damage) = below[:at], split_tail(below[at:])
    author, message = _author(mail, message.lstrip("\n"))
    files = parse_diff(diff)
    if not damage and (told := _STAT.search(stat)) and int(told[1]) > len(files):
        damage = f"{STAT_DIFFERS} {told[1]} files, the diff {len(files)}: it is cut off"
    notes = re.sub(
        r"(?m)^---[ \t]*\n|^ .*\|\s+(\d+|Bin).*$|^ \d+ files? changed.*$|^ (create|delete|rename|mode) .*$", "", stat
    ).strip()
    title = parse_subject(subject).title
    patch = Patch(
        commit="", message=_cleaned(f"{title}\n\n{message}"), author=author, date=_date(mail), diff=diff,
        files=files, notes=notes, where=where, subject_line=subject, damage=damage,
        committer=Address(*parseaddr(_header(mail, "From"))),
    )  # fmt: skip
    return patch, _header(mail, "In-Reply-To").strip(" <>")


def _text(mail: Message, blob: bytes) -> str:
    """The text of a mail, decoded. `blob` is what stands below the headers.

    One in parts (signed with PGP/MIME, the patch attached) is read as git-mailinfo does: all its texts, joined.
    """
    if mail.is_multipart():
        found = [_text(part, b"") for part in mail.walk() if part.get_content_maintype() == "text"]
        return "".join(part if part.endswith("\n") else f"{part}\n" for part in found)
    payload = mail.get_payload(decode=True)
    body = payload if isinstance(payload, bytes) else blob
    text = body.decode(mail.get_content_charset("utf-8") if _known(mail) else "utf-8", "surrogateescape")
    if mail.get("Content-Transfer-Encoding", "").strip().lower() not in ("quoted-printable", "base64"):
        text = text.replace("\r\n", "\n")  # what was encoded keeps its CRs, for git too
    return text


def _cleaned(message: str) -> str:
    """A message as `git am` cleans it up."""
    return stripped(message.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def split_message(text: str) -> tuple[str, str]:
    """A patch mail's body cut where git ends the message: the message, and what stands below it."""
    end = _BREAK.search(text)
    return (text[: end.start()], text[end.start() :]) if end else (text, "")


def _known(mail: Message) -> bool:
    try:
        codecs.lookup(mail.get_content_charset("utf-8"))
    except (LookupError, ValueError):
        return False
    return True


def _header(mail: Message, name: str) -> str:
    return _words(mail.get(name) or "")


def _words(value: object) -> str:
    """A header's value decoded, on one line."""
    try:
        return " ".join(str(make_header(decode_header(str(value)))).split())
    except (HeaderParseError, LookupError, ValueError):
        return " ".join(str(value).split())


def _author(mail: Message, message: str) -> tuple[Address, str]:
    """The author, an in-body From: honoured, and the message without it."""
    if match := re.match(r"From:\s*(.+)\n+", message):
        name, address = parseaddr(_words(match[1]))
        if address:
            return Address(name, address), message[match.end() :]
    name, address = parseaddr(_header(mail, "From"))
    return Address(name, address), message


def _date(mail: Message) -> datetime | None:
    try:
        return parsedate_to_datetime(_header(mail, "Date"))
    except (ValueError, TypeError):
        return None
