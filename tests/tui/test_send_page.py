"""The send page: what holds for all of it first, people by name, mails into a folder, and an end between two mails."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from patchflow.flow.send import run
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.confirm import Confirm
from tests.conftest import git
from tests.tui.test_app import settled, until
from tests.tui.test_ways_out import opened, said, typed


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 0.0)


async def test_what_holds_for_all_stands_above_the_mails_and_reasons_are_a_key(series: Path, smtp: Any) -> None:
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await opened(pilot, "demo", "8")
        page = screen.tab.detail

        def at(words: str) -> int:
            return page.text().index(words)

        assert at("From ") < at(" To, ") < at("\nbase ") < at("\nwindow ") < at("\nchecks ") < at("[PATCH"), page.text()
        assert "  -- " not in page.text() and "Message-ID" not in page.text()
        assert "\n  To: " in page.text()
        await pilot.press("z")
        await settled(pilot)
        assert "  -- " in page.text() and "Message-ID" in page.text()
        screen.tab.list.move_to(1 << 30)
        await settled(pilot)
        assert "  -- " in page.text().split("diff --git")[0], "a mail by itself as well"
        await pilot.press("z", "S")
        await settled(pilot)
        assert isinstance(app.screen, Confirm)
        asked = app.screen.page
        assert "  -- " not in asked.text() and asked.text().index("window ") < asked.text().index("[PATCH")
        await pilot.press("z")
        assert "  -- " in asked.text()
        await pilot.press("z", "q")
        assert "  -- " not in asked.text() and smtp.messages() == []


async def test_a_send_to_oneself_records_nothing(series: Path, smtp: Any) -> None:
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, "demo", "8")
        await pilot.press("m")
        await settled(pilot)
        assert isinstance(app.screen, Confirm) and "go to yourself only" in app.screen.page.text()
        await pilot.press("enter")
        assert smtp.messages() == []
        await pilot.press("m")
        await settled(pilot)
        await pilot.press("s")
        await settled(pilot)
        assert len(smtp.messages()) == 3
        assert git(series, "for-each-ref", "refs/patchflow") == ""


@pytest.mark.long
async def test_the_mails_go_to_a_new_folder_as_they_would_leave(series: Path, tmp_path: Path) -> None:
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await opened(pilot, "demo", "8")
        plan = screen.model.plan
        assert plan is not None
        await typed(pilot, "W", str(tmp_path / "mails"))
        assert said(app).startswith("3 mails in ")
        saved = [path.read_text() for path in sorted((tmp_path / "mails").iterdir())]
        assert saved == [one.text for one in plan.outgoing]
        await typed(pilot, "W", str(tmp_path / "mails"))
        assert "Nothing was written; name a new folder." in said(app)


async def test_a_send_ends_between_two_mails_and_goes_on(
    series: Path, smtp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, going = threading.Event(), threading.Event()

    def held(here: Any, plan: Any, heard: Any, enough: Any) -> Any:
        def hears(message_id: str, state: str, detail: str) -> None:
            heard(message_id, state, detail)
            if state == "sent":
                first.set()
                going.wait(30)

        return run.send_plan(here, plan, hears, enough)

    monkeypatch.setattr("patchflow.tui.work.sending.send_plan", held)
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await opened(pilot, "demo", "8")
        await pilot.press("S")
        await settled(pilot)
        await pilot.press("s")
        await until(pilot, first.is_set)
        await pilot.pause()
        assert "sent 1 of 3 (Esc ends it before the next message)" in app.progress_line()
        await pilot.press("escape")
        assert "(ends before the next message)" in app.progress_line()
        going.set()
        await settled(pilot)
        assert len(smtp.messages()) == 1 and "Not all messages have left" in said(app)
        states = [state for state, _ in (screen.model.read.outbox or {}).values()] if screen.model.read else []
        assert states == ["sent", "pending", "pending"]
        await pilot.press("S")
        await settled(pilot)
        await pilot.press("s")
        await settled(pilot)
        assert len(smtp.messages()) == 3 and "v1 is out" in said(app)
