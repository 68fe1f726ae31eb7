"""Commit message files as git hands them to hooks: comments, scissors and the -v diff taken away."""

from __future__ import annotations

_SCISSORS = "------------------------ >8 ------------------------"
_AUTO = "#;@!$%^&|:"  # what core.commentChar=auto chooses from
MOST = 200_000  # characters; what is longer is no commit message


def clean_message(raw: bytes, comment: str = "#", keep_comments: bool = False, encoding: str = "utf-8") -> str:
    """The message that git would commit: decoded, without comments and scissors, cut at MOST.

    `comment` is core.commentChar (one character, a longer string, or `auto`); `keep_comments` is for the
    clean-up modes that keep such lines: a message that no editor was opened for, commit.cleanup=whitespace
    and the like. NULs and undecodable bytes are kept visible, so that a rule objects to them instead of
    losing what follows.
    """
    text = _decoded(raw[: 2 * MOST], encoding).replace("\r\n", "\n")
    mark = comment_mark(text, comment)
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith(mark) and _SCISSORS in line:
            break
        if keep_comments or not line.startswith(mark):
            lines.append(line.rstrip(" \t\r"))
    return "\n".join(lines).strip("\n")[:MOST] + "\n"


def _decoded(raw: bytes, encoding: str) -> str:
    """The text; `encoding` is i18n.commitEncoding, which may name one that does not exist."""
    try:
        return raw.decode(encoding or "utf-8", "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def comment_mark(text: str, comment: str) -> str:
    """What comment lines of this message begin with; `auto` is read from git's own comments at its end."""
    if comment != "auto":
        return comment or "#"
    for line in reversed(text.partition("\ndiff --git ")[0].split("\n")):
        if line.strip():
            return line[0] if line[0] in _AUTO else "#"
    return "#"


def keeps_comments(cleanup: str, edited: bool) -> bool:
    """Whether git leaves comment lines in the message: commit.cleanup, and whether an editor was opened."""
    if cleanup in ("verbatim", "whitespace", "scissors"):
        return True
    return cleanup != "strip" and not edited


def is_autosquash(message: str) -> bool:
    """Whether the commit is made to be folded into another: nobody but its author will see it."""
    return message.startswith(("fixup! ", "squash! ", "amend! "))
