"""Ways out of the UI and back: a shell command, the shell itself, a page of the archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.ask import Ask
from tests.tui import shown
from tests.tui.test_app import settled
from tests.tui.test_ways_out import opened, said


async def test_a_link_is_opened_or_copied_where_there_is_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    shown.put_in(monkeypatch)
    monkeypatch.setattr("patchflow.tui.work.running.run_behind", lambda argv: ran.append(list(argv)))
    monkeypatch.setattr("patchflow.tui.work.running.which", lambda name: f"/usr/bin/{name}")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    app = shown.app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await opened(pilot, "vsock-count", "5")
        link = f"https://lore.kernel.org/r/{shown.IDS[1]}"
        screen.tab.list.move_to_ref(shown.IDS[1])
        await settled(pilot)
        await pilot.press("o")
        assert app.clipboard == link and said(app) == f"There is no browser here; copied {link}" and not ran
        monkeypatch.setenv("DISPLAY", ":0")
        await pilot.press("o")
        assert ran == [["setsid", "-f", "xdg-open", link]] and said(app) == f"Opened {link}"
        await pilot.press("7")
        await settled(pilot)
        await pilot.press("o")
        assert ran[-1][-1] == f"https://lore.kernel.org/r/{shown.IDS[0]}", "the revision's first mail"


async def test_a_series_that_was_not_sent_has_no_link(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("o")
        await settled(pilot)
        assert "It was not sent yet" in said(app)


async def test_what_was_said_on_the_terminal_stands_there(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a set-up, and why an editor's command failed, were drawn over at once."""
    waited: list[str] = []
    codes = {"setup": 0, "cover": 0, "todo": 1}
    monkeypatch.setattr("patchflow.tui.screens.output.run_interactive", lambda argv, cwd: codes[argv[6]])
    monkeypatch.setattr("builtins.input", lambda words: waited.append(words))
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for line, waits in (("setup", 1), ("cover --edit", 1), ("todo --edit", 2)):
            await pilot.press("colon")
            assert isinstance(app.screen, Ask)
            app.screen.line.value = line
            await pilot.press("enter")
            await settled(pilot)
            assert len(waited) == waits, line
