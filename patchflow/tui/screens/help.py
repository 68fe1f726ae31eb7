"""Help: every key that works in a view, made from the table."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget

from patchflow.tui.actions import Keymap, key, key_name
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.base import View
from patchflow.tui.widgets.lines import Lines

_TITLES = {"lists": "in lists and texts", "everywhere": "everywhere", "board": "on the board", "series": "in a series",
           "todo": "To-do", "draft-list": "drafts", "review-list": "reviews",
           "several": "series to choose from", "review": "in a review",
           "mail-list": "mail", "mail": "in a thread"}  # fmt: skip


def help_rows(keymap: Keymap, places: Sequence[str]) -> list[Row]:
    """The rows of the help."""
    rows: list[Row] = []
    for place, actions in keymap.help(places):
        rows.append(Row(_TITLES.get(place, place.capitalize()), "head"))
        for action in actions:
            keys = " ".join(map(key_name, action.keys)) or "(no key)"
            rows.append(Row(f"  {keys:16} {action.help}  ({action.id})"))
        rows.append(Row(""))
    rows += [
        Row(f"{key('palette')} opens the palette. Keys are yours to change:", "note"),
        Row("  git config --global patchflow.key.undo 'U ctrl+z'", "note"),
        Row("or a [keys] table in keys.toml of the configuration folder.", "note"),
    ]
    return rows


class HelpScreen(View):
    """The help as a page."""

    def __init__(self, keymap: Keymap, where: Sequence[str]) -> None:
        super().__init__()
        self.keymap = keymap
        self.where = tuple(where)

    def title_words(self) -> tuple[str, str]:
        """What this is."""
        return "patchflow · keys that work here", ""

    def next_words(self) -> str:
        """How to leave."""
        return f"{key('close')} goes back, {key('search')} searches"

    def body(self) -> Widget:
        """The page."""
        self.page = Lines(id="help", wrap=True)
        return self.page

    def on_mount(self) -> None:
        """Filled and focused."""
        super().on_mount()
        self.page.set_rows(help_rows(self.keymap, self.where))
        self.set_focus(self.page)
