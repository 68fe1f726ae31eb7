"""The board: every series of the clone."""

from __future__ import annotations

from textual import events
from textual.widget import Widget

from patchflow.tui.models.board import Board, window_words
from patchflow.tui.models.steps import in_keys
from patchflow.tui.screens.ask import Ask
from patchflow.tui.screens.base import View
from patchflow.tui.widgets.lines import Lines
from patchflow.tui.work import changing, reading


class BoardScreen(View):
    """The first screen."""

    def __init__(self) -> None:
        super().__init__()
        self.board = Board()
        self.filter = ""

    def places(self) -> tuple[str, ...]:
        """The board's keys, then the list's."""
        return ("board", "lists")

    def title_words(self) -> tuple[str, str]:
        """The clone, and the window with its countdown."""
        crumb = f" · only {self.filter}" if self.filter else ""
        return f"patchflow · {self.board.folder}{crumb}", window_words(self.board.window)

    def next_words(self) -> str:
        """The next step of the series under the cursor."""
        line = next((one for one in self.board.lines if one.branch == self.table.ref), None)
        if line is None:
            return "" if self.board.lines else ("reading …" if self.board.reading else "next: start a series with c")
        return f"next: {line.problem or in_keys(line.next_step)}"

    def body(self) -> Widget:
        """The table."""
        self.table = Lines(id="board")
        return self.table

    def on_mount(self) -> None:
        """Read in a thread; the empty table stands at once."""
        super().on_mount()
        self.set_focus(self.table)
        self.fill()
        self.reread()

    def reread(self) -> None:
        """Reads every series anew."""
        directory = self.flow.directory
        self.flow.job("series", lambda job: reading.read_board(directory, job.offer), self.take, group="board",
                      quiet=True, early=self.take)  # fmt: skip

    def take(self, board: Board) -> None:
        """Shows what was read."""
        self.board = board
        self.fill()
        self.refresh_bars()

    def fill(self) -> None:
        """The rows as they are now; where no series stood there before, the cursor goes to the first."""
        before = any(row.ref is not None for row in self.table.rows)
        self.table.set_rows(self.board.rows(self.filter, self.size.width or 80))
        if not before and self.table.ref is None and self.board.lines:
            self.table.move_to(1)

    def on_resize(self, event: events.Resize) -> None:
        """The columns follow the width."""
        super().on_resize(event)
        self.fill()

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """Another series: another next step."""
        self.refresh_bars()

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """A second click opens."""
        self.do_open()

    # Actions

    def do_open(self) -> None:
        """The series' own screen."""
        from patchflow.tui.screens.series import SeriesScreen

        if isinstance(self.table.ref, str):
            self.app.push_screen(SeriesScreen(self.table.ref))

    def do_filter(self) -> None:
        """Only some of them."""

        def chosen(words: str | None) -> None:
            if words is not None:
                self.filter = words.strip()
                self.fill()
                self.refresh_bars()

        self.app.push_screen(Ask("filter: ", "words that must stand in the line; -word must not", self.filter), chosen)

    def do_stop(self) -> None:
        """Stops what runs, else takes the filter away."""
        if not self.flow.stop_jobs() and self.filter:
            self.filter = ""
            self.fill()

    def do_create(self) -> None:
        """A new series."""

        def chosen(text: str | None) -> None:
            if text and text.strip():
                name, _, profile = text.strip().partition(" ")
                self._change(f"new {name}", lambda: changing.create(self.flow.directory, name, profile.strip()).branch)

        self.app.push_screen(
            Ask("name [profile]: ", "a name for the branch, then a profile if it is not yours"), chosen
        )

    def do_adopt(self) -> None:
        """An existing branch."""

        def chosen(name: str | None) -> None:
            if name is not None:
                self._change("adopt", lambda: changing.adopt(self.flow.directory, name.strip()).branch)

        self.app.push_screen(Ask("branch: ", "the branch to take over (empty: the current one)"), chosen)

    def do_switch(self) -> None:
        """The work tree goes to the series' branch."""
        if isinstance(branch := self.table.ref, str):

            def call() -> str:
                changing.switch(self.flow.directory, branch)
                return branch

            self._change(f"switch to {branch}", call)

    def _change(self, title: str, call: object) -> None:
        def done(branch: str) -> None:
            self.flow.say(f"{title}: done; u takes it back.")
            self.flow.changed()

        self.flow.job(title, lambda job: call(), done, group="change", lasting=True)  # type: ignore[operator]
