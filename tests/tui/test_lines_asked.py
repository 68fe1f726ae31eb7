"""A line that is asked: completed with Tab, and given again with the arrows."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from patchflow.tui.app import PatchflowApp
from patchflow.tui.models.commands import completions
from patchflow.tui.screens.ask import Ask
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.output import TextScreen
from patchflow.tui.work import running
from tests.tui.clone import git
from tests.tui.test_app import settled
from tests.tui.test_ways_out import opened, said


@pytest.mark.long
async def test_people_are_completed_and_chosen_for_to_or_cc(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        screen = await opened(pilot, "peek", "4")
        people = screen.tab.list
        await pilot.press("full_stop")
        await settled(pilot)
        await pilot.press(*"gamma")
        assert isinstance(app.screen, Ask) and app.screen.line.fitting() == ["Carl Gamma <carl@example.org>"]
        await pilot.press("ctrl+u", *"right n")
        assert isinstance(app.screen, Ask)
        offered = str(app.screen.query_one("#offers", Static).visual)
        assert offered.strip() == "Right Name <right@example.org>", offered
        await pilot.press("tab")
        taken = app.screen.line.value
        assert taken == "Right Name <right@example.org>"
        await pilot.press("enter")
        await settled(pilot)
        row = next(row for row in people.rows if taken in row.text)
        assert row.text.startswith("  To ••••"), row.text
        assert taken in git(clone, "config", "branch.peek.patchflow-to-add")
        await pilot.press("a", *"someone@example.org", "enter")
        await settled(pilot)
        assert "  Cc ••••  someone@example.org" in people.text()
        await pilot.press("full_stop", *"someone@example.org", "enter")
        await settled(pilot)
        assert "  To ••••  someone@example.org" in people.text(), "the later word counts"
        people.move_to_ref(next(row.ref for row in people.rows if "someone" in row.text))
        await pilot.press("d")
        await settled(pilot)
        assert "  To ••••  someone@example.org" not in people.text() and "drop: someone" in said(app)
        people.move_to_ref(next(row.ref for row in people.rows if "someone" in row.text))
        await pilot.press("d")
        await settled(pilot)
        assert "  To ••••  someone@example.org" in people.text(), "taken back, they are where they were"


async def test_what_was_typed_stays_where_it_failed(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name, a folder or a command that was wrong had to be typed anew; not where the user is at something else."""
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        for keys, text in [("c", "bad..name"), ("M", "/nowhere"), ("colon", "status 'x"), ("V a", "/nowhere")]:
            await pilot.press(*keys.split())
            assert isinstance(app.screen, Ask)
            app.screen.line.value = text
            await pilot.press("enter")
            await settled(pilot)
            assert isinstance(app.screen, Ask) and app.screen.line.value == text, (keys, said(app))
            assert (
                str(app.screen.query_one("#trouble", Static).visual) == app.screen.trouble == said(app).split("\n")[-1]
            )
            await pilot.press("escape")
        await pilot.press("q")
        go, fetch = threading.Event(), running.fetch

        def slowly(*words: Any) -> str:
            go.wait(20)
            return fetch(*words)

        monkeypatch.setattr(running, "fetch", slowly)
        await pilot.press("M", *"/x", "enter", "j")
        go.set()
        await settled(pilot)
        assert isinstance(app.screen, BoardScreen) and "/x" in said(app)


@pytest.mark.long
async def test_a_command_is_completed_and_given_again(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("colon")
        await settled(pilot)
        await pilot.press(*"hoo", "tab")
        assert isinstance(app.screen, Ask)
        assert app.screen.line.value == "hook"
        await pilot.press(*" un", "tab")
        assert app.screen.line.value == "hook uninstall"
        await pilot.press("ctrl+u", *"status --a", "tab", "enter")
        await settled(pilot)
        assert isinstance(app.screen, TextScreen) and app.screen.heading.startswith("status --all")
        await pilot.press("q", "colon", *"rules", "enter")
        await settled(pilot)
        await pilot.press("q", "colon", *"half", "up", "up")
        assert isinstance(app.screen, Ask) and app.screen.line.value == "status --all"
        await pilot.press("down", "down")
        assert app.screen.line.value == "half", "what was typed is kept"


def test_a_word_is_completed_by_the_command_it_stands_behind() -> None:
    words = {"": ["status", "review", "--json"], "status": ["--all", "--json"], "review": ["apply", "drop", "--json"]}
    assert completions("", words) == ["status", "review"]
    assert completions("st", words) == ["status"]
    assert completions("status ", words) == ["status --all", "status --json"]
    assert completions("review ", words) == ["review apply", "review drop"]
    assert completions("review --", words) == ["review --json"]
    assert completions("status --all --all", words) == [] and completions("nowhere x", words) == []
