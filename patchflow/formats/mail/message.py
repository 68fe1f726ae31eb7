"""One mail from bytes to a Message: any bytes give a message, and what could not be read is left as it stands."""

from __future__ import annotations

import hashlib
import re
from email import message_from_bytes
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.message import Attachment, Message
from patchflow.formats.mail.charset import decode_bytes, decode_transfer
from patchflow.formats.mail.headers import (
    addresses,
    head_start,
    message_ids,
    parse_date,
    read_headers,
    split_head,
    text_of,
)

if TYPE_CHECKING:
    from email.message import Message as Part

_FOLDED = lazy_re.compile(rb"[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)")
_PARAMETER = lazy_re.compile(r";\s*([A-Za-z0-9*_-]+)\s*=\s*(\"[^\"]*\"|[^;\s]*)")
_BEGIN_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\n"
_BEGIN_SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n"
_END_SIGNATURE = "-----END PGP SIGNATURE-----\n"
# What stands behind this many bytes of one mail is not read: the largest real mail seen is 3.5 MB.
_LARGEST = 16 * 1024 * 1024
# Everything the standard parser raised on hostile input; a deep nest of parts ends in RecursionError.
_TROUBLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError, OverflowError)


def parse_mail(raw: bytes, source: str = "", offset: int = 0) -> Message:
    """The message these bytes hold; never raises.

    `raw` begins at the first header, without an mbox `From ` line. A message without Message-ID gets a stable
    one made from its content, ending in `@no-message-id.invalid`.
    """
    raw = raw[:_LARGEST]
    head, blob = split_head(raw)
    headers = read_headers(head)
    first: dict[str, bytes] = {}
    for name, value in headers:
        first.setdefault(name, value)
    content = text_of(first.get("content-type", b"")) or "text/plain"
    kind, parameters = _content_type(content)
    encoding = text_of(first.get("content-transfer-encoding", b""))
    body, attachments = _body(raw, blob, kind, parameters, encoding)
    sender = addresses(first.get("from", b"")) or addresses(first.get("sender", b""))
    ids = message_ids(first.get("message-id", b""))
    return Message(
        id=ids[0] if ids else synthetic_id(first, blob),
        subject=" ".join(text_of(first.get("subject", b"")).split()),
        sender=sender[0] if sender else Address(text_of(first.get("from", b"")), ""),
        date=parse_date(first.get("date", b"")),
        to=addresses(_joined(headers, "to", b", ")),
        cc=addresses(_joined(headers, "cc", b", ")),
        in_reply_to=message_ids(_joined(headers, "in-reply-to", b" ")),
        references=message_ids(_joined(headers, "references", b" ")),
        body=body,
        reply_to=addresses(first.get("reply-to", b"")),
        raw_headers=tuple((name, text_of(value)) for name, value in headers),
        attachments=attachments,
        content_type=kind,
        charset=parameters.get("charset", ""),
        flowed=parameters.get("format", "").lower() == "flowed",
        source=source,
        offset=offset,
    )


def body_of(raw: bytes) -> str:
    """The body alone, as parse_mail gives it, without the cost of reading every header."""
    raw = raw[:_LARGEST]
    head, blob = split_head(raw)
    low = b"\n" + head.lower()
    first = {}
    for name in (b"content-type", b"content-transfer-encoding"):
        at = low.find(b"\n" + name + b":")
        if at >= 0:
            first[name] = _FOLDED.match(head, at + len(name) + 1)[1]  # type: ignore[index]
    kind, parameters = _content_type(text_of(first.get(b"content-type", b"")) or "text/plain")
    return _body(raw, blob, kind, parameters, text_of(first.get(b"content-transfer-encoding", b"")))[0]


def synthetic_id_of(raw: bytes) -> str:
    """The id parse_mail makes up for these bytes, where they have none of their own."""
    raw = raw[:_LARGEST]
    head, blob = split_head(raw)
    first: dict[str, bytes] = {}
    for name, value in read_headers(head):
        first.setdefault(name, value)
    return synthetic_id(first, blob)


def synthetic_id(first: dict[str, bytes], blob: bytes) -> str:
    """A stable id for a message without one: the same mail gets the same, from whichever list it came."""
    digest = hashlib.sha256()
    for name in ("from", "date", "subject"):
        digest.update(b" ".join(first.get(name, b"").split()) + b"\n")
    digest.update(b" ".join(blob.split()))
    return f"{digest.hexdigest()[:32]}@no-message-id.invalid"


def _joined(headers: list[tuple[str, bytes]], name: str, glue: bytes) -> bytes:
    return glue.join(value for key, value in headers if key == name)


def _content_type(text: str) -> tuple[str, dict[str, str]]:
    kind = text.partition(";")[0].strip().lower()
    if not re.fullmatch(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", kind):
        kind = "text/plain"
    return kind, {key.lower(): value.strip('"') for key, value in _PARAMETER.findall(text)}


def _body(
    raw: bytes, blob: bytes, kind: str, parameters: dict[str, str], encoding: str
) -> tuple[str, tuple[Attachment, ...]]:
    attachments: tuple[Attachment, ...] = ()
    if kind.startswith("multipart/"):
        parts = _multipart(raw)
        if parts is not None:
            text, attachments = parts
            return _unarmoured(text), attachments
    elif kind.startswith("message/") or not kind.startswith("text/"):
        return "", (Attachment(parameters.get("name", ""), kind, len(blob)),)
    text = decode_bytes(decode_transfer(blob, encoding), parameters.get("charset", ""))
    return _unarmoured(_plain(text, kind, parameters.get("format", ""), parameters.get("delsp", ""))), attachments


def _plain(text: str, kind: str, form: str, delete_space: str) -> str:
    """A part's text as it is read. Unix line ends; a NUL that a broken relay left is dropped, so that lines still
    compare."""
    text = text.replace("\r\n", "\n").replace("\x00", "")
    if kind == "text/html":
        from patchflow.formats.mail.html_text import text_of_html  # most kernel mail is plain text

        text = text_of_html(text)
    return unfold_flowed(text, delete_space.lower() == "yes") if form.lower() == "flowed" else text


def _multipart(raw: bytes) -> tuple[str, tuple[Attachment, ...]] | None:
    """The joined text of a multipart mail and its attachments; None where the parser gave up."""
    try:
        root = message_from_bytes(raw[head_start(raw, 0, len(raw)) :])
        texts: list[str] = []
        attachments: list[Attachment] = []
        _collect(root, texts, attachments, 0)
    except _TROUBLE:
        return None
    return "\n".join(texts), tuple(attachments)


def _collect(part: Part, texts: list[str], attachments: list[Attachment], depth: int) -> None:
    kind = part.get_content_type()
    if kind == "multipart/alternative" and part.is_multipart():
        children = _children(part)
        plain = [child for child in children if child.get_content_type() == "text/plain"]
        nested = [child for child in children if child.get_content_type().startswith("multipart/")]
        for child in (plain or nested or children)[:1]:
            _collect(child, texts, attachments, depth + 1)
        return
    if kind.startswith("multipart/") and part.is_multipart() and depth < 30:
        for child in _children(part):
            _collect(child, texts, attachments, depth + 1)
        return
    blob = part.get_payload(decode=True)
    raw = blob if isinstance(blob, bytes) else b""
    name = _file_name(part)
    if name or _attached(part) or not kind.startswith("text/"):
        attachments.append(Attachment(name, kind, len(raw)))
    if _is_text(part, kind, name):
        charset, form, space = (str(part.get_param(name) or "") for name in ("charset", "format", "delsp"))
        texts.append(_plain(decode_bytes(raw, charset), kind, form, space))


def _children(part: Part) -> list[Part]:
    payload = part.get_payload()
    return [child for child in payload if not isinstance(child, str)] if isinstance(payload, list) else []


def _file_name(part: Part) -> str:
    name = part.get_filename()
    return text_of(str(name).encode("utf-8", "surrogateescape")) if name else ""


def _attached(part: Part) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _is_text(part: Part, kind: str, name: str) -> bool:
    """Whether a part is read as the mail's text: plain text, and patches, which reviewers quote from."""
    if kind in ("text/x-patch", "text/x-diff") or name.lower().endswith((".patch", ".diff")):
        return kind.startswith(("text/", "application/octet-stream"))
    return kind in ("text/plain", "text/html") and not _attached(part)


def _unarmoured(text: str) -> str:
    """The text without the frame of an inline PGP signature."""
    begin = text.find(_BEGIN_SIGNED)
    if begin < 0 or (begin and text[begin - 1] != "\n"):
        return text
    body = text.find("\n\n", begin)
    end = text.find(_BEGIN_SIGNATURE, begin)
    if body < 0 or not body < end:
        return text
    close = text.find(_END_SIGNATURE, end)
    tail = text[close + len(_END_SIGNATURE) :] if close >= 0 else ""
    signed = "\n".join(line[2:] if line.startswith("- -") else line for line in text[body + 2 : end].split("\n"))
    return text[:begin] + signed + tail


def unfold_flowed(text: str, delete_space: bool = False) -> str:
    """format=flowed text (RFC 3676) with its paragraphs joined again; quoted diff lines are left alone.

    A line that ends in a blank goes on in the next one of the same quote depth, except a signature mark and
    lines of a diff: mailers that flow a patch leave blanks at line ends that were there before.
    """
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        marks = len(line) - len(line.lstrip(">"))
        content = line[marks:]
        content = content.removeprefix(" ")  # space-stuffing
        if open_depth == marks and content.strip() and content != "-- ":
            out[-1] = (out[-1][:-1] if delete_space else out[-1]) + content
        else:
            out.append(">" * marks + (" " if marks and content else "") + content)
        flows = content.endswith(" ") and content.strip() and content != "-- "
        diffish = (marks > 0 and content[:1] in "+-@ \t") or content.startswith(("diff ", "index ", "+", "@@ "))
        open_depth = marks if flows and not diffish else -1
    return "\n".join(out)
