"""Keys of the terminal UI where it matters most: a message of unknown fate, a reply with errors, a rebase that is going
on, and a title that was not read yet."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from patchflow.flow.series.board import Review
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.reply import ReplyScreen
from patchflow.tui.screens.series import SeriesScreen
from tests.conftest import git, run_patchflow
from tests.e2e.test_one_writer import begin, p, replies
from tests.faulty import FaultyServer
from tests.tui.test_app import settled, until


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 0.0)  # the tests of typing ahead hold that


@pytest.fixture
def server(sealed: Path) -> Iterator[FaultyServer]:
    made = FaultyServer("close after data", 2)
    with (sealed / "gitconfig").open("a") as file:
        file.write(f"[sendemail]\n\tsmtpServer = localhost\n\tsmtpServerPort = {made.port}\n\tsmtpEncryption =\n")
        file.write("[patchflow]\n\tsendTimeout = 6\n")
    yield made
    made.stop()


@pytest.mark.parametrize("key", ["right_parenthesis", "left_parenthesis"])
@pytest.mark.long
async def test_the_keys_for_a_message_of_unknown_fate(series: Path, server: FaultyServer, key: str) -> None:
    """V takes it as arrived, X sends it once more; each after a page that names it, and never by Enter."""
    assert run_patchflow("-C", str(series), "send", "--yes").code == 4
    assert run_patchflow("-C", str(series), "send", "--resume").code == 4  # the others have left then
    before = server.ids()
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:

        async def press(*keys: str) -> None:
            await pilot.press(*keys)
            await settled(pilot)

        await settled(pilot)
        await press("enter", "8")
        screen = app.screen
        assert isinstance(screen, SeriesScreen)
        shown = screen.tab.list.text()
        assert "Look whether it arrived" in shown and shown.count("UNKNOWN") == 1, shown
        await press("S")
        assert "Nothing waits" in [one.message for one in app._notifications][-1]
        (unknown,) = [one for one in before if one in screen.model.read.outbox and  # type: ignore[union-attr, operator]
                      screen.model.read.outbox[one][0] == "unknown"]  # type: ignore[union-attr, index]  # fmt: skip
        await press(key)
        page = app.screen
        assert isinstance(page, Confirm) and unknown in page.page.text(), page
        await press("enter")
        assert app.screen is screen and server.ids() == before and not git(series, "for-each-ref", "refs/patchflow")
        await press(key, "s")
        await until(pilot, lambda: bool(git(series, "for-each-ref", "refs/patchflow")))
        await settled(pilot)
    assert server.ids().count(unknown) == (2 if key == "left_parenthesis" else 1)
    assert set(server.ids()) == set(before) and len(server.ids()) == len(before) + (key == "left_parenthesis")


async def test_a_reply_with_errors_leaves_with_a_reason_only(series: Path, smtp: Any) -> None:
    p(series, "send", "--yes")
    (one,) = replies(series, 1)
    run_patchflow("-C", str(series), "reply", one)
    (draft,) = (series / ".git/patchflow/drafts").glob("*.draft")
    draft.write_text(draft.read_text() + "\n")  # one that nobody touched is none
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:

        async def press(*keys: str) -> None:
            await pilot.press(*keys)
            await settled(pilot)

        await settled(pilot)
        await press("D", "enter")
        screen = app.screen
        assert isinstance(screen, ReplyScreen), screen
        errors = [finding.rule for finding in screen.findings]
        assert errors, "nothing was written yet"
        await press("S")
        assert type(app.screen).__name__ == "Ask"
        await press("escape")
        assert app.screen is screen
        await press("S", "enter")
        assert app.screen is screen, "a reason that says nothing is none"
        await press("S", *"known", "enter")
        page = app.screen
        assert isinstance(page, Confirm) and f"let through: {errors[0]}: known" in " ".join(page.page.text().split())
        assert len(smtp.messages()) == 3
        await press("s")
        await until(pilot, lambda: len(smtp.messages()) == 4)
        await settled(pilot)
        assert len(smtp.messages()) == 4


async def test_the_board_says_what_git_is_in_the_middle_of(series: Path) -> None:
    begin(series, "rebase")
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        rows = board.table.text().split("\n")
        assert "rebase" in rows[1], rows
        line = next(row for row in rows if "demo" in row and row != rows[1])
        assert "rebase" in line, rows
        assert board.table.cursor == 2, "the cursor stands on the series, not on that row"
        await pilot.press("c", *"other", "enter")
        await settled(pilot)
        assert "other" not in git(series, "branch")


@pytest.mark.long
async def test_a_title_shows_no_state_that_was_not_read(
    series: Path, smtp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail of a sent series is held back: its state depends on it."""
    p(series, "send", "--yes")
    replies(series, 1)
    app = PatchflowApp(str(series), poll=False)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        held, of = threading.Event(), Review.of
        monkeypatch.setattr(Review, "of", lambda self, one: (held.wait(60), of(self, one))[1])
        await pilot.press("enter")
        screen = app.screen
        assert isinstance(screen, SeriesScreen)
        while screen.model.read is None:
            await pilot.pause(0.01)
        assert not screen.model.read.mail_read and screen.title_words()[0].endswith("· …"), screen.title_words()
        held.set()
        await settled(pilot)
        assert screen.title_words()[0].endswith("· changes asked"), screen.title_words()
