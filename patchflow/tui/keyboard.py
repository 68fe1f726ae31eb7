"""The table of keys as Textual's bindings, and the way of a key: typing ahead loses none.

Textual leaves a key in the queue of the widget that had the focus when it was typed. What is typed before an earlier
key has opened or closed a screen would go to the wrong one, or vanish with it. Here one key is done with before the
next one is looked at (docs/decisions/terminal-ui.md).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual import events
from textual.binding import ActiveBinding
from textual.dom import DOMNode
from textual.keys import key_to_character
from textual.screen import Screen

from patchflow.tui.screens.base import View

if TYPE_CHECKING:
    from patchflow.tui.working import Working

_STANDS = 2.0  # seconds that are waited for a screen or a widget at most


class Keyboard:
    """The way of keys, and of pasted text, from the app to who has the focus."""

    def __init__(self, app: Working) -> None:
        self.app = app
        self.typed = 0.0  # when the key that is being acted on was typed, in the clock of Textual's events
        self._standing: object = None

    async def give(self, event: events.Key | events.Paste) -> None:
        """Acts on a key's binding; what has none, and what is pasted, goes to who has the focus."""
        await self._stand()
        screen = self.app.screen
        event.stop()  # it is handed on here, and climbs no further
        if isinstance(event, events.Key):
            self.typed = event.time
            if isinstance(screen, View):
                screen.before_key()
            bound = _bound(screen, event)
            if isinstance(screen, View) and screen.holds(event, bound.binding.id if bound else None):
                return
            if bound is not None:
                await self.app.act(bound)
                return
        target = screen.focused or screen
        if target.post_message(event):
            await self._done(target)

    async def _stand(self) -> None:
        """Waits until the screen on top stands there, with its focus and with what closed above it made good."""
        while self._standing is not (screen := self.app.screen):
            self._standing = screen
            await self._done(screen)

    @staticmethod
    async def _done(node: DOMNode) -> None:
        """Waits until a screen or widget has done with what it was told."""
        done = asyncio.Event()
        if node.call_later(done.set):
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), _STANDS)


def _bound(screen: Screen[Any], event: events.Key) -> ActiveBinding | None:
    """What a key is bound to: by its name, else by its character, which a terminal may name otherwise."""
    active = screen.active_bindings
    if found := active.get(event.key):
        return found
    character = event.character if event.is_printable and event.character != " " else None
    return next((one for key, one in active.items() if character and key_to_character(key) == character), None)
