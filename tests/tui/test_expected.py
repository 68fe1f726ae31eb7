"""What is expected of any list and page, where no other test shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchflow.tui.app import PatchflowApp
from tests.tui.test_work import opened, press


async def test_lines_are_selected_searched_and_copied(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(PatchflowApp, "copy_to_clipboard", lambda app, text: copied.append(text))
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        lines = (await opened(pilot, "1")).tab.list
        await press(pilot, "g", "slash", *"NUMBER", "enter")
        found = [lines.cursor]
        for key in ("n", "n", "n", "N"):
            await press(pilot, key)
            found.append(lines.cursor)
        assert found == [0, 1, 2, 0, 2] or found == [1, 2, 0, 1, 0], "around the end, and back"
        await press(pilot, "g", "v", "j", "y")
        assert copied[-1].count("\n") == 1 and "number 1" in copied[-1] and "number 2" in copied[-1]
        await press(pilot, "slash", *"nowhere", "enter")
        assert "'nowhere' is not here." in app.said[-1][1]
