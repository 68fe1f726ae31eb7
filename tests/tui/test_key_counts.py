"""Common work in few keys, counted from where one sees that it is to be done; what is typed as text is not counted."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from patchflow.flow.check.judge import Report
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.series import SeriesScreen
from tests.cli.test_who_gave import Sent
from tests.conftest import commit, git, run_patchflow
from tests.tui.test_app import settled


@pytest.mark.long
async def test_common_work(series: Path, smtp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 0.0)
    monkeypatch.setattr("patchflow.tui.work.running.check", lambda *_: Report((), ()))
    for title in ("add three", "add four", "add five"):
        commit(series, title, path=f"net/vmw_vsock/{title[4:]}.c")
    sent = Sent(series, tmp_path / "in.mbox")
    sent.hear("> +int add_two;\n\nPlease call it second.\n", "Rita <rita@example.net>", 2, subject="Re: [PATCH 2/5] x")
    mailed = len(smtp.messages())
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:

        async def press(*keys: str) -> int:
            for key in keys:
                await pilot.press(key)
                await settled(pilot)
                while isinstance(app.screen, Confirm) and app.screen.since == math.inf:
                    await pilot.pause(0.02)  # it stands there
            return len(keys)

        await settled(pilot)
        await press("enter", "6")
        screen = app.screen
        assert isinstance(screen, SeriesScreen) and "call it second" in screen.tab.detail.text()
        keys = await press("r", "i")
        await pilot.press(*"Yes, done.", "enter")
        keys += await press("escape", "S", "s")
        assert keys == 5 and len(smtp.messages()) == mailed + 1, "a comment is answered"

        path = series / "net/vmw_vsock/af_vsock.c"
        path.write_text(path.read_text().replace("int add_two", "int second"))
        await press("1", "ctrl+r", "g")
        assert await press("j", "A", "y") == 3
        assert "+int second;" in git(series, "show", "demo~3") and git(series, "status", "--porcelain", "-uno") == ""

        assert await press("7", "R", "y") == 3
        assert screen.model.series.next_revision == 2 and screen.model.series.next_floor == 2

        cover = screen.model.series.cover
        assert cover is not None
        text = f"{cover.subject}\n\n{cover.body}".replace("EDITME", "called it second")
        assert run_patchflow("-C", str(series), "cover", "--set", "-", stdin=text).code == 0
        screen.model.overrides.update({"repost-24h": "the test", "outstanding": "the test"})
        await press("ctrl+r")
        assert await press("8", "S", "s") == 3
        assert len(smtp.messages()) == mailed + 1 + 6, "the cover letter and five patches"
