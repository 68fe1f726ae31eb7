"""What every view with a list and a detail shares: going between the two, and the room they have."""

from __future__ import annotations

from patchflow.tui.screens.base import View
from patchflow.tui.widgets.lines import Lines
from patchflow.tui.widgets.panel import Panel


class Panes(View, inherit_bindings=False):
    """A view whose body is a `panel`, or has one in front."""

    panel: Panel

    def action_other_pane(self) -> None:
        """To the next part."""
        self._focus(self.panel.other())

    def action_into(self) -> None:
        """Into the detail."""
        self._focus(self.panel.detail)

    def action_back(self) -> None:
        """Back to the list."""
        self._focus(self.panel.main())

    def _focus(self, part: Lines) -> None:
        self.set_focus(part)
        self.refresh_keys()

    def escape(self) -> None:
        """Back to the list, else out."""
        if isinstance(self.focused, Lines) and self.focused is not self.panel.main():
            self.action_back()
        else:
            super().escape()

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """A second click on the list goes into the detail."""
        if message.lines is self.panel.list:
            self.action_into()
