"""Patch mails as text: rendered from commits, and dressed with cover, notes, change-id, Message-IDs and recipients."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime, formataddr

from patchflow.domain.address import Address
from patchflow.domain.patch import Patch
from patchflow.domain.series import Cover

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
    """git's cover letter with our subject and body in place of the placeholders, encoded where need be."""
    headers, body = split_mail(text)
    out: list[str] = []
    for line in headers:
        if line.lower().startswith("subject:"):
            flat = " ".join(line.split())
            line = encode_header(flat.replace(SUBJECT_PLACEHOLDER, one_line(cover.subject)))
        out.append(line)
    body = body.replace(BLURB_PLACEHOLDER, cover.body.rstrip(), 1)
    return ensure_mime(join_mail(out, body))


def add_notes(text: str, notes: str) -> str:
    """A patch mail with text put below its `---` line (the first one, which ends the message)."""
    if not notes.strip():
        return text
    headers, body = split_mail(text)
    lines = body.split("\n")
    at = next((n for n, line in enumerate(lines) if line == "---"), None)
    if at is None:
        return text
    block = notes.strip("\n").split("\n")
    # A `---` of ours would only repeat the one that stands there.
    if block and block[0].strip() == "---":
        block = block[1:]
    lines[at + 1 : at + 1] = [*block, ""]
    return ensure_mime(join_mail(headers, "\n".join(lines)))


def add_base(text: str, base: str, change_id: str) -> str:
    """The mail with base-commit: and change-id: above the signature, as git --base and b4 write them."""
    lines = [f"base-commit: {base}"] if base else []
    lines += [f"change-id: {change_id}"] if change_id else []
    body, mark, signature = text.rpartition("\n-- \n")
    block = "\n".join(lines)
    if not mark:
        return f"{text.rstrip()}\n\n---\n{block}\n"
    return f"{body.rstrip()}\n\n---\n{block}\n{mark[1:]}{signature}"


def ensure_mime(text: str) -> str:
    """The mail with MIME headers where its body is not ASCII and has none: git send-email would ask otherwise."""
    headers, body = split_mail(text)
    if body.isascii() or any(line.lower().startswith("content-type:") for line in headers):
        return text
    mime = ["MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: 8bit"]
    return join_mail([*headers, *mime], body)


def set_headers(text: str, new: Sequence[tuple[str, str]]) -> str:
    """The mail with headers replaced or added at the end of its header block, values already encoded."""
    headers, body = split_mail(text)
    names = {name.lower() for name, _ in new}
    kept = [line for line in headers if line.partition(":")[0].lower() not in names]
    return join_mail([*kept, *(f"{name}: {value}" for name, value in new if value)], body)


def addresses_header(people: Sequence[Address]) -> str:
    """Addresses for a To or Cc header: names encoded or quoted as RFC 5322 wants, one a line."""
    return ",\n ".join(address_header(person) for person in people)


def address_header(person: Address) -> str:
    """One address as RFC 5322 wants it; nothing in a name can end the header."""
    return formataddr((one_line(person.name), one_line(person.email)), charset="utf-8")


def one_line(text: str) -> str:
    """Text without line breaks or control characters: no header can be injected through it."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())


def encode_header(line: str) -> str:
    """A whole `Name: value` header line, encoded and folded where it is not ASCII."""
    name, _, value = line.partition(":")
    value = value.strip()
    if value.isascii():
        return f"{name}: {value}"
    from email.header import Header  # checks render patches, and need none

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
