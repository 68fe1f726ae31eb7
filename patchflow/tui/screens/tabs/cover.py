"""Cover: the cover letter as it will be mailed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patchflow.tui.bindings import bindings
from patchflow.tui.models.cover import cover_rows
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.tabs.base import Tab


class CoverTab(Tab):
    """The cover letter."""

    NAME = "cover"
    BINDINGS = bindings(NAME)
    SINGLE = True

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The letter."""
        return cover_rows(self.model)

    def show_detail(self) -> None:
        """Always the same letter, so its place is kept."""
        self.detail.set_rows(self.detail_rows(None), True)

    def action_edit_cover(self) -> None:
        """The letter in the editor."""
        self.view.edit_cover()
