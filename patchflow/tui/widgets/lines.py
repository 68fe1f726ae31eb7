"""A list or text of any length with a cursor: only the lines on screen are ever rendered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from patchflow.tui.models.rows import CODE_AT, KINDS, Row, clean, find, halves, wrap
from patchflow.tui.models.syntax import TOKENS, coloured

# The styles of lines. The screen holds them for all that stand on it: a widget's own are matched anew with every focus.
_OVER = ("cursor", "faint-cursor", "found", "changed", "added", "removed", *TOKENS)
STYLES = {f"lines--{kind}" for kind in (*KINDS, *_OVER)}
_TINT = {"add": "added", "del": "removed"}


def _layered(text: str, style: Style, layers: list[tuple[int, int, Style]]) -> list[Segment]:
    """The text in segments; a later layer lies above an earlier one."""
    if not layers:
        return [Segment(text, style)]
    cuts = sorted({0, len(text), *(at for a, b, _ in layers for at in (a, b) if at < len(text))})
    made: list[Segment] = []
    for start, end in pairwise(cuts):
        on = style
        for a, b, one in layers:
            if a <= start < b:
                on += one
        made.append(Segment(text[start:end], on))
    return made


class Lines(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows rows; long ones are wrapped where `wrap`, else cut at the edge. The cursor's line begins with `>`,
    those selected with `|`.

    A text shows its cursor while it has the focus, or `always`; a list always does.
    """

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, lines: Lines) -> None:
            super().__init__()
            self.lines = lines

    class Chosen(Message):
        """A row was clicked while the cursor stood on it already."""

        def __init__(self, lines: Lines) -> None:
            super().__init__()
            self.lines = lines

    def __init__(self, *, id: str | None = None, wrap: bool = False, empty: str = "") -> None:
        super().__init__(id=id)
        self.wrap = wrap
        self.empty = empty
        self.rows: list[Row] = []
        self.cursor = 0
        self.begun: int | None = None  # the row where a selection begins
        self.words = ""
        self.always = False
        self._lines: list[str] = []
        self._row_of: list[int] = []
        self._strips: dict[tuple[int, int, bool, bool, bool], Strip] = {}
        self._styles: dict[str, Style] = {}
        self._width = 0
        self._size_seen = Size(0, 0)
        self._folds: dict[tuple[int, int], tuple[list[Row], list[str], list[int]]] = {}

    # What is shown

    def set_rows(self, rows: Sequence[Row], keep: bool = True) -> None:
        """Shows other rows; with `keep` the cursor stays on the row that stands for the same thing."""
        before = self.row
        place = self.cursor
        if keep and rows is self.rows and self.container_size == self._size_seen:
            return
        self.rows = (rows if isinstance(rows, list) else list(rows)) or ([Row(self.empty, "dim")] if self.empty else [])
        self._fold()
        self.begun = None
        self.cursor = self._same_place(before, place) if keep else 0
        if not keep:
            self.scroll_to(0, 0, animate=False, force=True)
        self._show_cursor()
        self.refresh()

    def set_row(self, row: Row) -> None:
        """Shows another row for the same thing, in a list (a row of which is one line)."""
        line = next(n for n, one in enumerate(self.rows) if one.ref == row.ref)
        self.rows[line], self._lines[line] = row, clean(row.text)
        for key in [key for key in self._strips if key[1] == line]:
            del self._strips[key]
        self.refresh_line(line)

    def _same_place(self, before: Row | None, place: int) -> int:
        last = max(0, len(self._lines) - 1)
        if before is not None and before.ref is not None:
            at = next((n for n, row in enumerate(self.rows) if row.ref == before.ref), None)
            if at is not None:
                first = self._row_of.index(at)
                return place if place <= last and self.rows[self._row_of[place]].ref == before.ref else first
        return min(place, last)

    def _fold(self) -> None:
        """Breaks the rows into lines of the width there is.

        Room for the scroll bar is left whether it stands there or not: it comes and goes with the number of lines, so
        the lines must not follow it.
        """
        self._size_seen = self.container_size  # stays while another tab is shown, as no region does
        self._width = self._room()
        key = (id(self.rows), self._width)
        if key in self._folds:
            _, self._lines, self._row_of = self._folds[key]
        else:
            self._lines, self._row_of = [], []
            for number, row in enumerate(self.rows):
                if row.beside is not None:
                    made = [f"{clean(row.text)} │ {clean(row.beside.text)}"]  # cut when it is drawn
                else:
                    made = wrap(row, self._width) if self.wrap else [clean(row.text)]
                self._lines += made
                self._row_of += [number] * len(made)
            if len(self.rows) > 500:  # the rows are kept with their lines, so that their id stays theirs
                self._folds[key] = (self.rows, self._lines, self._row_of)
                while len(self._folds) > 4:
                    self._folds.pop(next(iter(self._folds)))
        self._strips.clear()
        self._tell_length()

    def _room(self) -> int:
        return max(1, self.container_size.width - self.styles.scrollbar_size_vertical - 1)

    def _tell_length(self) -> None:
        """How far one can scroll. Only where the scroll bar comes or goes the screen is laid out anew, once."""
        size = Size(1, len(self._lines))
        bar = size.height > self.container_size.height
        if bar == self.show_vertical_scrollbar:
            self.set_reactive(Lines.virtual_size, size)
        else:
            self.show_vertical_scrollbar = bar
            self.virtual_size = size
        self.scroll_y = self.validate_scroll_y(self.scroll_y)
        if bar:
            self.vertical_scrollbar.display = True
            self.vertical_scrollbar.window_virtual_size = size.height
            self.vertical_scrollbar.position = self.scroll_y

    def _settle(self) -> None:
        """After a change of size: the lines in the new width, the same row under the cursor, and in sight."""
        if self.container_size == self._size_seen:
            return
        row = self._row_of[self.cursor] if self.cursor < len(self._row_of) else 0
        self._fold()
        if self._row_of:
            self.cursor = self._row_of.index(row)
        self._show_cursor()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        if 0 <= self.cursor < len(self._row_of):
            return self.rows[self._row_of[self.cursor]]
        return None

    @property
    def at_end(self) -> bool:
        """Whether the cursor stands on the last line."""
        return self.cursor >= len(self._lines) - 1

    @property
    def ref(self) -> Any:
        """What the row under the cursor stands for."""
        row = self.row
        return row.ref if row else None

    def text(self) -> str:
        """Every row, as text."""
        return "\n".join(clean(row.text) for row in self.rows)

    # Moving

    def move_to(self, line: int) -> None:
        """The cursor to a line (the nearest there is)."""
        line = max(0, min(line, len(self._lines) - 1))
        if line != self.cursor:
            before, self.cursor = self.cursor, line
            top = self.scroll_offset.y
            self._show_cursor()
            if self.scroll_offset.y == top and self.begun is None:  # two lines are drawn, not the page
                self.refresh_line(before)
                self.refresh_line(line)
            else:
                self.refresh()
            self.post_message(self.Moved(self))

    def move_by(self, step: int) -> None:
        """The cursor some lines on."""
        self.move_to(self.cursor + step)

    def move_to_ref(self, ref: Any) -> bool:
        """The cursor to the row of `ref`; False where there is none."""
        at = next((n for n, row in enumerate(self.rows) if row.ref == ref), None)
        if at is None:
            return False
        self.move_to(self._row_of.index(at))
        return True

    def move_to_head(self, step: int) -> None:
        """The cursor to the next headline in a direction."""
        at = self.cursor + step
        while 0 <= at < len(self._lines):
            if self.rows[self._row_of[at]].kind in ("head", "hunk", "meta"):
                self.move_to(at)
                return
            at += step

    def select(self) -> None:
        """Begins a selection at the cursor's row, or ends it."""
        self.begun = None if self.begun is not None or not self._row_of else self._row_of[self.cursor]
        self.refresh()

    def end_selection(self) -> None:
        """Nothing is selected any more."""
        self.begun = None
        self.refresh()

    def _span(self) -> range:
        """The places of the rows that are selected, else of the cursor's."""
        if not 0 <= self.cursor < len(self._row_of):
            return range(0)
        here = self._row_of[self.cursor]
        start = here if self.begun is None else min(self.begun, len(self.rows) - 1)
        return range(min(here, start), max(here, start) + 1)

    def selected(self) -> list[Row]:
        """The rows that are selected, else the cursor's."""
        return [self.rows[at] for at in self._span()]

    def page(self) -> int:
        """How many lines are in sight."""
        return max(1, self.container_size.height - 1)

    def search(self, words: str, step: int = 1) -> bool:
        """The cursor to the next line with these words; False where there is none."""
        self.words = words
        self._strips.clear()
        self.refresh()
        at = find(self._lines, words, self.cursor, step) if words and self._lines else None
        if at is not None:
            self.move_to(at)
        return at is not None or not words

    def _show_cursor(self) -> None:
        height = self.container_size.height
        top = self.scroll_offset.y
        if height == 0:  # not laid out yet
            return
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    # Drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines in sight, as they are in the size there is now; the word of a new size comes only afterwards.

        Without a border nothing stands around the lines, and each is drawn once: Textual would dress the whole list
        anew at every line that it scrolls, most of the time from a key to the screen.
        """
        self._settle()
        if any(self.styles.gutter) or self.opacity != 1.0:
            return super().render_lines(crop)
        background, filters = self.background_colors[1], self.get_line_filters()
        made = self._drawn(crop.line_range)
        for one in filters:
            made = [strip.apply_filter(one, background) for strip in made]
        left, right = crop.column_span
        return made if (left, right) == (0, self.size.width) else [strip.crop(left, right) for strip in made]

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        return self._drawn([y])[0]

    def _drawn(self, lines: Iterable[int]) -> list[Strip]:
        """These lines of the screen, each as wide as the widget, its scroll bar included."""
        top, focus = self.scroll_offset.y, self.has_focus
        width, whole = self.scrollable_content_region.width, self.content_region.width
        made: list[Strip] = []
        span = self._span() if self.begun is not None else range(0)
        for at in (top + y for y in lines):
            here = at == self.cursor and (focus or not self.wrap or self.always)
            held = bool(span) and at < len(self._row_of) and self._row_of[at] in span
            key = (width, at, here, here and focus, held)
            strip = self._strips.get(key)
            if strip is None or strip.cell_length != whole:
                strip = self._draw(at, here, width, held).adjust_cell_length(whole, self._style("plain"))
                self._strips[key] = strip
            made.append(strip)
        return made

    def _draw(self, at: int, here: bool, width: int, held: bool) -> Strip:
        if not 0 <= at < len(self._lines):
            return Strip.blank(width, self._style("plain"))
        row = self.rows[self._row_of[at]]
        style = self._style(row.kind)
        if here:
            style += self._style("cursor" if self.has_focus else "faint-cursor")
        elif held:
            style += self._style("faint-cursor")
        mark = ">" if here else "|" if held else " "
        text = self._lines[at]
        if row.beside is not None:
            parts = self._two(row, here)
        else:
            parts = self._code(at, row, style, here) if row.path else self._marked(text, style)
        strip = Strip([Segment(mark, style), *parts]).adjust_cell_length(width, style)
        if not self.wrap and strip.cell_length < 1 + cell_len(text):
            strip = Strip([*strip.crop(0, width - 1), Segment("…", style)])
        return strip

    def _two(self, row: Row, here: bool) -> list[Segment]:
        """A row and the one beside it, each in its own colours."""
        made: list[Segment] = []
        for one, piece in zip((row, row.beside), halves(row, self._width), strict=True):
            style = self._style(one.kind)
            if here:
                style += self._style("cursor" if self.has_focus else "faint-cursor")
            made += [Segment("│", self._style("dim"))] * bool(made)
            made += self._coloured(piece, one, style, here, 0, 0) if one.path else self._marked(piece, style)
        return made

    def _code(self, at: int, row: Row, style: Style, here: bool) -> list[Segment]:
        """A line of a row of code, which may have been broken."""
        first = at
        while first and self._row_of[first - 1] == self._row_of[at]:
            first -= 1
        # A row that was broken goes on two columns in.
        lead = 2 if at > first else 0
        begin = sum(len(one) for one in self._lines[first:at]) - 2 * max(0, at - first - 1)
        return self._coloured(self._lines[at], row, style, here, begin, lead)

    def _coloured(self, piece: str, row: Row, style: Style, here: bool, begin: int, lead: int) -> list[Segment]:
        """A piece of a row of code in its colours, with what changed in it marked; one that holds words searched for
        shows these alone. Without colours, and in the terminal's own, only what changed is marked. `begin` is where the
        piece begins in the row, behind `lead` blanks."""
        whole = clean(row.text)
        if self.words and self.words.casefold() in piece.casefold():
            return self._marked(piece, style)
        layers: list[tuple[int, int, Style]] = []
        if not self.app.has_class("plain"):
            if row.kind in _TINT and not here:
                style = self._style("plain") + self._style(_TINT[row.kind])
                layers.append((0, CODE_AT, self._style(row.kind)))
            code = whole[CODE_AT:]
            layers += [(CODE_AT + a, CODE_AT + b, self._style(kind)) for a, b, kind in coloured(row.path, code)]
        layers += [(CODE_AT + a, CODE_AT + b, self._style("changed")) for a, b in row.changed]
        shown = len(piece) - lead
        inside = [
            (max(a - begin, 0), min(b - begin, shown), one) for a, b, one in layers if a < begin + shown and b > begin
        ]
        return [Segment(" " * lead, style)] * bool(lead) + _layered(piece[lead:], style, inside)

    def _marked(self, text: str, style: Style) -> list[Segment]:
        """The text with the words searched for made visible."""
        low, words = text.casefold(), self.words.casefold()
        if not words or words not in low:
            return [Segment(text, style)]
        found = style + self._style("found")
        made: list[Segment] = []
        at = 0
        while (start := low.find(words, at)) >= 0:
            made += [Segment(text[at:start], style), Segment(text[start : start + len(words)], found)]
            at = start + len(words)
        return [*made, Segment(text[at:], style)]

    def _style(self, kind: str) -> Style:
        if kind not in self._styles:
            partial = kind not in KINDS
            self._styles[kind] = self.screen.get_component_rich_style(f"lines--{kind}", partial=partial)
        return self._styles[kind]

    def forget_styles(self) -> None:
        """Draws everything anew, after the theme or a class changed the colours."""
        self._styles.clear()
        self._strips.clear()
        self.refresh()

    # What Textual tells

    def on_resize(self, event: events.Resize) -> None:
        """Where nothing was drawn yet."""
        self._settle()

    def on_focus(self) -> None:
        """The cursor shows where keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor fades."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a second one on the same line chooses it."""
        line = self.scroll_offset.y + event.y
        if not 0 <= line < len(self._lines):
            return
        if line == self.cursor:
            self.post_message(self.Chosen(self))
        self.move_to(line)
