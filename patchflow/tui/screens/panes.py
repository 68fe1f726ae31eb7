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

    # Room

    def action_full(self) -> None:
        """The part with the focus alone over the whole screen, and back."""
        self._set_full(not self.has_class("full"))

    def _set_full(self, on: bool) -> None:
        self.set_class(on, "full")
        self.panel.lay_out()

    def share(self, step: int) -> None:
        """The list gets more or less of the room."""
        self.panel.set_share(step)

    def action_wider(self) -> None:
        """The list wider (higher, where it stands above)."""
        self.share(1)

    def action_narrower(self) -> None:
        """The list narrower."""
        self.share(-1)

    def turn_sides(self, now: bool) -> bool:
        """Whether what was is to stand beside what is, where `now` says whether it does: the detail then has the whole
        width, and where that is not enough, that is said."""
        if not now and self.app.size.width < 160:
            self.host.say("Beside each other both sides need a terminal of 160 columns.", "warning")
            return False
        self._set_full(not now)
        if not now:
            self._focus(self.panel.detail)
        return not now

    # Leaving, and the mouse

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
