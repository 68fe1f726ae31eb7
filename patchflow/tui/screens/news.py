"""What happened since the user looked last, as `watch` tells it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from textual.widget import Widget

from patchflow.tui import work
from patchflow.tui.actions import LISTS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.news import news_rows
from patchflow.tui.screens.base import TEXTUAL, View
from patchflow.tui.screens.series import SeriesScreen
from patchflow.tui.widgets.lines import Lines


class NewsScreen(View, inherit_bindings=False):
    """The page; `branches` are those of the series by their names."""

    BINDINGS = [*bindings("news-list", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, branches: Mapping[str, str]) -> None:
        super().__init__()
        self.branches = branches

    def places(self) -> tuple[str, ...]:
        """The list's keys."""
        return ("news-list", LISTS)

    def idle(self) -> Collection[str]:
        """A line that is about no series of the board opens nothing."""
        return () if self.table.ref else ("open-news",)

    def title_words(self) -> tuple[str, str]:
        """What this is."""
        return "patchflow · what is new", ""

    def next_words(self) -> str:
        """What to do here."""
        return f"{key('open-news')} opens the series; {key('close')} goes back"

    def body(self) -> Widget:
        """The list."""
        self.table = Lines(id="news", empty="reading …", wrap=True)
        return self.table

    def on_mount(self) -> None:
        """Looked at in a thread, once: what was shown as new stays so while it is looked at."""
        super().on_mount()
        self.set_focus(self.table)
        directory = self.host.directory
        self.host.job("looking", lambda job: work.reading.read_news(directory, datetime.now(UTC)), self._take,
                      group="news", quiet=True)  # fmt: skip

    def _take(self, found: tuple[list[tuple[str, str, str]], int]) -> None:
        self.table.set_rows(news_rows(*found, self.branches))
        self.refresh_bars()

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """Another line, another series."""
        self.refresh_bars()

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """A second click opens."""
        self.action_open_news()

    def action_open_news(self) -> None:
        """The series' own screen."""
        if isinstance(branch := self.table.ref, str) and branch:
            self.app.push_screen(SeriesScreen(branch))
