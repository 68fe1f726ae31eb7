"""A list and what it shows beside or below it, as the terminal's size allows (see the style sheet)."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from patchflow.tui.widgets.lines import Lines


class Panel(Container):
    """A list and a detail: side by side in a wide terminal, else one below the other, and in the smallest only the one
    with the focus. `single`: the detail alone. `aside`: a third part, in the widest terminals."""

    def __init__(self, id: str, single: bool = False, aside: bool = False) -> None:
        super().__init__(id=id)
        self.list = Lines(id=f"{id}-list")
        self.list.add_class("list")
        self.detail = Lines(id=f"{id}-detail", wrap=True)
        self.detail.add_class("detail")
        self.aside = Lines(id=f"{id}-aside", wrap=True) if aside else None
        if self.aside is not None:
            self.aside.add_class("aside")
        self.single = single
        self.set_class(single, "single")

    def compose(self) -> ComposeResult:
        """The parts."""
        yield self.list
        yield self.detail
        if self.aside is not None:
            yield self.aside

    def main(self) -> Lines:
        """What gets the focus first."""
        return self.detail if self.single else self.list

    def other(self) -> Lines:
        """The next part that has no focus."""
        if self.aside is not None and self.aside.display and self.screen.focused is self.detail:
            return self.aside
        return self.list if self.screen.focused in (self.detail, self.aside) and not self.single else self.detail
