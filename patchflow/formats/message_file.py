"""Commit message files as git hands them to hooks: comments, scissors and the -v diff taken away."""

from __future__ import annotations

_SCISSORS = "------------------------ >8 ------------------------"
MOST = 200_000  # characters; what is longer is no commit message


def clean_message(raw: bytes, comment: str = "#") -> str:
    """The message that git would commit (cleanup mode default): decoded, without comments and scissors.

    NULs and undecodable bytes are kept visible, so that a rule objects to them instead of losing what follows.
    """
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    mark = comment if len(comment) == 1 else "#"
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith(mark) and _SCISSORS in line:
            break
        if not line.startswith(mark):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n")[:MOST] + "\n"
