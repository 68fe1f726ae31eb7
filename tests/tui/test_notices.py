"""Notices cover neither the next step nor a line or page that asks, and the log keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets._toast import Toast

from patchflow.tui.app import PatchflowApp
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.confirm import Confirm
from tests.tui.test_app import settled


def notices(pilot: Pilot[int]) -> list[Region]:
    return [one.region for one in pilot.app.screen.query(Toast) if one.region.area]


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (40, 12)])
async def test_a_notice_covers_nothing_that_is_asked_or_next(clone: Path, size: tuple[int, int]) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)

        async def clear_of(*places: str) -> None:
            app.say("A change was made, and this is a sentence about it that takes a line or two.", "warning")
            await settled(pilot)
            await pilot.pause(0.1)
            assert notices(pilot), "it shows"
            for place in places:
                there = app.screen.query_one(place).region
                assert there.area and not any(one.overlaps(there) for one in notices(pilot)), (
                    place,
                    there,
                    notices(pilot),
                )

        await clear_of("#next", "#keys")
        await pilot.press("colon", *"st")
        await clear_of("#line", "#asked", "#offers")
        await pilot.press("escape")
        app.push_screen(Confirm("Send?", [Row("to everybody")], "confirm-send", "send"))
        await settled(pilot)
        await clear_of("#next", "#keys", "#buttons")


async def test_the_log_keeps_what_was_said(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        app.say("The first.")
        app.say("The second.", "warning")
        await pilot.press("L")
        await settled(pilot)
        lines = [row.text for row in app.screen.page.rows]  # type: ignore[attr-defined]
        assert lines[0] == "what was said"
        assert lines[1].endswith("  The second.") and lines[2].endswith("  The first.")
        await pilot.press("j", "y")
        assert app.clipboard == "The second."
