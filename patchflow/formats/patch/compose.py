"""Patch mails as text: rendered from commits, and dressed with cover, notes, change-id, Message-IDs and recipients."""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Sequence
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.utils import format_datetime, formataddr

from patchflow.domain.address import Address
from patchflow.domain.patch import Patch
from patchflow.domain.series import Cover
from patchflow.formats.mail.charset import decode_transfer

SUBJECT_PLACEHOLDER = "*** SUBJECT HERE ***"
BLURB_PLACEHOLDER = "*** BLURB HERE ***"


def render(patch: Patch, prefix: str = "PATCH") -> str:
    """A commit as the mail checkpatch.pl reads; for checks only, what is sent comes from git format-patch.

    The commit's hash is left out: a rebase changes it, and nothing that is checked.
    """
    date = format_datetime(patch.date) if patch.date else ""
    notes = f"{patch.notes.rstrip()}\n" if patch.notes.strip() else ""
    return (
        f"From {'0' * 40} Mon Sep 17 00:00:00 2001\n"
        f"From: {patch.author}\nDate: {date}\nSubject: [{prefix}] {patch.subject}\n\n"
        f"{patch.body.rstrip()}\n---\n{notes}\n{patch.diff}"
    )


def split_mail(text: str) -> tuple[list[str], str]:
    """A mail's header lines (folded ones joined into one, line ends kept inside) and its body."""
    head, _, body = text.partition("\n\n")
    return re.split(r"\n(?![ \t])", head), body


def join_mail(headers: Sequence[str], body: str) -> str:
    """The mail again."""
    return "\n".join(headers) + "\n\n" + body


def fill_cover(text: str, cover: Cover) -> str:
    """git's cover letter with our subject and body in place of the placeholders, encoded where need be.

    ValueError where the body does not begin with git's placeholder.
    """
    headers, body = split_mail(text)
    out: list[str] = []
    for line in headers:
        if line.lower().startswith("subject:"):
            flat = " ".join(line.split())
            line = encode_header(flat.replace(SUBJECT_PLACEHOLDER, one_line(cover.subject)))
        out.append(line)
    if not body.startswith(BLURB_PLACEHOLDER):
        raise ValueError("git's cover letter has no place for a text")
    return join_mail(out, cover.body.rstrip() + body.removeprefix(BLURB_PLACEHOLDER))


def add_notes(text: str, notes: str, tail: int) -> str:
    """A patch mail with text put below its `---` line; `tail` is how many characters of the mail git reads as the
    patch, the `---` line first."""
    block = notes.strip("\n").split("\n")
    # A `---` of ours would only repeat the one that stands there.
    if block[0].strip() == "---":
        block = block[1:]
    if not any(row.strip() for row in block):
        return text
    at = len(text) - tail + len("---\n")
    return text[:at] + "\n".join(block) + "\n\n" + text[at:]


def add_tail(text: str, base: str, change_id: str, signature: str, needs: Sequence[str] = ()) -> str:
    """A mail that ends with its diff or diffstat, and below that base-commit: and change-id: as b4 writes them ("" for
    none), the prerequisites that it `needs`, a line each, and the signature."""
    lines = [f"base-commit: {base}"] if base else []
    lines += [f"change-id: {change_id}"] if change_id else []
    lines += [f"prerequisite-{entry}" for entry in needs]
    text += "\n---\n" + "\n".join(lines) + "\n" if lines else ""
    return text + (f"-- \n{signature.rstrip(chr(10))}\n\n" if signature else "")


# RFC 5322: a line has 998 bytes at most; what is longer is cut or wrapped by servers on the way.
_LONGEST_LINE = 998


def ensure_mime(text: str) -> str:
    """The mail with MIME headers and in an encoding that carries its bytes.

    A body that is not ASCII is named UTF-8, or git send-email would ask. Quoted-printable keeps a CR at a line's end
    (`git am` drops it elsewhere) and lines over 998 bytes; git send-email chooses it for just the same bodies.
    """
    headers, body = split_mail(text)
    raw = body.encode("utf-8", "surrogateescape")
    hard = b"\r" in raw or b"\0" in raw or any(len(line) > _LONGEST_LINE for line in raw.split(b"\n"))
    if raw.isascii() and not hard:
        return text
    mime = {"mime-version": "1.0", "content-type": "text/plain; charset=UTF-8"}
    names = {line.partition(":")[0].lower() for line in headers}
    kept = [line for line in headers if not line.lower().startswith("content-transfer-encoding:")]
    for name, value in mime.items():
        kept += [f"{'MIME-Version' if name[0] == 'm' else 'Content-Type'}: {value}"] if name not in names else []
    kept.append(f"Content-Transfer-Encoding: {'quoted-printable' if hard else '8bit'}")
    return join_mail(kept, _quoted_printable(raw) if hard else body)


def decoded(text: str) -> str:
    """The mail with its body as it is read, whatever it travels in; what looks at lines of a mail wants this."""
    headers, body = split_mail(text)
    told = "content-transfer-encoding:"
    encoding = next((line.partition(":")[2].strip() for line in headers if line.lower().startswith(told)), "")
    if encoding.lower() not in ("quoted-printable", "base64"):
        return text
    plain = decode_transfer(body.encode("utf-8", "surrogateescape"), encoding).decode("utf-8", "surrogateescape")
    kept = [line for line in headers if not line.lower().startswith(told)]
    return join_mail([*kept, "Content-Transfer-Encoding: 8bit"], plain)


def _quoted_printable(raw: bytes) -> str:
    """Bytes in quoted-printable, line by line; a mailbox must not take a line of them for its next mail."""
    rows = b"\n".join(b2a_qp(line, istext=False) for line in raw.split(b"\n"))
    return re.sub(rb"(?m)^From ", b"=46rom ", rows).decode("ascii")


def set_headers(text: str, new: Sequence[tuple[str, str]]) -> str:
    """The mail with headers replaced or added at the end of its header block, values already encoded."""
    headers, body = split_mail(text)
    names = {name.lower() for name, _ in new}
    kept = [line for line in headers if line.partition(":")[0].lower() not in names]
    return join_mail([*kept, *(f"{name}: {value}" for name, value in new if value)], body)


def addresses_header(people: Sequence[Address]) -> str:
    """Addresses for a To or Cc header: names encoded or quoted as RFC 5322 wants, one a line."""
    return ",\n ".join(address_header(person) for person in people)


# git send-email reads no other encoding of names: it would take From for somebody else's, and put it into the text.
_QUOTED = Charset("utf-8")
_QUOTED.header_encoding = QP


def address_header(person: Address) -> str:
    """One address as RFC 5322 wants it; nothing in a name can end the header."""
    return formataddr((one_line(person.name), one_line(person.email)), charset=_QUOTED)


def one_line(text: str) -> str:
    """Text without line breaks or control characters: no header can be injected through it."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())


def encode_header(line: str) -> str:
    """A whole `Name: value` header line, encoded and folded where it is not ASCII."""
    name, _, value = line.partition(":")
    value = value.strip()
    if value.isascii():
        return f"{name}: {value}"

    return f"{name}: {Header(value, 'utf-8', header_name=name).encode()}"


def message_id(change_id: str, revision: int, part: int, when: datetime, domain: str, resend: bool) -> str:
    """The fixed Message-ID of one message of a revision, in b4's form, without angle brackets."""
    slug = re.sub(r"[^a-zA-Z0-9.-]", "", change_id.partition("-")[2].rpartition("-")[0])[:40] or "series"
    tail = change_id.rpartition("-")[2][:12]
    again = f"-resend{when:%H%M%S}" if resend else ""
    return f"{when:%Y%m%d}-{slug}-v{revision}{again}-{part}-{tail}@{domain}"


def lore_link(archive: str, message: str) -> str:
    """The URL of a message in lore; the archive's own list is not named, so that the link outlives it."""
    root = re.match(r"https?://[^/]+", archive)
    return f"{root[0] if root else 'https://lore.kernel.org'}/r/{message}"
