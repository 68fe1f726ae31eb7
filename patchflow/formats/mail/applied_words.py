"""What a notice that patches were applied says, and whether a mail may hold one: without the patterns that tell."""

from __future__ import annotations

# One of them is in each form that formats/mail/applied.py reads.
from patchflow.named_tuple import NamedTuple

_HINTS = (
    "applied", "queued", "merged", "pushed", "picked", "committed", "staged", "added", "landed", "dropped", "reverted",
    "removed", "backed", "took", "taken", "grabbed", "-next", "-fixes", "-testing", "mainline", ".git", "tree",
    "branch", "queue",
)  # fmt: skip


class AppliedWords(NamedTuple):
    """What a mail says: `applied` or dropped; `parts` are the numbers of the patches meant (() for all that the mail
    answers); `title` is the patch that a note names, "" where none is named; `whole` says "both", "all", "series"."""

    applied: bool
    where: str = ""
    commits: tuple[str, ...] = ()
    parts: tuple[int, ...] = ()
    title: str = ""
    whole: bool = False


def may_say_applied(body: str) -> bool:
    """Whether the unquoted lines of a mail hold a word that every notice has; most mails hold none."""
    text = "\n".join(line for line in body.split("\n") if not line.startswith(">")).lower()
    return any(hint in text for hint in _HINTS)
