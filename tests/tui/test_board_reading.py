"""The board while the series are being read: no state that was not read, and no row that moves under the cursor."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from patchflow.domain.series import Revision, SentMessage
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import take_in
from patchflow.tui.app import PatchflowApp
from patchflow.tui.first_frame import remember
from patchflow.tui.models.board import Board
from patchflow.tui.screens.ask import Ask
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.work import board as work_board
from tests.tui.clone import git, make_clone, make_series, seal
from tests.tui.test_app import settled, until

REPLY = """From r@example.net Mon Jan  5 10:00:00 2026
From: Rita Reviewer <r@example.net>
To: Ada Example <ada@example.org>
Subject: Re: [PATCH net-next] alpha: change
Date: Mon, 5 Jan 2026 10:00:00 +0000
Message-ID: <answer@example.net>
In-Reply-To: <{id}>
References: <{id}>

> +int one = call(1);

This leaks the reference, please drop it on the error path.

"""


def record_sent(clone: Path, branch: str) -> str:
    """Records the branch's patches as a sent v1; the Message-ID of the first."""
    here = Clone(str(clone))
    series = here.store.load(branch)
    messages = tuple(
        SentMessage(n, f"{branch}-{n}@example.org", patch.subject, commit=patch.commit)
        for n, patch in enumerate(series.patches, 1)
    )
    here.store.record(series, Revision(1, datetime.now(UTC), series.base, series.tip, "PATCH", messages), {})
    return messages[0].message_id


async def test_no_state_is_shown_that_was_not_read_and_no_row_moves(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("aa", "zz"):
        git(clone, "switch", "-q", "--detach", "base")
        make_series(clone, name)
    box = tmp_path / "box"
    box.write_text(REPLY.format(id=record_sent(clone, "zz")))
    git(clone, "switch", "-q", "peek")
    take_in(Clone(str(clone)), str(box))
    early: list[Board] = []
    held, read_board = threading.Event(), work_board.read_board

    def slow(directory: str, heard: Callable[[Board], None]) -> Board:
        def hear(board: Board) -> None:
            early.append(board)
            heard(board)
            held.wait(20)

        return read_board(directory, hear)

    monkeypatch.setattr(work_board, "read_board", slow)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(120, 30)) as pilot:
        board = app.screen
        assert isinstance(board, BoardScreen)
        await until(pilot, lambda: board.board.lines)
        (row,) = [row.text for row in board.table.rows if row.ref == "zz"]
        assert "…" in row and "sent" not in row and "wait for review" not in row, "its mail was not read yet"
        assert any(row.ref == "aa" and "drafting" in row.text for row in board.table.rows), "no mail is about it"
        order = [row.ref for row in board.table.rows]
        board.table.move_to_ref("zz")
        held.set()
        await settled(pilot)
        (row,) = [row.text for row in board.table.rows if row.ref == "zz"]
        assert "changes asked" in row and "…" not in row
        assert [one.ref for one in board.table.rows] == order and board.table.ref == "zz"
        held.clear()
        count = len(early)
        board.reread()
        await until(pilot, lambda: len(early) > count and board.board.lines)
        await pilot.pause()
        assert any(one.ref == "zz" and "changes asked" in one.text for one in board.table.rows), "what was read stays"
        held.set()
        await settled(pilot)


async def test_rows_stay_where_they_were_seen_however_soon_the_board_is_read(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(clone, "switch", "-q", "--detach", "base")
    make_series(clone, "aa")
    git(clone, "switch", "-q", "peek")
    remember(str(clone), ["patchflow · linux", "  aa  v1", "* peek  v1"])
    read_board = work_board.read_board
    monkeypatch.setattr(work_board, "read_board", lambda directory, _: read_board(directory, lambda board: None))
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        assert isinstance(board := app.screen, BoardScreen)
        assert [row.ref for row in board.table.rows if row.ref] == ["aa", "peek"]


async def test_a_first_start_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git knew no user, a series' name was typed for nothing, and the way on led to another terminal."""
    env = seal(tmp_path / "home", monkeypatch)
    folder = make_clone(tmp_path / "linux")
    Path(env["GIT_CONFIG_GLOBAL"]).write_text("")
    app = PatchflowApp(str(folder), poll=False)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        assert ":setup asks" in board.table.text() and board.next_words() == "next: :setup asks who you are"
        await pilot.press("c", *"first vsock", "enter")
        await settled(pilot)
        assert isinstance(app.screen, Ask) and app.screen.line.value == "first vsock"
        git(folder, "config", "user.name", "Ada Example")
        git(folder, "config", "user.email", "ada@example.org")
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, Ask) and "Its base" in app.screen.words
