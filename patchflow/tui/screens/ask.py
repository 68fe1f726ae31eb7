"""One line asked of the user, and the page that asks before something leaves or is rewritten."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from patchflow.tui.actions import key_of
from patchflow.tui.models.rows import Row, clean
from patchflow.tui.screens.base import View
from patchflow.tui.widgets.lines import Lines

# Seconds a page must have been seen before the key that says yes counts: nobody confirms by typing ahead.
SETTLE = 0.35


class Ask(ModalScreen[str | None]):
    """Asks for one line: Enter takes it, Escape leaves everything as it is."""

    def __init__(self, mark: str, words: str, value: str = "") -> None:
        super().__init__()
        self.mark = mark
        self.words = words
        self.value = value

    def compose(self) -> ComposeResult:
        """The question and the line."""
        self.line = Input(self.value, placeholder=self.mark, id="line")
        with Container(id="box"):
            if self.words:
                yield Static(Text(clean(self.words)), id="asked")
            yield self.line

    def on_mount(self) -> None:
        """The line gets the keys."""
        self.set_focus(self.line)

    def on_key(self, event: events.Key) -> None:
        """What the line itself does not take: done at once, because more may have been typed already."""
        if event.key in ("enter", "escape"):
            event.stop()
            self.dismiss(self.line.value if event.key == "enter" else None)


class Choice(Static, can_focus=True):
    """A word that can be chosen."""


class Confirm(View):
    """Shows what is about to happen; only the key named does it, Enter and Escape cancel."""

    AUTO_FOCUS = "#cancel"

    def __init__(self, title: str, rows: Sequence[Row], key: str, verb: str) -> None:
        super().__init__()
        self.question = title
        self.rows = list(rows)
        self.yes = key
        self.verb = verb
        self.since = math.inf

    def places(self) -> tuple[str, ...]:
        """Keys that move, and those that leave."""
        return ("confirm", "lists")

    def all_places(self) -> tuple[str, ...]:
        """Nothing else: an undo or another view from here would not be what the page shows any more."""
        return self.places()

    def footer(self) -> list[tuple[str, str]]:
        """The key that does it, first."""
        return [(self.yes, self.verb), *super().footer()]

    def title_words(self) -> tuple[str, str]:
        """The question."""
        return self.question, ""

    def next_words(self) -> str:
        """What the key does."""
        return f"{self.yes} {self.verb}.  Enter, Esc or q: cancel, nothing happens."

    def body(self) -> Widget:
        """The page, and the two choices with the focus on Cancel."""
        self.page = Lines(id="page", wrap=True)
        self.page.always = True
        return Container(
            self.page, Horizontal(Choice("[ Cancel ]", id="cancel", markup=False), Choice(f"{self.yes}: {self.verb}",
            id="yes", markup=False), id="buttons"),
        )  # fmt: skip

    def on_mount(self) -> None:
        """The page is filled, Cancel has the focus."""
        super().on_mount()
        self.page.set_rows(self.rows)
        self.set_focus(self.query_one("#cancel", Choice))
        self.call_after_refresh(self._seen)

    def _seen(self) -> None:
        self.since = time.monotonic()

    def lines(self) -> Lines | None:
        """Moving moves the page."""
        return self.page

    def on_key(self, event: events.Key) -> None:
        """The one key that says yes; what was typed before the page stood there does not count."""
        if key_of(event.key, event.character) == self.yes:
            event.stop()
            event.prevent_default()
            if event.time - self.since >= SETTLE:
                self.dismiss(True)
            return
        super().on_key(event)

    def on_click(self, event: events.Click) -> None:
        """A click on a choice takes it."""
        if isinstance(event.widget, Choice):
            self.dismiss(event.widget.id == "yes" and event.time - self.since >= SETTLE)

    def do_cancel(self) -> None:
        """Nothing happens."""
        self.dismiss(False)

    def do_close(self) -> None:
        """The same."""
        self.dismiss(False)

    def do_stop(self) -> None:
        """The same."""
        self.dismiss(False)


class Choose(Confirm):
    """A page that asks, whose lines are ticked one by one; `make` gives its rows for what is ticked (their refs)."""

    def __init__(
        self, title: str, make: Callable[[Collection[int]], Sequence[Row]], ticked: Collection[int], key: str, verb: str
    ) -> None:
        super().__init__(title, make(ticked), key, verb)
        self.make = make
        self.ticked = set(ticked)

    def places(self) -> tuple[str, ...]:
        """The key that ticks, too."""
        return ("tick", *super().places())

    def do_tick(self) -> None:
        """The line under the cursor."""
        if isinstance(self.page.ref, int):
            self.ticked ^= {self.page.ref}
            self.page.set_rows(list(self.make(self.ticked)))
