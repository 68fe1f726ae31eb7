"""A patch file or mail, as git format-patch writes it, read into a patch."""

from __future__ import annotations

import codecs
import re
from datetime import datetime
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime

from patchflow.domain.address import Address
from patchflow.domain.patch import Patch
from patchflow.errors import UsageError
from patchflow.formats.diff import parse_diff
from patchflow.formats.subject import parse_subject

_DIFF = re.compile(r"^(?:diff --git |--- (?:a/|/dev/null))", re.MULTILINE)


def parse_patch_mail(raw: bytes, where: str) -> tuple[Patch, str]:
    """The patch in a mail, and its In-Reply-To. UsageError names `where` when there is no patch in it."""
    mail = BytesParser(policy=policy.compat32).parsebytes(raw)
    payload = mail.get_payload(decode=True)
    body = payload if isinstance(payload, bytes) else raw.partition(b"\n\n")[2]
    text = body.decode(mail.get_content_charset("utf-8") if _known(mail) else "utf-8", "surrogateescape").replace(
        "\r\n", "\n"
    )
    subject = _header(mail, "Subject")
    start = _DIFF.search(text)
    if start is None or not subject:
        raise UsageError(
            f"{where}: no patch in it: it has no {'diff' if subject else 'Subject'}.", "The others were read."
        )
    head, diff = text[: start.start()], text[start.start() :]
    message, _, notes = f"\n{head}".partition("\n---\n")
    author, message = _author(mail, message.lstrip("\n"))
    diff = re.split(r"^-- $", diff, maxsplit=1, flags=re.MULTILINE)[0]
    notes = re.sub(
        r"(?m)^ .*\|\s+(\d+|Bin).*$|^ \d+ files? changed.*$|^ (create|delete|rename|mode) .*$", "", notes
    ).strip()
    title = parse_subject(subject).title
    patch = Patch(
        commit="", message=f"{title}\n\n{message.strip()}\n", author=author, date=_date(mail), diff=diff,
        files=parse_diff(diff), notes=notes, where=where, subject_line=subject,
        committer=Address(*parseaddr(_header(mail, "From"))),
    )  # fmt: skip
    return patch, _header(mail, "In-Reply-To").strip(" <>")


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
