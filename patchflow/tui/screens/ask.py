"""One line asked of the user."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from patchflow.tui.bindings import bindings
from patchflow.tui.models.rows import clean


class Line(Input):
    """A line that is taken at once, because more may have been typed already."""

    BINDINGS = bindings("line")

    async def action_submit(self) -> None:
        """Textual's own Enter: as ours."""
        self.action_take_line()

    def action_take_line(self) -> None:
        """The line is the answer."""
        self.screen.dismiss(self.value)

    def action_leave_line(self) -> None:
        """No answer: nothing happens."""
        self.screen.dismiss(None)


class Ask(ModalScreen[str | None]):
    """Asks for one line; None where it is left."""

    def __init__(self, mark: str, words: str, value: str = "") -> None:
        super().__init__()
        self.mark = mark
        self.words = words
        self.value = value

    def compose(self) -> ComposeResult:
        """The question and the line."""
        self.line = Line(self.value, placeholder=self.mark, id="line")
        with Container(id="box"):
            if self.words:
                yield Static(Text(clean(self.words)), id="asked")
            yield self.line

    def on_mount(self) -> None:
        """The line gets the keys."""
        self.set_focus(self.line)
