"""The next step in the keys of this UI."""

from __future__ import annotations

from patchflow.domain.next_step import Command, NextStep
from patchflow.tui.actions import key

# What does the same here as the command of a next step: a tab, and the action there.
_TABS = {
    "commit": ("work", "commit"),
    "check": ("checks", ""),
    "cover": ("cover", "edit-cover"),
    "todo": ("todo", ""),
    "respin": ("revisions", "respin"),
    "trailers": ("conversation", "trailers"),
    "send": ("send", ""),
    "send-rfc": ("send", "rfc"),
    "resume": ("send", "send"),
    "arrived": ("send", "arrived"),
    "again": ("send", "again"),
}
TAB_NAMES = {
    "patches": "Patches", "cover": "Cover", "checks": "Checks", "recipients": "Recipients",
    "conversation": "Conversation", "todo": "To-do", "revisions": "Revisions", "send": "Send",
    "try": "Try", "work": "Work",
}  # fmt: skip


def in_keys(step: NextStep) -> str:
    """A next step in the keys of this UI instead of commands."""
    return "".join(part if isinstance(part, str) else _here(part) for part in step.parts)


def _here(command: Command) -> str:
    if command.id in _TABS:
        tab, action = _TABS[command.id]
        return f"{f'{key(action)} in ' if action else ''}{key(f'go-{tab}')} {TAB_NAMES[tab]}"
    own = {"fetch": key("refresh"), "nudge": f"{key('prompt')}reply --nudge",
           "dep": f"{key('prompt')}dep check"}  # fmt: skip
    return own.get(command.id, str(command))
