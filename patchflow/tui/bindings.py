"""The table of keys as Textual's bindings and keymap."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding, BindingType

from patchflow.tui.actions import ACTIONS, Keymap


def bindings(*places: str) -> list[BindingType]:
    """Textual's bindings of some places of the table; where two share a key, those of the earlier place win."""
    return [
        Binding(_names(one.keys), one.call, one.title, show=bool(one.title), tooltip=one.help, id=one.id,
                priority=one.first)
        for place in places for one in ACTIONS if place in one.places
    ]  # fmt: skip


def for_textual(keymap: Keymap) -> dict[str, str]:
    """A keymap as Textual takes it: binding -> keys. With each binding whose keys were changed go those that share one
    with it, and so on, because Textual takes a key that is given up from all who had it."""
    changed = {new.id for new, usual in zip(keymap.actions, ACTIONS, strict=True) if new != usual}
    before: set[str] = set()
    while changed != before:
        before = changed
        keys = {key for one in (*ACTIONS, *keymap.actions) if one.id in before for key in one.keys}
        changed = {one.id for one in ACTIONS if one.id in before or keys.intersection(one.keys)}
    return {one.id: _names(one.keys) for one in keymap.actions if one.id in changed}


def _names(keys: Iterable[str]) -> str:
    return ",".join("comma" if key == "," else key for key in keys) or "no key"
