"""A list and what it shows beside or below it, as the terminal's size allows (see the style sheet)."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container

from patchflow.tui.models.rows import Row
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

    def show(self, rows: Sequence[Row]) -> None:
        """Other rows in the list."""
        self.list.set_rows(rows)

    def show_detail(self, rows: Sequence[Row], keep: bool = False) -> None:
        """Other rows in the detail."""
        self.detail.set_rows(rows, keep)

    def main(self) -> Lines:
        """What gets the focus first."""
        return self.detail if self.single else self.list

    def other(self) -> Lines:
        """The part that has no focus."""
        return self.list if self.screen.focused is self.detail and not self.single else self.detail
