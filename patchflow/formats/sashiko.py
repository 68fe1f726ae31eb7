"""Sashiko's API, read: the reviews that an AI wrote of the patches of a series, and each as a mail that answers its
patch, as Sashiko's own mails do."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import format_datetime

from patchflow.formats.safe import safe_line
from patchflow.named_tuple import NamedTuple

SUFFIX = "@sashiko.patchflow.invalid"  # of the ids of mails that nobody sent
_SENDER = "Sashiko AI review <sashiko-bot@kernel.org>"
_LONGEST = 200_000  # characters of one review


class AiReview(NamedTuple):
    """The newest review of a patch: the patch's Message-ID, the review's number, and its text, the quoted diff with
    remarks."""

    patch: str
    number: int
    text: str


def parse_reviews(text: str) -> list[AiReview]:
    """`GET /api/patchset?id=MESSAGE-ID`: the newest finished review of each patch that has one; ValueError where it is
    no such document."""
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("no object")
    patches = {_number(row, "id"): _text(row, "message_id").strip("<> ") for row in _rows(found, "patches")}
    newest: dict[str, AiReview] = {}
    for row in _rows(found, "reviews"):
        said = _text(row, "inline_review")[:_LONGEST]
        number, patch = _number(row, "id"), patches.get(_number(row, "patch_id"), "")
        if said.strip() and number >= 0 and patch and (patch not in newest or newest[patch].number < number):
            newest[patch] = AiReview(patch, number, said)
    return list(newest.values())


def _rows(found: dict[str, object], name: str) -> list[dict[str, object]]:
    rows = found.get(name) or []
    if not isinstance(rows, list):
        raise ValueError(f"{name} is no list")
    return [row for row in rows if isinstance(row, dict)]


def _number(row: dict[str, object], name: str) -> int:
    """A number of the row; -1 where it has none."""
    value = row.get(name)
    return value if isinstance(value, int) and 0 <= value < 1 << 63 else -1


def _text(row: dict[str, object], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def id_of(review: AiReview) -> str:
    """The id of the mail that a review becomes: always the same."""
    return f"{review.number}.{review.patch.replace('@', '.at.')}{SUFFIX}"


def as_mail(review: AiReview, subject: str, date: datetime) -> bytes:
    """The review as a mail that answers its patch."""
    body = review.text.replace("\r\n", "\n").replace("\0", "").rstrip("\n")
    head = (
        f"From: {_SENDER}\nSubject: Re: {safe_line(subject, 500)}\nDate: {format_datetime(date)}\n"
        f"Message-ID: <{id_of(review)}>\nIn-Reply-To: <{review.patch}>\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
    return f"{head}{body}\n".encode("utf-8", "replace")
