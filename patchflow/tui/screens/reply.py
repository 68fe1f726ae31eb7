"""Replies: drafts, and one draft beside the mail it answers."""

from __future__ import annotations

from textual.widget import Widget

from patchflow.tui import work
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.base import View
from patchflow.tui.widgets.lines import Lines


class DraftsScreen(View):
    """The drafts there are."""

    def places(self) -> tuple[str, ...]:
        """The list's keys."""
        return ("draft-list", "lists")

    def title_words(self) -> tuple[str, str]:
        """What this is."""
        return "patchflow · drafts of replies", ""

    def body(self) -> Widget:
        """The list."""
        self.table = Lines(id="drafts", empty="No drafts.")
        return self.table

    def on_mount(self) -> None:
        """Read in a thread."""
        super().on_mount()
        self.table.focus()
        self.reread()

    def reread(self) -> None:
        """Reads the drafts anew."""
        directory = self.flow.directory
        self.flow.job("drafts", lambda job: work.drafts(directory), self._take, group="drafts", quiet=True)

    def _take(self, found: list[tuple[str, str]]) -> None:
        self.table.set_rows([Row(subject, "plain", path) for path, subject in found])
