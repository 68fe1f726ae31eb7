"""Every way out has a key: the bracket's words, what is needed first, answers, previews, pull requests, sync."""

from __future__ import annotations

import email
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.ask import Ask
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.output import TextScreen
from patchflow.tui.screens.series import SeriesScreen
from tests.conftest import commit, git, run_patchflow
from tests.tui.test_app import settled


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 0.0)


async def typed(pilot: Pilot[int], key: str, text: str) -> None:
    """A key that asks for a line, and the line in place of what stands there."""
    await pilot.press(key)
    await settled(pilot)
    await pilot.press("end", "ctrl+u", *text, "enter")
    await settled(pilot)


async def opened(pilot: Pilot[int], branch: str, tab: str) -> SeriesScreen:
    await settled(pilot)
    pilot.app.screen.table.move_to_ref(branch)  # type: ignore[attr-defined]
    await pilot.press("enter")
    await settled(pilot)
    await pilot.press(tab)
    await settled(pilot)
    assert isinstance(pilot.app.screen, SeriesScreen)
    return pilot.app.screen


def said(app: PatchflowApp) -> str:
    return [one.message for one in app._notifications][-1]


@pytest.mark.long
@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_cover_has_the_bracket_and_what_is_needed_first(series: Path, size: tuple[int, int]) -> None:
    assert run_patchflow("-C", str(series), "new", "top", "--base", "demo").code == 0
    commit(series, "add three", path="net/vmw_vsock/top.c")
    git(series, "switch", "-q", "demo")  # what is shown counts, not what is checked out
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = await opened(pilot, "top", "2")
        letter = screen.tab.detail
        await typed(pilot, "quotation_mark", "RFC net-next")
        await typed(pilot, "apostrophe", "[mylist]")
        assert "Subject: [mylist][RFC PATCH net-next 0/1]" in letter.text()
        await typed(pilot, "apostrophe", "mylist")
        assert "cannot stand before the bracket" in said(app) and "[mylist][RFC" in letter.text()
        await pilot.press("escape")
        await typed(pilot, "quotation_mark", "")
        assert "Subject: [mylist][PATCH net-next 0/1]" in letter.text()
        await typed(pilot, "a", "demo")
        assert "prerequisite-change-id: " in letter.text()
        git(series, "commit", "-q", "--amend", "-m", "vsock: add two, better\n\nSigned-off-by: Ada <ada@example.org>")
        await pilot.press("underscore")
        await settled(pilot)
        assert git(series, "merge-base", "demo", "top") == git(series, "rev-parse", "demo")
        await typed(pilot, "a", "-1")
        assert "prerequisite-" not in letter.text()
        assert git(series, "branch", "--show-current") == "demo"


@pytest.mark.long
async def test_the_send_page_answers_previews_and_asks_to_be_pulled(
    series: Path, smtp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []

    def run(argv: list[str], cwd: str | None) -> int:
        ran.append(list(argv))
        return 0

    monkeypatch.setattr("patchflow.tui.screens.output.run_interactive", run)
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await opened(pilot, "demo", "8")
        await typed(pilot, "r", "nothing")
        assert "neither a Message-ID" in said(app)
        await typed(pilot, "r", "report@example.net")
        assert screen.model.plan is not None and screen.model.plan.answers is not None
        assert screen.model.plan.answers.id == "report@example.net"
        await typed(pilot, "semicolon", "no address")
        assert not isinstance(app.screen, Confirm) and smtp.messages() == []
        await typed(pilot, "semicolon", "Kim <kim@example.org>, lee@example.org")
        assert isinstance(app.screen, Confirm)
        await pilot.press("s")
        await settled(pilot)
        assert "3 of 3 messages went to kim@example.org, lee@example.org" in said(app)
        mails = [email.message_from_bytes(one) for one in smtp.messages()]
        assert [one["X-Envelope-To"] for one in mails] == ["kim@example.org, lee@example.org"] * 3
        assert all("PREVIEW" in str(one["Subject"]) for one in mails)
        await typed(pilot, "P", "home --push 'my remote'")
        assert [argv[-5:] for argv in ran] == [["send", "--pull", "home", "--push", "my remote"]]
        await typed(pilot, "P", "'home")
        assert "cannot be split" in said(app) and len(ran) == 1
        assert isinstance(app.screen, Ask) and app.screen.line.value == "'home", "what was typed stays"
        await pilot.press("escape")
        git(series, "switch", "-q", "--detach")
        await pilot.press("ctrl+r")
        await settled(pilot)
        await pilot.press("P")
        assert "Go to its branch first: , on the board." in said(app)


async def test_the_board_pushes_to_another_machine(series: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "home.git")
    git(series, "remote", "add", "home", str(tmp_path / "home.git"))
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("ampersand", *"push home", "enter")
        await settled(pilot)
        assert isinstance(app.screen, TextScreen) and "(exit code 0)" in app.screen.heading
        assert git(tmp_path / "home.git", "for-each-ref", "refs/patchflow-sync/")
        await pilot.press("q")
        await settled(pilot)
        await typed(pilot, "ampersand", "pull 'home")
        assert "cannot be split" in said(app)
