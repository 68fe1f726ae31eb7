"""Conversation: the reply tree and the message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patchflow.tui.models.conversation import conversation_rows, message_of, message_rows
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.tabs.base import Tab


class ConversationTab(Tab):
    """The mail."""

    name = "conversation"

    def rows(self) -> Sequence[Row]:
        """One line a message."""
        return conversation_rows(self.model)

    def detail(self, ref: Any) -> Sequence[Row]:
        """The message."""
        message = message_of(self.model, ref) if isinstance(ref, str) else None
        return message_rows(message, self.model.open_quotes) if message else ()

    def do_fold(self) -> None:
        """Quotes whole, or folded."""
        self.model.open_quotes = not self.model.open_quotes
        self.show_detail()
