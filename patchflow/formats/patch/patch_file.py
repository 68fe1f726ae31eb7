"""Splits a patch file (one mail, several of `format-patch --stdout`, or a bare diff) and reads its patches."""

from __future__ import annotations

import re
from datetime import datetime
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime

from patchflow.domain.address import Address
from patchflow.domain.patch import Patch
from patchflow.errors import UsageError
from patchflow.formats.patch.compose import decoded
from patchflow.formats.patch.diff import parse_diff, split_tail
from patchflow.formats.patch.patch_mail import split_message
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.patch.trailers import person

_MAIL = re.compile(r"^From [0-9a-f]{40} .*\d{4}$", re.MULTILINE)
_DIFF = re.compile(r"^(?:diff --git |--- \S)", re.MULTILINE)
_HEADER = re.compile(r"^(From|Date|Subject|Content-Transfer-Encoding):[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)


def split_patches(text: str) -> list[str]:
    """The patches of a file, each as text; one where it holds no mails."""
    starts = [match.start() for match in _MAIL.finditer(text)]
    if len(starts) < 2:
        return [text]
    return [text[begin:end] for begin, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def read_patch_file(text: str, where: str) -> Patch:
    """The patch in one mail or bare diff; UsageError where there is none."""
    text = decoded(text.replace("\r\n", "\n"))
    begin = _DIFF.search(text)
    diff, _, damage = split_tail(text[begin.start() :]) if begin else ("", "", "")
    files = parse_diff(diff)
    if begin is None or not any(file.path for file in files):
        raise UsageError(
            f"{where} is no patch: there is no diff in it.", "For the people of a source file: `patchflow cc -f PATH`."
        )
    intro = text[: begin.start()]
    head, _, body = intro.partition("\n\n")
    headers = {name: " ".join(value.split()) for name, value in _HEADER.findall(head)}
    if "Subject" not in headers and "From" not in headers:
        body, headers = intro, {}
    message, notes = split_message(body)
    author = person(_decoded(headers.get("From", ""))) or Address("", "")
    message = message.lstrip("\n")
    if message.startswith("From: "):
        line, _, message = message.partition("\n")
        author, message = person(line[6:]) or author, message.lstrip("\n")
    subject = parse_subject(_decoded(headers.get("Subject", "")))
    return Patch(
        commit="",
        message=f"{subject.title}\n\n{message}".strip() + "\n",
        author=author,
        date=_date(headers.get("Date", "")),
        diff=diff,
        files=files,
        notes=notes.removeprefix("---\n"),
        damage=damage,
        where=where,
        subject_line=_decoded(headers.get("Subject", "")),
    )


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError):
        return value


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
