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
        self.share = 0  # of ten parts, what the list gets; 0: as the style sheet says
        self.set_class(single, "single")

    def compose(self) -> ComposeResult:
        """The parts."""
        yield self.list
        yield self.detail
        if self.aside is not None:
            yield self.aside

    def set_share(self, step: int) -> None:
        """The list gets more or less of the room."""
        self.share = max(1, min((self.share or 4) + step, 9))
        self.lay_out()

    def on_resize(self) -> None:
        """The parts may stand beside each other now, or below."""
        self.lay_out()

    def lay_out(self) -> None:
        """The room each part has, where the style sheet does not say it alone."""
        if not self.share or self.single:
            return
        along = "height" if self.screen.has_class("narrow") else "width"
        parts = [(self.list, self.share), (self.detail, 10 - self.share)]
        parts += [(self.aside, 4)] if self.aside is not None else []
        for part, share in parts:
            part.styles.clear_rule("width")
            part.styles.clear_rule("height")
            if not self.screen.has_class("tiny") and not self.screen.has_class("full"):
                setattr(part.styles, along, f"{share}fr")

    def main(self) -> Lines:
        """What gets the focus first."""
        return self.detail if self.single else self.list

    def other(self) -> Lines:
        """The next part that has no focus."""
        if self.aside is not None and self.aside.display and self.screen.focused is self.detail:
            return self.aside
        return self.list if self.screen.focused in (self.detail, self.aside) and not self.single else self.detail
