"""The line of keys follows what is chosen, and the help names every key there is."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from patchflow.domain.finding import Finding, Severity
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.help import HelpScreen
from patchflow.tui.screens.reply import ReplyScreen
from patchflow.tui.screens.series import SeriesScreen
from patchflow.tui.widgets.bars import Keys
from patchflow.tui.work import running
from tests.tui import shown
from tests.tui.clone import git, make_series
from tests.tui.test_app import settled


def keys(app: PatchflowApp) -> str:
    """The line of keys, as it stands on the screen."""
    return str(app.screen.query_one("#keys", Keys).render())


@pytest.mark.long
async def test_the_line_of_keys_names_what_can_be_done_here(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert "e reword" in keys(app)
        assert "I squash" not in keys(app), "there is no patch before the first"
        assert "A amend" not in keys(app), "nothing is uncommitted"
        await pilot.press("j")
        assert "I squash" in keys(app) and "W write order" not in keys(app)
        await pilot.press("K")
        assert "W write order" in keys(app) and "I squash" not in keys(app)
        (clone / "alpha/a.c").open("a").write("int more;\n")
        await pilot.press("ctrl+r")
        await settled(pilot)
        assert "A amend" in keys(app)
        await pilot.press("5")
        await settled(pilot)
        assert "r reply" not in keys(app) and "t trailers" not in keys(app)
        await pilot.press("6")
        await settled(pilot)
        assert "r reply" not in keys(app) and "R respin" not in keys(app)
        await pilot.press("7")
        await settled(pilot)
        assert "R respin" not in keys(app)
        await pilot.press("8")
        await settled(pilot)
        assert "S send" not in keys(app)
        assert "~ override" not in keys(app)
        await pilot.press("j")
        assert "~ override" in keys(app)


async def test_the_board_offers_to_open_only_a_series(clone: Path) -> None:
    make_series(clone, "other", 1)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "Enter open" in keys(app)
        await pilot.press("k")
        assert "Enter open" not in keys(app), "the cursor stands on the headline"
        assert isinstance(app.screen, BoardScreen) and app.screen.next_words() == "j goes to a series"


@pytest.mark.long
async def test_the_tabs_keys_stand_in_the_help_and_can_be_changed(clone: Path) -> None:
    git(clone, "config", "patchflow.key.go-send", "s")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 60)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        text = app.screen.page.text()
        assert "6                to the tab todo" in text and "s                to the tab send" in text
        await pilot.press("q", "s")
        await settled(pilot)
        assert isinstance(app.screen, SeriesScreen) and app.screen.current == "send"


@pytest.mark.long
async def test_what_runs_is_not_told_to_be_begun(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the checks ran the page said that c runs them; one who moved then stood on a headline afterwards."""
    go, check = threading.Event(), running.check

    def slowly(*words: Any) -> Any:
        go.wait(20)
        return check(*words)

    monkeypatch.setattr(running, "check", slowly)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        while app.job_of("check") is None:
            await pilot.pause(0.02)
        await pilot.press("3", "G")
        series = app.screen
        assert isinstance(series, SeriesScreen)
        assert "checking:" in series.tab.list.text() and "C runs" not in series.tab.list.text()
        go.set()
        await settled(pilot)
        assert "checkpatch:SPACING" in series.tab.detail.text()


async def test_who_writes_is_shown_how_to_end_and_what_the_lint_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys of the draft stood there while they were letters of the text."""
    shown.put_in(monkeypatch)
    app = shown.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key in ("enter", "6", "r"):
            await pilot.press(key)
            await settled(pilot)
        view = app.screen
        assert isinstance(view, ReplyScreen) and "i write" in keys(app)
        view.findings = [Finding("reply-quoting", Severity.ERROR, "nothing is written yet")]
        await pilot.press("i")
        assert "Esc end writing" in keys(app) and "S send" not in keys(app)
        assert "nothing is written yet" in view.next_words()
        await pilot.press("escape")
        assert "i write" in keys(app)
