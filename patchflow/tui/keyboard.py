"""Hands every key to the screen that is on top when its turn comes, so that typing ahead loses none.

Textual leaves a key in the queue of the widget that had the focus when it was typed, from where it climbs through the
queues of all that stands around it. What is typed before an earlier key has opened or closed a screen would go to the
wrong one, or vanish with it. Here one key is done with before the next one is looked at.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from textual import events
from textual.app import App
from textual.screen import Screen

_STANDS = 2.0  # seconds that are waited for a screen at most


class Keyboard:
    """The way of keys, and of pasted text, from the app to who has the focus."""

    def __init__(self, app: App[Any]) -> None:
        self.app = app
        self._standing: Screen[Any] | None = None

    async def give(self, event: events.Key | events.Paste) -> None:
        """Asks from the focus upwards until somebody takes it; then the bindings."""
        event._set_forwarded()
        await self._stand()
        if isinstance(event, events.Key) and await self.app._check_bindings(event.key, priority=True):
            return
        screen = self.app.screen
        event.bubble = False  # type: ignore[misc] # it climbs here and now
        for node in (screen.focused or screen).ancestors_with_self:
            if node is self.app:
                break
            with node._context():
                await node.on_event(event)
            if event._stop_propagation:
                return
        if isinstance(event, events.Key):
            await self.app._check_bindings(event.key)

    async def _stand(self) -> None:
        """Waits until the screen on top stands there, with its focus and with what closed above it made good."""
        while self._standing is not (screen := self.app.screen):
            self._standing = screen
            stands = asyncio.Event()
            if screen.call_later(stands.set):
                with suppress(TimeoutError):
                    await asyncio.wait_for(stands.wait(), _STANDS)
