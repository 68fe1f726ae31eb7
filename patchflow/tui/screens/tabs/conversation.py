"""Conversation: the reply tree and the message, read and unread, and answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from patchflow.tui.models.conversation import conversation_rows, message_rows, row_once_read
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.tabs.base import Tab
from patchflow.tui.work import reading


class ConversationTab(Tab):
    """The mail."""

    name = "conversation"

    def rows(self) -> Sequence[Row]:
        """One line a message."""
        return conversation_rows(self.model)

    def detail(self, ref: Any) -> Sequence[Row]:
        """The message."""
        message = self.model.messages.get(ref) if isinstance(ref, str) else None
        return message_rows(message, self.model.open_quotes) if message else ()

    def idle(self) -> Collection[str]:
        """Without mail there is nothing to answer, and nobody gave a trailer."""
        gone = () if isinstance(self.panel.list.ref, str) else ("fold", "reply")
        return gone if self.model.messages else (*gone, "trailers")

    def show_detail(self) -> None:
        """What is shown has been read, once the tab is looked at."""
        super().show_detail()
        ref = self.panel.list.ref
        if isinstance(ref, str) and ref in self.model.unread and self.screen.tab is self:
            self.model.unread.discard(ref)
            self.model.seen.add(ref)
            if self.panel.list.row is not None:
                self.panel.list.set_row(row_once_read(self.model, self.panel.list.row))
            self._keep(ref)

    def _keep(self, message_id: str) -> None:
        directory, change_id = self.flow.directory, self.model.series.change_id
        self.flow.job("", lambda job: reading.keep_seen(directory, change_id, message_id), lambda _: None, group="seen",
                      quiet=True, lasting=True)  # fmt: skip

    def do_next_unread(self) -> None:
        """To the next one that was not read."""
        refs = [row.ref for row in self.panel.list.rows]
        at = refs.index(self.panel.list.ref) if self.panel.list.ref in refs else -1
        for ref in [*refs[at + 1 :], *refs[: at + 1]]:
            if ref in self.model.unread:
                self.panel.list.move_to_ref(ref)
                return
        self.flow.say("Everything here was read.")

    def do_fold(self) -> None:
        """Quotes whole, or folded."""
        self.model.open_quotes = not self.model.open_quotes
        self.show_detail()

    def do_reply(self) -> None:
        """A draft that answers this message."""
        if isinstance(ref := self.panel.list.ref, str):
            self.screen.reply_to([ref])

    def do_trailers(self) -> None:
        """What reviewers gave, into the commits."""
        self.screen.apply_trailers()
