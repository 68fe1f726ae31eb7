"""The cover letter as a plain editable file: subject, blank line, body."""

from __future__ import annotations

from patchflow.domain.series import Cover


def parse_cover(text: str) -> Cover:
    """A cover file: the subject on the first line that is not a comment, the body below it."""
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if not line.startswith("#")]
    subject, _, body = "\n".join(lines).strip("\n").partition("\n")
    return Cover(subject.removeprefix("Subject:").strip(), body.strip("\n"))


def cover_text(cover: Cover) -> str:
    """The cover file's text."""
    return f"{cover.subject}\n\n{cover.body.rstrip()}\n"
