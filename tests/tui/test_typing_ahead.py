"""Keys typed faster than screens come and go: each one reaches the screen that is on top when its turn comes."""

from __future__ import annotations

from pathlib import Path

from textual.events import Key, Paste
from textual.pilot import Pilot

from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.help import HelpScreen
from patchflow.tui.screens.reply import DraftsScreen
from patchflow.tui.screens.series import SeriesScreen
from tests.tui.clone import git, make_series
from tests.tui.test_app import settled


async def type_ahead(pilot: Pilot[int], *keys: str) -> None:
    """All keys at once, as they come out of the terminal's buffer."""
    for key in keys:
        pilot.app.post_message(Key(key, None))
    await pilot.pause()
    app = pilot.app
    for _ in range(100):
        await pilot.pause(0.02)
        if not app.message_queue_size:
            return


async def test_each_of_several_closing_keys_closes_a_view(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await type_ahead(pilot, "enter", "7", "?", "q", "w", "q")
        assert isinstance(app.screen, SeriesScreen) and app.screen.current == "revisions"
        await type_ahead(pilot, "?", "D", "q", "q", "q")
        assert isinstance(app.screen, BoardScreen)
        await type_ahead(pilot, "enter", "q", "q")
    assert app.return_value == 0


async def test_words_typed_before_the_line_stood_there_go_into_it(clone: Path) -> None:
    """Of the filter's key, a word and Enter at once, the word's letters were taken for keys of the board."""
    make_series(clone, "sad", 1)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        await type_ahead(pilot, "backslash", *"sax", "backspace", "d", "enter", "G", "enter", "?")
        assert board.filter == "sad"
        assert isinstance(app.screen, HelpScreen)
        series = app.screen_stack[-2]
        assert isinstance(series, SeriesScreen) and series.model.branch == "sad"


async def test_what_is_pasted_keeps_its_turn(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        app.post_message(Key("backslash", "\\"))
        app.post_message(Paste("nowhere"))
        await type_ahead(pilot, "enter", "D")
        assert board.filter == "nowhere"
        assert isinstance(app.screen, DraftsScreen)


async def test_a_command_of_the_palette_and_a_key_after_it(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await type_ahead(pilot, "ctrl+p", "escape", "D", "ctrl+p", "escape", "?")
        assert isinstance(app.screen, HelpScreen)
        assert [type(one).__name__ for one in app.screen_stack[2:]] == ["DraftsScreen", "HelpScreen"]


async def test_nothing_is_confirmed_by_typing_ahead(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        before = git(clone, "rev-parse", "peek")
        await type_ahead(pilot, "d", "y", "y")
        assert isinstance(app.screen, Confirm)
        late = Key("y", "y")
        late.time -= 60  # it lay in the queue while the page was drawn
        app.post_message(late)
        await pilot.pause(0.5)
        assert isinstance(app.screen, Confirm) and git(clone, "rev-parse", "peek") == before
        await pilot.press("y")
        await settled(pilot)
        assert git(clone, "rev-parse", "peek") != before


async def test_arrows_move_in_the_draft_that_is_written_and_leaving_keeps_it(clone: Path) -> None:
    """The arrows moved the mail above, and what was typed just before Esc and q was lost."""
    path = clone / ".git" / "patchflow" / "drafts" / "one.draft"
    path.parent.mkdir(parents=True)
    path.write_text("To: rita@example.net\nSubject: Re: x\nIn-Reply-To: <a@example.net>\n\nab\n")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("D")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await type_ahead(pilot, "i", *"xyz", "left", "left", "backspace", "up", "home", "W", "escape", "q", "q")
        assert isinstance(app.screen, BoardScreen)
        assert path.read_text().endswith("\n\nWab\nyz")
