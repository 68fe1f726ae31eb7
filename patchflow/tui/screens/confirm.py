"""The page that asks before something leaves or is rewritten."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Sequence

from textual import events
from textual.binding import Binding
from textual.containers import Container, Horizontal
from textual.widget import Widget
from textual.widgets import Static

from patchflow.tui.actions import LISTS, key, keys
from patchflow.tui.bindings import bindings
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.base import TEXTUAL, View
from patchflow.tui.widgets.lines import Lines

# Seconds a page must have been seen before the key that says yes counts: nobody confirms by typing ahead.
SETTLE = 0.35
TAB = Binding("tab", "app.focus_next", show=False)


class Choice(Static, can_focus=True):
    """A word that can be chosen."""


class Confirm(View, inherit_bindings=False):
    """Shows what is about to happen; only the key of `answer` does it (`confirm`, or `confirm-send` for a mail)."""

    AUTO_FOCUS = "#cancel"
    BINDINGS = [*bindings("confirm", LISTS), *TEXTUAL, TAB]  # noqa: RUF012 - as Textual declares it
    everywhere = False  # an undo or another view from here would not be what the page shows any more

    def __init__(
        self, title: str, rows: Sequence[Row], answer: str, verb: str, unfolded: Sequence[Row] | None = None
    ) -> None:
        """`unfolded` is the page with the reasons, which a key shows in place of `rows`."""
        super().__init__()
        self.question = title
        self.unfolded = unfolded
        self.rows = list(rows)
        self.answer = answer
        self.verb = verb
        self.since = math.inf

    def places(self) -> tuple[str, ...]:
        """Keys that move, and those that leave."""
        return ("confirm", "lists")

    def idle(self) -> Collection[str]:
        """Not every page has reasons to show."""
        return () if self.unfolded else ("reasons",)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the one answer."""
        if action.startswith("confirm"):
            return action.replace("_", "-") == self.answer
        return action != "reasons" or self.unfolded is not None

    def footer(self) -> list[tuple[str, str]]:
        """The key that does it, first."""
        return [(key(self.answer), self.verb), *super().footer()]

    def title_words(self) -> tuple[str, str]:
        """The question."""
        return self.question, ""

    def next_words(self) -> str:
        """What the key does."""
        return f"{key(self.answer)} {self.verb}.  {keys('cancel')}: cancel, nothing happens."

    def body(self) -> Widget:
        """The page, and the two choices with the focus on Cancel."""
        self.page = Lines(id="page", wrap=True)
        self.page.always = True
        cancel = Choice("[ Cancel ]", id="cancel", markup=False)
        yes = Choice(f"{key(self.answer)}: {self.verb}", id="yes", markup=False)
        return Container(self.page, Horizontal(cancel, yes, id="buttons"))

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

    def action_confirm(self) -> None:
        """What the page shows; what was typed before the page stood there does not count."""
        if self.host.typed - self.since >= SETTLE:
            self.dismiss(True)

    def action_confirm_send(self) -> None:
        """The same, for what leaves the machine."""
        self.action_confirm()

    def on_click(self, event: events.Click) -> None:
        """A click on a choice takes it."""
        if isinstance(event.widget, Choice):
            self.dismiss(event.widget.id == "yes" and event.time - self.since >= SETTLE)

    def action_reasons(self) -> None:
        """The page with the reasons, and back."""
        if self.unfolded is not None:
            self.rows, self.unfolded = list(self.unfolded), self.rows
            self.page.set_rows(self.rows)

    def action_cancel(self) -> None:
        """Nothing happens."""
        self.dismiss(False)


class Choose(Confirm, inherit_bindings=False):
    """A page that asks, whose lines are ticked one by one; `make` gives its rows for what is ticked (their refs)."""

    BINDINGS = [*bindings("tick", "confirm", LISTS), *TEXTUAL, TAB]  # noqa: RUF012 - as Textual declares it

    def __init__(
        self,
        title: str,
        make: Callable[[Collection[int]], Sequence[Row]],
        ticked: Collection[int],
        answer: str,
        verb: str,
    ) -> None:
        super().__init__(title, make(ticked), answer, verb)
        self.make = make
        self.ticked = set(ticked)

    def places(self) -> tuple[str, ...]:
        """The key that ticks, too."""
        return ("tick", *super().places())

    def action_tick(self) -> None:
        """The line under the cursor."""
        if isinstance(self.page.ref, int):
            self.ticked ^= {self.page.ref}
            self.page.set_rows(list(self.make(self.ticked)))
