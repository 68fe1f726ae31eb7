"""The one-line bars around every view: header, tabs, next step, keys."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from patchflow.tui.models.rows import clean, fit


class Bar(Widget):
    """One line of plain text that is cut to the width."""

    _text = Text()

    def render(self) -> Text:
        """The line."""
        return self._text

    def draw(self, text: Text) -> None:
        """Shows the text, if it is another one; the height never changes, so nothing is laid out anew."""
        if text != self._text:
            self._text = text
            self.refresh()

    def show(self, left: str, right: str = "") -> None:
        """Text at the left and at the right; the right one gives way last."""
        width = max(1, self.size.width or self.app.size.width)
        right = set_cell_size(clean(right), min(cell_len(clean(right)), max(0, width - 2)))
        gap = "  " if right else ""
        line = fit(clean(left), max(0, width - cell_len(right) - len(gap))) + gap + right
        self.draw(Text(line.rstrip(), no_wrap=True, overflow="ellipsis", end=""))


class Header(Bar):
    """Where one is, and the window."""


class Next(Bar):
    """The one next thing to do, or what runs."""


class Keys(Bar):
    """The keys that work here; as many as fit, help always. A click on one is the key."""

    class Clicked(Message):
        """A key was clicked, by its name for people."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ends: list[tuple[int, str]] = []

    def on_click(self, event: events.Click) -> None:
        """The key under the pointer."""
        for end, name in self._ends:
            if event.x < end:
                self.post_message(self.Clicked(name))
                return

    def show_keys(self, pairs: Sequence[tuple[str, str]], help: str) -> None:
        """(key, title) pairs, the most particular first; `help` is the key of the help, "" for none."""
        width = max(1, self.size.width or self.app.size.width)
        text = Text(no_wrap=True, overflow="crop", end="")
        room = width - cell_len(f" {help} help")
        self._ends = []
        for key, title in pairs:
            words = f" {key} {title} "
            if text.cell_len + cell_len(words) > room:
                break
            text.append(f" {key}", "bold")
            text.append(f" {title} ")
            self._ends.append((text.cell_len, key))
        if help:
            text.append(f" {help}", "bold")
            text.append(" help")
            self._ends.append((text.cell_len, help))
        self.draw(text)


class Tabs(Bar):
    """The tabs' names with their numbers; the chosen one in brackets."""

    class Clicked(Message):
        """A tab was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, id: str = "tabs") -> None:
        super().__init__(id=id)
        self._ends: list[int] = []

    def show_tabs(self, names: Sequence[tuple[str, str]], chosen: int) -> None:
        """(name, short note) of each tab; in a narrow terminal the names shrink."""
        width = max(1, self.app.size.width)
        for most in (20, 9, 7, 5, 4, 3, 1):
            labels = [self._label(n, name, note, most, n == chosen) for n, (name, note) in enumerate(names)]
            if sum(map(len, labels)) <= width:
                break
        text = Text(no_wrap=True, overflow="crop", end="")
        self._ends = []
        for number, label in enumerate(labels):
            text.append(label, "bold reverse" if number == chosen else "")
            self._ends.append(text.cell_len)
        self.draw(text)

    @staticmethod
    def _label(number: int, name: str, note: str, most: int, chosen: bool) -> str:
        title = name if chosen and most > 3 else name[:most]
        tail = f" {note}" if note and most > 5 else ""
        left, right = ("[", "]") if chosen else (" ", "")
        return f"{left}{(number + 1) % 10} {title}{tail}{right}"

    def on_click(self, event: events.Click) -> None:
        """Goes to the tab under the pointer."""
        for number, end in enumerate(self._ends):
            if event.x < end:
                self.post_message(self.Clicked(number))
                return
