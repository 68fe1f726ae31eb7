"""Every screen drawn in two sizes and two themes, the same at every run."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.conftest import ROOT
from tests.sampled import few
from tests.tui import shown
from tests.tui.test_app import settled

SIZES = {"80x24": (80, 24), "200x50": (200, 50)}
THEMES = {"dark": "textual-dark", "plain": "plain"}
# Each screen by the keys that lead to it.
SCREENS = {
    "board": [], "patches": ["enter"], "cover": ["enter", "2"], "checks": ["enter", "3", "j", "j"],
    "recipients": ["enter", "4"], "conversation": ["enter", "5", "j", "j"], "todo": ["enter", "6"],
    "revisions": ["enter", "7"], "send": ["enter", "8"],
    "try": ["enter", "9", "G"], "try-build": ["enter", "9", "B", "j", "j"], "try-boot": ["enter", "9", "O", "j"],
    "try-test": ["enter", "9", "T", "j", "j"], "try-trace": ["enter", "9", "Q", "j"],
    "confirm": ["enter", "3", "g", "j", "j", "j", "j", "f"],
    "work": ["enter", "0", "tab", "j", "j", "v", "j"],
    "window": ["w"], "drafts": ["D"], "reply": ["enter", "6", "r"], "help": ["enter", "question_mark"], "log": ["L"],
    "prompt": ["colon"], "news": ["asterisk", "j"], "reviews": ["V"], "review": ["V", "enter", "enter", "j", "j"],
    "mail": ["at"], "thread": ["at", "enter", "j", "j"],
}  # fmt: skip


ALL = itertools.product(SCREENS, SIZES, THEMES)


# Eight of the twenty pictures of five screens: all screens, sizes and themes are among them.
@pytest.mark.parametrize(
    ("screen", "size", "theme"), few(itertools.product(SCREENS, SIZES, THEMES), len(SCREENS) * 8 // 5)
)
def test_picture(snap_compare: Any, monkeypatch: pytest.MonkeyPatch, screen: str, size: str, theme: str) -> None:
    shown.put_in(monkeypatch)

    async def go(pilot: Pilot[int]) -> None:
        await settled(pilot)
        for key in SCREENS[screen]:
            await pilot.press(key)
            await settled(pilot)
        await pilot.pause()

    assert snap_compare(shown.app(THEMES[theme]), terminal_size=SIZES[size], run_before=go)


def test_no_picture_shows_a_fault() -> None:
    pictures = [*Path(__file__).parent.rglob("__snapshots__/**/*.svg"), *(ROOT / "docs/pictures").glob("*.svg")]
    assert len(pictures) > 100
    assert not [path.name for path in pictures if "bug&#160;in&#160;patchflow" in path.read_text()]
