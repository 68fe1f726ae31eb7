"""lore.kernel.org and other public inboxes, through liblore."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from patchflow.adapters.lore.inbox import Inbox


def open_inbox(url: str, foreign: bool = False) -> Inbox:
    """An inbox by its URL; UsageError where that is none. `foreign`: the user did not name its host, so it must be a
    public one. Only here liblore is imported: with what it needs it takes longer than most commands."""
    from patchflow.adapters.http import GuardedSession
    from patchflow.adapters.lore.inbox import Inbox

    return Inbox(url, GuardedSession(foreign=foreign))
