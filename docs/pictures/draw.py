"""Draws the pictures of docs/pictures from the app itself: python docs/pictures/draw.py."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

SIZE = (100, 30)
# Name, theme, and the keys that lead to the screen.
PICTURES = (
    ("board", "textual-dark", ()),
    (
        "patches",
        "textual-dark",
        ("enter", *["less_than_sign"] * 2, "tab", *["right_curly_bracket"] * 2),
    ),
    ("todo", "textual-dark", ("enter", "6", "j", "j", "j")),
    ("send", "nord", ("enter", "8")),
    ("try", "textual-dark", ("enter", "9", "Q", "j")),
    ("window", "textual-light", ("w",)),
)


async def draw(name: str, theme: str, keys: tuple[str, ...]) -> None:
    """One picture, the same at every run."""
    from tests.tui import shown
    from tests.tui.test_app import settled

    with pytest.MonkeyPatch.context() as patch:
        shown.put_in(patch)
        app = shown.app(theme)
        async with app.run_test(size=SIZE) as pilot:
            await settled(pilot)
            for key in keys:
                await pilot.press(key)
                await settled(pilot)
            picture = app.export_screenshot(title=f"patchflow: {name}")
    # Blanks at the beginning of a line count, in every viewer; and no picture loads a font from elsewhere.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    picture = re.sub(r"terminal-\d+-", "terminal-", picture).replace("<text ", '<text xml:space="preserve" ')
    (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    for one in PICTURES:
        asyncio.run(draw(*one))
