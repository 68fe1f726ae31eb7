"""A list and what it shows beside or below it, as the terminal's size allows (see the style sheet)."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from patchflow.tui.widgets.lines import Lines


class Panel(Container):
    """A list and a detail: side by side in a wide terminal, else one below the other, and in the smallest only the one
    with the focus. `single`: the detail alone."""

    def __init__(self, id: str, single: bool = False) -> None:
        super().__init__(id=id)
        self.list = Lines(id=f"{id}-list")
        self.list.add_class("list")
        self.detail = Lines(id=f"{id}-detail", wrap=True)
        self.detail.add_class("detail")
        self.single = single
        self.set_class(single, "single")

    def compose(self) -> ComposeResult:
        """The two parts."""
        yield self.list
        yield self.detail

    def main(self) -> Lines:
        """What gets the focus first."""
        return self.detail if self.single else self.list

    def other(self) -> Lines:
        """The part that has no focus."""
        return self.list if self.screen.focused is self.detail and not self.single else self.detail
