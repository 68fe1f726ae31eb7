"""Tags are ticked one by one: what somebody else sent is not ticked, and says who sent it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens import confirm
from tests.cli.test_who_gave import MALLORY, TAG, Sent
from tests.tui.test_app import settled
from tests.tui.test_tabs import opened


@pytest.mark.long
@pytest.mark.parametrize(("tab", "key"), [("5", "t"), ("7", "R")])
async def test_a_tag_is_ticked_by_itself(
    series: Path, smtp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tab: str, key: str
) -> None:
    sent = Sent(series, tmp_path / "in.mbox")
    sent.hear(f"{TAG}\n", MALLORY)
    sent.hear("Acked-by: Rik <rik@example.net>\n", "Rik <rik@example.net>")
    sent.hear("Tested-by: Olga <olga@example.com>\n", "Olga <olga@example.com>", 2, subject="Re: [PATCH 2/2] x")
    monkeypatch.setattr(confirm, "SETTLE", 0)
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(150, 40)) as pilot:
        await opened(pilot, tab)
        await pilot.press(key)
        await settled(pilot)
        page = app.screen
        assert isinstance(page, confirm.Choose)
        shown = page.page.text()
        assert f"[ ] {TAG}  (sent by {MALLORY}, who is not the one it names)" in shown
        assert "[x] Acked-by: Rik" in shown and "[x] Tested-by: Olga" in shown
        page.page.move_to_ref(2)
        await pilot.press("x")
        assert "[ ] Acked-by: Rik" in page.page.text() and page.page.ref == 2
        page.page.move_to_ref(1)
        await pilot.press("space")
        assert f"[x] {TAG}" in page.page.text()
        await pilot.press("y")
        await settled(pilot)
    assert TAG in sent.log() and "Tested-by: Olga" in sent.log() and "Acked-by" not in sent.log()
    assert [(row["trailer"][:5], row["taken"]) for row in sent.offered()] == [("Acked", False)], (
        "and that is remembered"
    )


async def test_nothing_happens_without_the_key(series: Path, smtp: Any, tmp_path: Path) -> None:
    sent = Sent(series, tmp_path / "in.mbox")
    sent.hear(f"{TAG}\n", MALLORY)
    before = sent.log()
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(150, 40)) as pilot:
        await opened(pilot, "5")
        await pilot.press("t")
        await settled(pilot)
        await pilot.press("x", "enter")
        await settled(pilot)
    assert sent.log() == before and sent.offered()[0]["taken"] is False
