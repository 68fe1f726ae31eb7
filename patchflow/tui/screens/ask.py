"""One line asked of the user."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from patchflow.tui.bindings import bindings
from patchflow.tui.models.rows import clean

Offers = Callable[[str], Sequence[str]]  # what is typed -> whole lines that it may become
_SHOWN = 5  # of the lines that fit


class Line(Input):
    """A line that is taken at once, because more may have been typed already.

    `offers` completes it; `earlier` are the lines that were given to the same question, the oldest first.
    """

    BINDINGS = bindings("line")

    def __init__(self, value: str, mark: str, offers: Offers | None, earlier: Sequence[str]) -> None:
        super().__init__(value, placeholder=mark, id="line")
        self.cursor_blink = False  # which would draw twice a second, over ssh too
        self.offers = offers
        self.lines = [*earlier, value]
        self.at = len(earlier)
        self._fitting: list[str] = []
        self._taken = 0

    async def action_submit(self) -> None:
        """Textual's own Enter: as ours."""
        self.action_take_line()

    def action_take_line(self) -> None:
        """The line is the answer."""
        self.screen.dismiss(self.value)

    def action_leave_line(self) -> None:
        """No answer: nothing happens."""
        self.screen.dismiss(None)

    def action_complete(self) -> None:
        """The next line that fits what was typed; after the last one the first again."""
        if self.offers is None:
            return
        if not self._fitting or self.value != self._fitting[self._taken]:
            self._fitting, self._taken = list(self.offers(self.value)), -1
        if self._fitting:
            self._taken = (self._taken + 1) % len(self._fitting)
            self._show(self._fitting[self._taken])

    def fitting(self) -> list[str]:
        """The lines that fit, the next to be taken first."""
        if self._fitting and self.value == self._fitting[self._taken]:
            return [*self._fitting[self._taken + 1 :], *self._fitting[: self._taken]]
        return list(self.offers(self.value)) if self.offers and self.value else []

    def action_earlier_line(self) -> None:
        """The line before."""
        self._go(-1)

    def action_later_line(self) -> None:
        """The line after; at the end what was typed."""
        self._go(1)

    def _go(self, step: int) -> None:
        if 0 <= self.at + step < len(self.lines):
            self.lines[self.at] = self.value
            self.at += step
            self._show(self.lines[self.at])

    def _show(self, text: str) -> None:
        self.value = text
        self.cursor_position = len(text)


class Ask(ModalScreen[str | None]):
    """Asks for one line; None where it is left."""

    def __init__(
        self,
        mark: str,
        words: str,
        value: str = "",
        offers: Offers | None = None,
        earlier: Sequence[str] = (),
        trouble: str = "",
    ) -> None:
        """`trouble` says why it is asked once more."""
        super().__init__()
        self.words = words
        self.trouble = trouble
        self.line = Line(value, mark, offers, earlier)

    def compose(self) -> ComposeResult:
        """The question, what fits, and the line."""
        with Container(id="box"):
            if self.trouble:
                yield Static(Text(clean(self.trouble)), id="trouble")
            if self.words:
                yield Static(Text(clean(self.words)), id="asked")
            if self.line.offers:
                yield Static(id="offers")
            yield self.line

    def on_mount(self) -> None:
        """The line gets the keys."""
        self.set_focus(self.line)

    def on_input_changed(self) -> None:
        """What fits follows what is typed."""
        if self.line.offers:
            lines = [clean(one) for one in self.line.fitting()]
            more = f"… and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
            shown = "\n".join(filter(None, [*lines[:_SHOWN], more]))
            self.query_one("#offers", Static).update(Text(shown, no_wrap=True, overflow="ellipsis"))
