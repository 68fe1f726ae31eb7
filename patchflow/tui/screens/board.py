"""The board: every series of the clone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events
from textual.widget import Widget

from patchflow.flow.series.prepare import StackedError, UnfetchedError
from patchflow.tui import screens, work
from patchflow.tui.actions import ACTIONS, BOARD, LISTS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.first_frame import last_seen, remember
from patchflow.tui.jobs import Job
from patchflow.tui.models.board import Board, window_words
from patchflow.tui.models.rows import clean
from patchflow.tui.models.steps import in_keys
from patchflow.tui.screens.base import TEXTUAL, View
from patchflow.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from patchflow.tui.jobs import Job


_ABOUT_ROWS = {"open", "switch", "link", *(one.id for one in ACTIONS if LISTS in one.places)}


class BoardScreen(View, inherit_bindings=False):
    """The first screen."""

    BINDINGS = [*bindings(BOARD, LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, board: Board | None = None) -> None:
        """`board`: as far as it was read already."""
        super().__init__()
        self._first = board
        self.board = Board()
        self.filter = ""
        self._seen: tuple[str, ...] = ()  # the rows as they were when the board was last seen
        self._ahead: list[events.Key] = []

    def places(self) -> tuple[str, ...]:
        """The board's keys, then the list's."""
        return (BOARD, LISTS)

    def idle(self) -> Collection[str]:
        """No series, nothing to open."""
        return () if self.table.ref else ("open", "link") if self.board.lines else ("open", "link", "filter")

    def title_words(self) -> tuple[str, str]:
        """The clone, and the window with its countdown."""
        crumb = f" · only {self.filter}" if self.filter else ""
        new = f" · {self.board.news} new ({key('news')})" if self.board.news else ""
        return f"patchflow · {self.board.folder}{crumb}{new}", window_words(self.board.window)

    def next_words(self) -> str:
        """The next step of the series under the cursor."""
        line = next((one for one in self.board.lines if one.branch == self.table.ref), None)
        if line is None and self.board.lines:
            return f"{key('down')} goes to a series"
        if self.board.reading or (line and line.reading):
            return "reading …"
        if line is None:
            first = f"{key('prompt')}setup asks who you are"
            return f"next: {first}" if self.board.stranger else f"next: start a series with {key('create')}"
        return f"next: {line.problem or in_keys(line.told)}"

    def body(self) -> Widget:
        """The table."""
        self.table = Lines(id="board")
        return self.table

    def on_mount(self) -> None:
        """Read in a thread once the empty table stands there: what reads git would hold the first frame up."""
        super().on_mount()
        self.set_focus(self.table)
        # Before anything is read, for that is then kept as seen.
        self._seen = tuple(line[2:].split(" ")[0] for line in last_seen(self.host.directory)[1:])
        if self._first:
            self.take(self._first)
        else:
            self.fill()
        self.call_after_refresh(self.reread)

    def reread(self) -> None:
        """Reads every series anew."""
        host, width = self.host, self.size.width or 80

        def read(job: Job) -> Board:
            board = host.read_board(job.offer)
            # In commands, not in keys: these may be other ones by the next start.
            rows = board.rows("", width, lambda step: step.words)
            remember(host.directory, [f"patchflow · {board.folder}", *(clean(row.text) for row in rows)])
            return board

        def done(board: Board) -> None:
            self.take(board)
            host.load_screens()

        host.job("series", read, done, group="board", quiet=True, early=self.take)

    def take(self, board: Board) -> None:
        """Shows what was read."""
        self.board = board.after(self.board, () if self.board.lines else self._seen)
        self.fill()
        self.refresh_bars()
        ahead, self._ahead = self._ahead, []
        self.host.give_now(ahead)

    def on_screen_resume(self) -> None:
        """Coming back is when rows may move: the most urgent series stand first."""
        super().on_screen_resume()
        first, self._first = self._first, None
        if self.board.lines and first is None:
            self.board = replace(self.board, order=())
            self.fill()

    def fill(self) -> None:
        """The rows as they are now; where no series stood there before, the cursor goes to the first."""
        before = any(row.ref is not None for row in self.table.rows)
        self.table.set_rows(self.board.rows(self.filter, self.size.width or self.app.size.width))
        if not before and self.table.ref is None and self.board.lines:
            self.table.move_to(2 if self.board.underway else 1)

    def on_resize(self, event: events.Resize) -> None:
        """The columns follow the width."""
        super().on_resize(event)
        self.fill()

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """Another series: another next step."""
        self.refresh_bars()

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """A second click opens."""
        self.action_open()

    def holds(self, event: events.Key, action: str | None) -> bool:
        """What is typed at the frame that stood there first, about rows that are still being read, waits for them."""
        if not self.board.reading or self.board.lines or action in ("close", "stop", "quit"):
            return False
        if self._ahead or action in _ABOUT_ROWS:
            self._ahead.append(events.Key(event.key, event.character))
            return True
        return False

    # Actions

    def action_open(self) -> None:
        """The series' own screen."""
        if isinstance(self.table.ref, str):
            self.app.push_screen(screens.series.SeriesScreen(self.table.ref))

    def action_link(self) -> None:
        """The last revision of the series, in the list's archive."""
        if isinstance(branch := self.table.ref, str):
            directory = self.host.directory
            self.host.job("", lambda job: work.reading.link_of(directory, branch), self.host.open_link, group="link",
                          quiet=True)  # fmt: skip

    def action_news(self) -> None:
        """What happened since the last look."""
        self.board = replace(self.board, news=0)
        self.app.push_screen(screens.news.NewsScreen({line.name: line.branch for line in self.board.lines}))

    def action_reviews(self) -> None:
        """Other people's series."""
        self.app.push_screen(screens.reviews.ReviewsScreen())

    def action_mail(self) -> None:
        """The mail taken in."""
        self.app.push_screen(screens.mail.MailScreen())

    def action_filter(self) -> None:
        """Only some of them."""

        directory, kept = self.host.directory, self.board.filters
        lines = [f"{name} = {words}" for name, words in kept.items()]

        def chosen(text: str) -> None:
            name, is_named, words = (part.strip() for part in text.partition("="))
            if is_named and kept.get(name.lower(), "") != words:
                self.host.job("", lambda job: work.changing.keep_filter(directory, name, words),
                              lambda _: self.reread(), group="change", lasting=True)  # fmt: skip
            self.filter = words if is_named else kept.get(name.lower(), name)
            self.fill()
            self.refresh_bars()

        words = "words that must stand in the line; -word must not; NAME = WORDS keeps them by a name"
        offers = (lambda text: [one for one in lines if one.startswith(text)]) if lines else None
        self.host.ask("filter: ", words, chosen, self.filter, empty=True, offers=offers)

    def escape(self) -> None:
        """Takes the filter away."""
        if self.filter:
            self.filter = ""
            self.fill()

    def action_create(self) -> None:
        """A new series."""

        def chosen(text: str) -> None:
            name, _, profile = text.partition(" ")
            self._create(name, profile.strip(), "")

        self.host.ask("name [profile]: ", "a name for the branch, then a profile if it is not yours", chosen)

    def _create(self, name: str, profile: str, base: str, answered: bool = False) -> None:
        """Starts a series; where it would stand on the one that is checked out, or no remote has its tree, the base is
        asked for."""

        def created(job: Job) -> str | StackedError | UnfetchedError:
            try:
                return work.changing.create(self.host.directory, name, profile, base, answered).branch
            except (StackedError, UnfetchedError) as error:
                return error

        def done(made: str | StackedError | UnfetchedError) -> None:
            if not isinstance(made, str):
                unfetched = isinstance(made, UnfetchedError)
                if isinstance(made, StackedError):
                    words = f"{made.message} Its base: {made.below} (the same), or {made.branch} (on top of it)?"
                else:
                    self.host.say(f"{made.advice}.")
                    words = f"No fetched remote has {made.tree.name}. Its base: a remote, branch, tag or commit?"
                usual = made.below if isinstance(made, StackedError) else "HEAD"
                again = answered or unfetched
                self.host.ask("base: ", words, lambda text: self._create(name, profile, text, again), usual,
                              always=True)  # fmt: skip
                return
            self.host.say(f"new {name}: done; {key('undo')} takes it back.")
            self.host.reread_views()

        self.host.job(f"new {name}", created, done, group="change", lasting=True)

    def action_adopt(self) -> None:
        """An existing branch."""

        def chosen(name: str) -> None:
            self._change("adopt", lambda: work.changing.adopt(self.host.directory, name).branch)

        self.host.ask("branch: ", "the branch to take over (empty: the current one)", chosen, empty=True, always=True)

    def action_sync(self) -> None:
        """A command about a private remote, begun."""
        words = "push REMOTE takes this clone's state there, pull REMOTE merges what another machine pushed"
        self.host.ask("sync: ", words, lambda text: screens.output.run_line(self, f"sync {text}"))

    def action_switch(self) -> None:
        """The work tree goes to the series' branch."""
        if isinstance(branch := self.table.ref, str):

            def call() -> str:
                work.changing.switch(self.host.directory, branch)
                return branch

            self._change(f"switch to {branch}", call)

    def _change(self, title: str, call: Callable[[], str]) -> None:
        def done(branch: str) -> None:
            self.host.say(f"{title}: done; {key('undo')} takes it back.")
            self.host.reread_views()

        self.host.job(title, lambda job: call(), done, group="change", lasting=True)
