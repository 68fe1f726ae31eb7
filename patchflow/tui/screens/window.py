"""Window: the release timeline with evidence and forecast."""

from __future__ import annotations

from datetime import datetime

from textual import events
from textual.widget import Widget

from patchflow.domain.profile import Profile
from patchflow.domain.window import Window
from patchflow.flow.window.decide import Tag
from patchflow.tui import work
from patchflow.tui.models.window import window_rows
from patchflow.tui.screens.base import View
from patchflow.tui.widgets.lines import Lines


class WindowScreen(View):
    """The window of one profile's tree."""

    def __init__(self, profile: Profile | None = None) -> None:
        super().__init__()
        self.of = profile
        self.found: tuple[Window, list[Tag], datetime] | None = None

    def title_words(self) -> tuple[str, str]:
        """What this is."""
        return "patchflow · window", ""

    def next_words(self) -> str:
        """What it means."""
        if self.found is None:
            return "reading …"
        return f"{self.found[0].tree} is {self.found[0].state}; welcome now: {', '.join(self.found[0].may_post)}"

    def body(self) -> Widget:
        """The page."""
        self.page = Lines(id="window", wrap=True)
        return self.page

    def on_mount(self) -> None:
        """Read in a thread."""
        super().on_mount()
        self.set_focus(self.page)
        self.reread()

    def reread(self) -> None:
        """Reads the tags anew."""
        directory = self.host.directory
        self.host.job("window", lambda job: work.reading.window(directory, self.of), self._take, group="window",
                      quiet=True)  # fmt: skip

    def _take(self, found: tuple[Window, list[Tag], datetime]) -> None:
        self.found = found
        self._fill()

    def _fill(self) -> None:
        if self.found is not None:
            self.page.set_rows(window_rows(*self.found, width=max(40, self.size.width - 2)))
        self.refresh_bars()

    def on_resize(self, event: events.Resize) -> None:
        """The plot follows the width."""
        super().on_resize(event)
        self._fill()
