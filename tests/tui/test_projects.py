"""The terminal UI in a tree of no known project: every tab opens, and says what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchflow.tui.app import PatchflowApp
from tests.conftest import commit, run_patchflow
from tests.projects import make
from tests.tui.test_app import settled
from tests.tui.test_tabs import opened


@pytest.mark.long
async def test_every_tab_opens_in_a_tree_without_maintainers(tmp_path: Path, sealed: Path) -> None:
    tree = make(tmp_path / "tree", {"a.c": "int a;\n"})
    assert run_patchflow("-C", str(tree), "new", "demo", "--base", "base").code == 0
    commit(tree, "add b", path="a.c")
    assert run_patchflow("-C", str(tree), "cc", "--add", "list@example.org").code == 0
    app = PatchflowApp(str(tree), poll=False)
    async with app.run_test(size=(110, 40)) as pilot:
        series = await opened(pilot, "3")
        assert "this tree has no scripts/checkpatch.pl" in series.tab.list.text()
        await pilot.press("4")
        await settled(pilot)
        assert "list@example.org" in series.tab.list.text()
        for key in "125678":
            await pilot.press(key)
            await settled(pilot)
        await pilot.press("9")
        await settled(pilot)
        await pilot.press("w")
        await settled(pilot)
        assert app.is_running
