"""The cover letter as a plain editable file: subject, blank line, body."""

from __future__ import annotations

from patchflow import lazy_re
from patchflow.domain.series import Cover

_SHORTLOG = lazy_re.compile(r"(?m)^\S[^\n]{0,80} \(\d{1,4}\):\n(?:  [^\n]+\n?)+")
_APPENDED = lazy_re.compile(r"(?m)^(?:base-commit: |change-id: |prerequisite-|-- $)")


def parse_cover(text: str) -> Cover:
    """A cover file: the subject on its first line, the body below it. A line that begins with # is text, as in mail."""
    subject, _, body = text.replace("\r\n", "\n").strip("\n").partition("\n")
    return Cover(subject.removeprefix("Subject:").strip(), body.strip("\n"))


def cover_text(cover: Cover) -> str:
    """The cover file's text."""
    return f"{cover.subject}\n\n{cover.body.rstrip()}\n"


def letter_of(body: str) -> str:
    """A cover letter that was posted, without what git and b4 put below it: shortlog, diffstat, base and signature."""
    blocks = list(_SHORTLOG.finditer(body))
    start = blocks.pop().start() if blocks else len(body)
    while blocks and not body[blocks[-1].end() : start].strip():  # of several authors
        start = blocks.pop().start()
    text = body[:start]
    if found := _APPENDED.search(text):
        text = text[: found.start()]
    return text.rstrip().removesuffix("\n---").strip("\n").rstrip()
