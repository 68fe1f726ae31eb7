"""The list of other people's series that are reviewed here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget

from patchflow.tui import work
from patchflow.tui.actions import LISTS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.review import review_rows
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.base import TEXTUAL, View
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.review import ReviewScreen
from patchflow.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from patchflow.domain.review_draft import ReviewDraft
    from patchflow.flow.reviewing.reviews import Review


class SeveralScreen(View, inherit_bindings=False):
    """The series that stand in what was named, to choose one."""

    BINDINGS = [*bindings("several", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, word: str, found: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.word, self.rows = word, [Row(words, "plain", id) for id, words in found]

    def places(self) -> tuple[str, ...]:
        """The list's keys."""
        return ("several", LISTS)

    def title_words(self) -> tuple[str, str]:
        """Where they stand."""
        return f"patchflow · series in {self.word}", ""

    def next_words(self) -> str:
        """What to do."""
        return f"{key('take-series')} takes this series in; {key('close')} goes back"

    def body(self) -> Widget:
        """The list."""
        self.table = Lines(id="several")
        return self.table

    def on_mount(self) -> None:
        """Filled and focused."""
        super().on_mount()
        self.table.set_rows(self.rows)
        self.set_focus(self.table)

    def action_take_series(self) -> None:
        """This one."""
        if isinstance(self.table.ref, str):
            self.dismiss(self.table.ref)

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """A second click takes it."""
        self.action_take_series()


class ReviewsScreen(View, inherit_bindings=False):
    """The reviews there are; a series that is named is taken in at once."""

    BINDINGS = [*bindings("review-list", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, word: str = "") -> None:
        super().__init__()
        self.word = word

    def places(self) -> tuple[str, ...]:
        """The list's keys."""
        return ("review-list", LISTS)

    def idle(self) -> Collection[str]:
        """Without a review nothing to open."""
        return () if self.table.ref else ("open-review", "remove-review")

    def title_words(self) -> tuple[str, str]:
        """What this is."""
        return "patchflow · reviews of other people's series", ""

    def next_words(self) -> str:
        """How they come about."""
        return f"{key('take-in')} takes a series in; {key('close')} goes back"

    def body(self) -> Widget:
        """The list."""
        self.table = Lines(id="reviews", empty="No series is reviewed here.")
        return self.table

    def on_mount(self) -> None:
        """Read in a thread."""
        super().on_mount()
        self.set_focus(self.table)
        self.reread()
        if self.word:
            self.take_in(self.word)

    def reread(self) -> None:
        """Reads the reviews anew."""
        directory = self.host.directory
        self.host.job("reviews", lambda job: work.reviewing.every(directory), self._take, group="reviews", quiet=True)

    def _take(self, found: list[tuple[Review, ReviewDraft]]) -> None:
        self.table.set_rows(review_rows(found))
        self.refresh_bars()

    def action_open_review(self) -> None:
        """The review's own screen."""
        if isinstance(self.table.ref, str):
            self.app.push_screen(ReviewScreen(self.table.ref))
        else:
            self.host.say(f"Nothing is reviewed here; {key('take-in')} takes a series in.", "warning")

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """A second click opens."""
        self.action_open_review()

    def action_take_in(self) -> None:
        """A series out of a mail file, the mail taken in, or an archive; then its screen."""

        words = "a mail file or Maildir, a Message-ID, a URL of lore, or a list of the mail taken in"
        self.host.ask("series: ", words, self.take_in)

    def take_in(self, word: str, series: str = "") -> None:
        """Takes a series in; where several are there, they are shown to choose from."""
        directory = self.host.directory

        def taken(found: str | list[tuple[str, str]]) -> None:
            self.host.reread_views()
            if self.app.screen is not self:
                return
            if isinstance(found, str):
                self.app.push_screen(ReviewScreen(found))
            else:
                self.app.push_screen(SeveralScreen(word, found), chosen)

        def chosen(id: str | None) -> None:
            if id:
                self.take_in(word, id)

        self.host.job(f"reading {word}", lambda job: work.reviewing.take_in(directory, word, series, job), taken,
                      group="take-in")  # fmt: skip

    def action_remove_review(self) -> None:
        """After a page; refused where something would be lost."""
        if not isinstance(name := self.table.ref, str):
            return
        directory = self.host.directory

        def done(words: str) -> None:
            self.host.say(words)
            self.host.reread_views()

        def chosen(yes: bool | None) -> None:
            if yes:
                self.host.job(f"removing {name}", lambda job: work.reviewing.remove(directory, name), done,
                              group="change", lasting=True)  # fmt: skip

        rows = [Row(name, "strong"), Row("Its mails, its work tree, and what was sent of it are no longer kept here.")]
        self.app.push_screen(Confirm("Remove this review?", rows, "confirm", "remove"), chosen)
