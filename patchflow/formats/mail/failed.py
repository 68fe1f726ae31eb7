"""The mail of the stable maintainers that says that a commit did not apply to a stable tree."""

from __future__ import annotations

import re

from patchflow import lazy_re
from patchflow.named_tuple import NamedTuple

# `FAILED: patch "[PATCH] title" failed to apply to 6.6-stable tree`, and the commands that redo it.
_TREE = lazy_re.compile(r"failed to apply to (?:the )?(\d+\.\d+)-stable tree|not apply to the (\d+\.\d+)-stable tree")
_PICK = lazy_re.compile(
    r"cherry-pick -x ([0-9a-f]{40})\b|upstream commit:? ([0-9a-f]{40})\b|^From ([0-9a-f]{40}) ", re.MULTILINE
)


class Failed(NamedTuple):
    """The commit in Linus' tree, and the stable branch (6.6.y) that it is wanted in."""

    commit: str
    branch: str


def parse_failed(text: str) -> Failed | None:
    """What such a mail asks for; None where a text is none."""
    flat = re.sub(r"\n[ \t]+", " ", text)  # a folded Subject
    tree, pick = _TREE.search(flat), _PICK.search(text)
    if tree is None or pick is None:
        return None
    return Failed(next(filter(None, pick.groups())), f"{tree[1] or tree[2]}.y")
