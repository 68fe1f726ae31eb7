"""The app on a real small clone, driven by keys."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot

from patchflow.adapters.git.making import Maker
from patchflow.flow.series.board import fingerprint
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.ask import Ask
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.help import HelpScreen
from patchflow.tui.screens.output import TextScreen
from patchflow.tui.screens.series import SeriesScreen
from patchflow.tui.work import reading
from tests.tui.clone import git, make_series


async def settled(pilot: Pilot[int], seconds: float = 20.0) -> None:
    """Waits until no visible or silent job runs, and a page that asks stands there: it takes no key before."""
    app = pilot.app
    assert isinstance(app, PatchflowApp)
    for _ in range(int(seconds / 0.02)):
        await pilot.pause(0.02)
        if not app.jobs:
            await pilot.pause(0.02)
            if not app.jobs and not (isinstance(app.screen, Confirm) and app.screen.since == math.inf):
                return
    raise AssertionError(f"still running: {[job.group for job in app.jobs]}")


async def until(pilot: Pilot[int], holds: Callable[[], object], seconds: float = 60.0) -> None:
    """Waits for what a key leads to."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await pilot.pause(0.02)
    raise AssertionError("it does not come")


async def test_board_and_series(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        assert "peek" in board.table.text() and "drafting" in board.table.text()
        assert "3 Checks" in board.next_words()
        await pilot.press("enter")
        await settled(pilot)
        series = app.screen
        assert isinstance(series, SeriesScreen)
        assert len(series.model.patches) == 3
        assert "checkpatch:SPACING" in "\n".join(f.rule for f in series.model.findings(series.model.patches[1].commit))
        await pilot.press("j")
        assert "space prohibited" in series.tab.detail.text()
        for key in "2345678":
            await pilot.press(key)
            await settled(pilot)
        assert "STOP" in series.tab.list.text()
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("q", "q")
        assert isinstance(app.screen, BoardScreen)
        await pilot.press("q")
    assert app.return_value == 0


async def test_undo_shows_what_it_takes_back_and_asks(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 0.0)  # the tests of typing ahead hold that
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)

        async def press(*keys: str) -> str:
            await pilot.press(*keys)
            await settled(pilot)
            return git(clone, "branch")

        assert "second" not in await press("c", *"second", "enter"), "peek is a series: on which base is asked first"
        assert "* second" in await press("enter")
        assert git(clone, "config", "branch.second.patchflow-base").strip() == "base"
        assert "* second" in await press("u")
        assert isinstance(app.screen, Confirm)
        assert "new second" in app.screen.page.text() and "just now" in app.screen.page.text()
        assert "* second" in await press("enter"), "Enter takes nothing back"
        await press("u")
        assert "second" not in await press("y")
        await press("Z")
        assert "* second" in await press("y"), "redo"
        await press("H")
        assert isinstance(app.screen, TextScreen) and "new second" in app.screen.page.text()
        await press("q", ":", *"undo", "enter")
        assert isinstance(app.screen, Confirm), "the command line of the UI asks as well"


async def test_a_base_that_no_remote_has_is_asked_once(clone: Path) -> None:
    git(clone, "checkout", "--quiet", "base", "-b", "aside")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("c", *"second vsock", "enter")
        await settled(pilot)
        assert isinstance(app.screen, Ask) and "No fetched remote has net-next" in app.screen.words
        assert any("git remote add net-next" in one.message for one in app._notifications)
        await pilot.press(*["backspace"] * 4, *"base", "enter")
        await settled(pilot)
        key = "patchflow.git.kernel.org/linux/kernel/git/netdev/net-next.base"
        assert git(clone, "config", key) == git(clone, "config", "branch.second.patchflow-base") == "base\n"
        git(clone, "checkout", "--quiet", "aside")
        await pilot.press("c", *"third vsock", "enter")
        await settled(pilot)
        assert not isinstance(app.screen, Ask) and "third" in git(clone, "branch")


async def test_trouble_is_a_notice(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("c", *"bad..name", "enter")
        await settled(pilot)
        assert any("not a name for a branch" in one.message for one in app._notifications)
        assert isinstance(app.screen, Ask) and app.screen.line.value == "bad..name", "what was typed stays"
        await pilot.press("escape")
        assert isinstance(app.screen, BoardScreen)


async def test_an_outside_commit_appears(clone: Path) -> None:
    app = PatchflowApp(str(clone))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(1.5)
        series = app.screen
        assert isinstance(series, SeriesScreen)
        git(clone, "commit", "--quiet", "--allow-empty", "-m", "alpha: from another terminal")
        for _ in range(100):
            await pilot.pause(0.1)
            if len(series.model.patches) == 4:
                break
        assert len(series.model.patches) == 4


async def test_confirm_has_its_focus_on_cancel(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from patchflow.tui.models.rows import Row

    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 2.0)  # a busy machine is slower than a user
    app = PatchflowApp(str(clone), poll=False)
    answers: list[object] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key in ("enter", "escape", "q", "x"):
            app.push_screen(Confirm("Send?", [Row("to everybody")], "confirm-send", "send"), answers.append)
            for _ in range(500):
                await pilot.pause(0.02)
                if app.focused is not None:
                    break
            assert app.focused is not None and app.focused.id == "cancel"
            await pilot.press("s")  # typed before anybody could have read the page
            await pilot.press(key)
            if key == "x":
                await asyncio.sleep(2.0)
                await pilot.press("s")
    assert answers == [False, False, False, True]


@pytest.mark.parametrize("colour", ["", "1"])
async def test_no_color(clone: Path, monkeypatch: pytest.MonkeyPatch, colour: str) -> None:
    if colour:
        monkeypatch.setenv("NO_COLOR", colour)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        drawn = [segment for strip in app.screen._compositor.render_strips() for segment in strip]
        coloured = [one for one in drawn if one.style and (one.style.color or one.style.bgcolor)]
        assert bool(coloured) is not bool(colour), coloured[:5]
        assert any(one.style and (one.style.bold or one.style.reverse) for one in drawn), "attributes stay"
        assert "peek" in "".join(one.text for one in drawn)


async def test_only_one_line_bears_the_cursor_after_scrolling(clone: Path) -> None:
    from patchflow.tui.models.rows import Row
    from patchflow.tui.screens.output import TextScreen

    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(40, 12)) as pilot:
        await settled(pilot)
        app.push_screen(TextScreen("many", [Row(f"line {n}") for n in range(300)]))
        await pilot.pause(0.1)
        for key in ("space", "space", "k", "k", "k", "b", "j"):
            await pilot.press(key)
            await pilot.pause()
            drawn = [strip.text for strip in app.screen._compositor.render_strips()]
            marked = [text for text in drawn if text.startswith(">")]
            assert len(marked) == 1, drawn


async def test_a_scroll_bar_that_comes_breaks_no_line_anew(clone: Path) -> None:
    """What is wrapped before the first scroll bar stood there is wrapped just so after."""
    from patchflow.tui.models.rows import Row
    from patchflow.tui.screens.output import TextScreen

    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(40, 12)) as pilot:
        await settled(pilot)
        screen = TextScreen("many", [])
        app.push_screen(screen)
        await pilot.pause(0.1)
        rows = [Row("x" * 39, code=True) for _ in range(300)]
        screen.page.set_rows(rows)
        first = list(screen.page._lines)
        await pilot.pause(0.2)
        assert screen.page.show_vertical_scrollbar
        screen.page.set_rows(list(rows))
        assert screen.page._lines == first
        drawn = [strip.text for strip in app.screen._compositor.render_strips()][1:11]
        assert all("…" not in text for text in drawn)


async def test_the_boards_filter_stays_over_a_visit_to_a_series(clone: Path) -> None:
    make_series(clone, "other", 1)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        await pilot.press("backslash", *"peek", "enter")
        assert "peek" in board.table.text() and "other" not in board.table.text()
        await pilot.press("j", "enter")
        await settled(pilot)
        assert len(app.screen_stack) == 3
        await pilot.press("q")
        await settled(pilot)
        assert app.screen is board and board.table.ref == "peek"
        assert "other" not in board.table.text() and "only peek" in board.title_words()[0]
        await pilot.press("escape")
        assert "other" in board.table.text()


@pytest.mark.long
async def test_half_of_a_change_of_our_own_is_not_shown(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new branch stood on the board while git still switched to it: a commit made then failed or went astray."""
    going, switch = threading.Event(), Maker._move_head

    def later(self: Maker, branch: str, before: str) -> None:
        going.wait(30)
        switch(self, branch, before)

    monkeypatch.setattr(Maker, "_move_head", later)
    app = PatchflowApp(str(clone))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        await pilot.press("c", *"another", "enter")
        await settled(pilot)
        await pilot.press("enter")  # the same base
        for _ in range(200):
            await pilot.pause(0.05)
            if "another" in git(clone, "branch"):
                break
        await pilot.pause(3)
        assert "another" not in board.table.text()
        going.set()
        await settled(pilot)
        await pilot.pause(0.5)
        await settled(pilot)
        assert "another" in board.table.text()
        assert git(clone, "rev-parse", "--abbrev-ref", "HEAD").strip() == "another"


async def test_a_rebase_in_another_work_tree_is_shown(clone: Path, tmp_path: Path) -> None:
    branch, other = git(clone, "rev-parse", "--abbrev-ref", "HEAD").strip(), tmp_path / "other"
    git(clone, "switch", "-q", "--detach")
    git(clone, "worktree", "add", "-q", str(other), branch)
    app = PatchflowApp(str(clone))
    async with app.run_test(size=(120, 24)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen) and "rebase" not in board.table.text()
        await pilot.pause(1.5)
        await settled(pilot)
        git(other, "-c", "sequence.editor=sed -i 1s/pick/edit/", "rebase", "-q", "-i", "HEAD~2")
        for _ in range(60):
            await pilot.pause(0.1)
            await settled(pilot)
            if "rebase" in board.table.text():
                break
        assert "rebase" in board.table.text()


def test_what_was_looked_at_is_kept_and_changes_nothing(clone: Path) -> None:
    reading.keep_seen(str(clone), ["first@example.org"])
    before = fingerprint(str(clone))
    reading.keep_seen(str(clone), ["second@example.org"])
    assert reading.seen(str(clone)) == {"first@example.org", "second@example.org"}
    assert fingerprint(str(clone)) == before, "every message that is read would read the whole series anew"


async def test_a_key_typed_ahead_finds_the_page_it_was_meant_for(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        series = app.screen
        assert isinstance(series, SeriesScreen)
        patches = series.tabs["patches"]
        place = patches.list.cursor
        for key in "3jkj\t":  # to the checks, one line down, into the detail: with nothing drawn between
            series.post_message(Key("tab" if key == "\t" else key, key))
        checks = series.tabs["checks"]
        for _ in range(100):
            await pilot.pause(0.05)
            if checks.detail.has_focus:
                break
        assert checks.detail.has_focus and checks.list.cursor == 5
        assert patches.list.cursor == place


async def test_after_a_filter_that_fits_nothing_a_series_is_chosen_again(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        await pilot.press("backslash", *"nowhere", "enter")
        assert "No series with 'nowhere' in it" in board.table.text()
        await pilot.press("escape")
        assert board.table.ref == "peek"
        await pilot.press("g")
        board.fill()
        assert board.table.cursor == 0, "whoever went to the headline stays there"


async def test_in_the_smallest_terminal_the_pane_with_the_focus_shows(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(20, 5)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        series = app.screen
        assert isinstance(series, SeriesScreen)
        panel = series.tab
        assert panel.list.size.height == 1
        await pilot.press("tab")
        assert panel.detail.size.height == 1


async def test_the_checks_open_on_the_first_finding_with_its_rule_beside_it(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("3")
        await settled(pilot)
        series = app.screen
        assert isinstance(series, SeriesScreen)
        assert "SPACING" in series.tab.detail.text()


async def test_an_order_that_is_left_unwritten_is_told(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("J", "q")
        assert any("new order was not written" in one.message for one in app._notifications)
