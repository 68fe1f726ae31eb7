"""Cover: the cover letter as it will be mailed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patchflow.tui.models.cover import cover_rows
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.tabs.base import Tab


class CoverTab(Tab):
    """The cover letter."""

    name = "cover"
    single = True

    def detail(self, ref: Any) -> Sequence[Row]:
        """The letter."""
        return cover_rows(self.model)

    def show_detail(self) -> None:
        """Always the same letter, so its place is kept."""
        self.panel.show_detail(self.detail(None), True)

    def do_edit_cover(self) -> None:
        """The letter in the editor."""
        self.screen.edit_cover()
