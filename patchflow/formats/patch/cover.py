"""The cover letter as a plain editable file: subject, blank line, body."""

from __future__ import annotations

from patchflow.domain.series import Cover


def parse_cover(text: str) -> Cover:
    """A cover file: the subject on its first line, the body below it. A line that begins with # is text, as in mail."""
    subject, _, body = text.replace("\r\n", "\n").strip("\n").partition("\n")
    return Cover(subject.removeprefix("Subject:").strip(), body.strip("\n"))


def cover_text(cover: Cover) -> str:
    """The cover file's text."""
    return f"{cover.subject}\n\n{cover.body.rstrip()}\n"
