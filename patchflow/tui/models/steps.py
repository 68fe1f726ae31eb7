"""The next step in the keys of this UI."""

from __future__ import annotations

import re

from patchflow.tui.actions import key

# The commands a next step names, as what does the same here: a tab, and the action there.
_HERE = {
    "`patchflow send --resume`": ("go-send", "Send", "resume"),
    "`patchflow send --rfc`": ("go-send", "Send", "rfc"),
    "`patchflow send`": ("go-send", "Send", ""),
    "`patchflow check`": ("go-checks", "Checks", ""),
    "`patchflow cover --edit`": ("go-cover", "Cover", "edit-cover"),
    "`patchflow todo`": ("go-todo", "To-do", ""),
    "`patchflow respin`": ("go-revisions", "Revisions", "respin"),
    "`patchflow trailers`": ("go-conversation", "Conversation", "trailers"),
}


def in_keys(step: str) -> str:
    """A next step in the keys of this UI instead of commands."""
    for answer in ("again", "arrived"):
        words = f"{key(answer)} in {key('go-send')} Send"
        step = re.sub(rf"`patchflow send --resume --{answer} [^`]*`", words, step)
    for command, (tab, name, action) in _HERE.items():
        if command in step:
            step = step.replace(command, f"{f'{key(action)} in ' if action else ''}{key(tab)} {name}")
    step = step.replace("`patchflow fetch`", key("fetch")).replace("`git commit -s`", "git commit -s")
    return step.replace("`patchflow reply --nudge`", f"{key('prompt')}reply --nudge")
