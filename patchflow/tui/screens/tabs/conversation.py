"""Conversation: the reply tree and the message, read and unread, and answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from patchflow.tui import work
from patchflow.tui.bindings import bindings
from patchflow.tui.models.conversation import conversation_rows, message_rows, row_once_read
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.tabs.base import Tab


class ConversationTab(Tab):
    """The mail."""

    NAME = "conversation"
    BINDINGS = bindings(NAME)

    def list_rows(self) -> Sequence[Row]:
        """One line a message."""
        return conversation_rows(self.model)

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The message."""
        message = self.model.messages.get(ref) if isinstance(ref, str) else None
        if message is None:
            return ()
        return message_rows(message, self.model.open_quotes, self.model.attested.get(message, ()))

    def idle(self) -> Collection[str]:
        """Without mail there is nothing to answer, and nobody gave a trailer."""
        gone = () if isinstance(self.list.ref, str) else ("fold", "reply", "fold-thread", "unfold-thread")
        return gone if self.model.messages else (*gone, "trailers")

    def show_detail(self) -> None:
        """What is shown has been read, once the tab is looked at."""
        super().show_detail()
        ref = self.list.ref
        if isinstance(ref, str) and ref in self.model.unread and self.view.current == self.NAME:
            self.model.unread.discard(ref)
            self.model.seen.add(ref)
            if self.list.row is not None:
                self.list.set_row(row_once_read(self.model, self.list.row))
            self._keep(ref)

    def _keep(self, message_id: str) -> None:
        directory = self.host.directory
        self.host.job(
            "",
            lambda job: work.reading.keep_seen(directory, [message_id]),
            lambda _: None,
            group="seen",
            quiet=True,
            lasting=True,
        )

    def action_next_unread(self) -> None:
        """To the next one that was not read."""
        refs = [row.ref for row in self.list.rows]
        at = refs.index(self.list.ref) if self.list.ref in refs else -1
        for ref in [*refs[at + 1 :], *refs[: at + 1]]:
            if ref in self.model.unread:
                self.list.move_to_ref(ref)
                return
        self.host.say("Everything here was read.")

    def link_id(self) -> str:
        """The chosen message."""
        return self.list.ref if isinstance(self.list.ref, str) else super().link_id()

    def action_fold(self) -> None:
        """Quotes whole, or folded."""
        self.model.open_quotes = not self.model.open_quotes
        self.show_detail()

    def _fold(self, on: bool) -> None:
        ref = self.list.ref
        if isinstance(ref, str):
            (self.model.folded.add if on else self.model.folded.discard)(ref)
            self.fill()

    def action_fold_thread(self) -> None:
        """The answers to this message are not shown."""
        self._fold(True)

    def action_unfold_thread(self) -> None:
        """They are shown again."""
        self._fold(False)

    def action_filter_mail(self) -> None:
        """Only messages in whose line these words stand: an author, a date, a subject."""

        def chosen(words: str) -> None:
            self.model.mail_filter = words
            self.fill()

        words = "an author, a subject, a tag (-word: without it); an empty line shows all"
        self.host.ask("show: ", words, chosen, self.model.mail_filter, empty=True)

    def action_reply(self) -> None:
        """A draft that answers this message."""
        if isinstance(ref := self.list.ref, str):
            self.view.reply_to([ref])

    def action_trailers(self) -> None:
        """What reviewers gave, into the commits."""
        self.view.apply_trailers()
