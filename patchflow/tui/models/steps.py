"""The next step in the keys of this UI."""

from __future__ import annotations

# The commands a next step names, as the keys that do the same here.
_KEYS = {
    "`patchflow send --resume`": "R in 8 Send", "`patchflow send --rfc`": "f in 8 Send", "`patchflow send`": "8 Send",
    "`patchflow check`": "3 Checks", "`patchflow cover --edit`": "e in 2 Cover", "`patchflow todo`": "6 To-do",
    "`patchflow respin`": "R in 7 Revisions", "`patchflow trailers`": "t in 5 Conversation",
    "`patchflow fetch`": "M", "`patchflow reply --nudge`": ":reply --nudge", "`git commit -s`": "git commit -s",
}  # fmt: skip


def in_keys(step: str) -> str:
    """A next step in the keys of this UI instead of commands."""
    for command, keys in _KEYS.items():
        step = step.replace(command, keys)
    return step
