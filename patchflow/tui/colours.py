"""Without colours, and with the terminal's own."""

from __future__ import annotations

from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter


class NoColour(LineFilter):
    """NO_COLOR as it is meant: bold, underline and reverse stay, every colour goes."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments without colours."""
        return [Segment(text, _colourless(style), control) for text, style, control in segments]


def _colourless(style: Style | None) -> Style | None:
    if style is None:
        return None
    return Style(bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline,
                 reverse=style.reverse)  # fmt: skip


def plain_theme(app: App[Any]) -> str:
    """The theme of the terminal's own sixteen colours, whatever this Textual calls it."""
    names = ("ansi-dark", "textual-ansi")
    return next((name for name in names if name in app.available_themes), "textual-dark")
