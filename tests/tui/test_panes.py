"""The room of the parts, and how a patch stands in it: wider lists, one part alone, more context, both sides."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from patchflow.domain.patch import Patch
from patchflow.flow.check.judge import Report
from patchflow.tui.app import PatchflowApp
from patchflow.tui.models import patches
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.mail import MailScreen
from tests.tui.clone import git
from tests.tui.test_app import settled
from tests.tui.test_work import opened, press


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 0.0)
    monkeypatch.setattr("patchflow.tui.work.running.check", lambda *_: Report((), ()))  # a process for each change


async def test_no_key_waits_until_the_rows_of_a_large_patch_are_made(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides of ten thousand lines took a second of the thread that answers keys."""
    path = clone / "alpha/a.c"
    path.write_text("".join(f"int line_{n};\n" for n in range(2000)))
    git(clone, "commit", "--quiet", "-a", "-m", "alpha: two thousand lines")
    makers: list[threading.Thread] = []
    make = patches.patch_text

    def made(patch: Patch, *words: Any) -> list[Row]:
        if patch.diff.count("\n") > 1000:
            makers.append(threading.current_thread())
        return make(patch, *words)

    monkeypatch.setattr(patches, "patch_text", made)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(200, 50)) as pilot:
        tab = (await opened(pilot, "1")).tab
        await press(pilot, "G")
        if tab.list.ref is None:
            await press(pilot, "k")
        assert "line_1999" in tab.detail.text()
        await press(pilot, "vertical_line")
        assert tab.detail.rows[-1].beside is not None and "line_1999" in tab.detail.rows[-1].beside.text
        await press(pilot, "plus", "vertical_line", "C")
        assert "line_1999" in tab.detail.text() and tab.detail.rows[-1].beside is None
    assert len(makers) >= 3 and threading.main_thread() not in makers


async def test_sides_context_and_room(clone: Path) -> None:
    path = clone / "alpha/a.c"
    path.write_text("".join(f"int line_{n};\n" for n in range(60)))
    git(clone, "commit", "--quiet", "-a", "-m", "alpha: sixty lines")
    path.write_text(path.read_text().replace("int line_30;\n", "long line_30;\nlong more;\n"))
    git(clone, "commit", "--quiet", "-a", "-m", "alpha: change line 30")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await opened(pilot, "1")
        tab = screen.tab
        await press(pilot, "G")
        if tab.list.ref is None:
            await press(pilot, "k")
        before = tab.list.size.width
        await press(pilot, "greater_than_sign")
        assert tab.list.size.width > before
        assert "line_25" not in tab.detail.text() and "long more" in tab.detail.text()
        await press(pilot, "plus")
        assert "line_21" in tab.detail.text() and "line_10" not in tab.detail.text()
        await press(pilot, "plus", "plus")
        assert "line_0;" in tab.detail.text() and "line_59" in tab.detail.text()
        await press(pilot, "minus", "minus", "minus", "vertical_line")
        assert tab.detail.size.width > 190 and tab.detail.has_focus
        shown = [line.split("│") for line in tab.detail._lines if "│" in line]
        pairs = [(left.split(), right.split()) for left, right in shown]
        assert (["31", "-int", "line_30;"], ["31", "+long", "line_30;"]) in pairs
        assert ([], ["32", "+long", "more;"]) in pairs
        assert (["32", "int", "line_31;"], ["33", "int", "line_31;"]) in pairs
        assert all(len(line) <= tab.detail.size.width for line in tab.detail._lines)
        await press(pilot, "vertical_line")
        assert tab.list.size.width > before and "│" not in "".join(tab.detail._lines)
        await press(pilot, "equals_sign")
        assert tab.detail.size.width > 190
        await press(pilot, "equals_sign")
        await pilot.resize_terminal(80, 24)
        await press(pilot, "vertical_line")
        assert "│" not in "".join(tab.detail._lines) and tab.list.size.width > 75


async def test_escape_stops_what_runs_and_leaves_nothing_by_it(clone: Path) -> None:
    """In the list of mail it stopped the work and took the words away as well, or closed the view."""
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for keys in ("@", "backslash", *"alpha"), ("enter",), ("escape",):  # no mail is there: it is asked once more
            await press(pilot, *keys)
        screen = app.screen
        assert isinstance(screen, MailScreen) and screen.words == "alpha"
        go = threading.Event()
        app.job("slow", lambda job: go.wait(20), lambda _: None, group="slow")
        await pilot.press("escape")
        assert app.job_of("slow") is None and app.screen is screen and screen.words == "alpha"
        go.set()
        await press(pilot, "escape")
        assert app.screen is screen and not screen.words
        await press(pilot, "escape")
        assert isinstance(app.screen, BoardScreen)


async def test_sides_and_context_of_what_is_not_committed(clone: Path) -> None:
    """What is staged or thrown away is what the row stands for, with both sides and with other context as well."""
    path = clone / "alpha/a.c"
    path.write_text("".join(f"int line_{n};\n" for n in range(60)))
    git(clone, "commit", "--quiet", "-a", "-m", "alpha: sixty lines")
    path.write_text(path.read_text().replace("int line_30;\n", "long line_30;\n").replace("int line_45;\n", ""))
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(200, 50)) as pilot:
        tab = (await opened(pilot, "0")).tab
        await press(pilot, "vertical_line", "plus")
        assert "line_21" in tab.detail.text() and "line_10" not in tab.detail.text()
        assert any(line.split()[:3] == ["31", "-int", "line_30;"] for line in tab.detail._lines)
        while "line_30" not in tab.detail.row.text:  # type: ignore[union-attr]
            await pilot.press("j")
        await press(pilot, "s")
        assert git(clone, "show", ":alpha/a.c").count("long line_30;\n") == 1, "both halves of the row"
        assert git(clone, "show", ":alpha/a.c").count("line_45") == 1
        await press(pilot, "h", "d", "y")
        assert "line_45" in path.read_text() and "long line_30" in path.read_text()
