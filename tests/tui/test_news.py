"""What is new since the last look: a mark on the board, and a page that leads to the series."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import take_in
from patchflow.flow.watch.rounds import look
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.news import NewsScreen
from patchflow.tui.screens.series import SeriesScreen
from tests.tui.test_app import settled
from tests.tui.test_board_reading import REPLY, record_sent

TAG = """From m@example.net Mon Jan  5 10:00:00 2026
From: Marco Maintainer <m@example.net>
To: Ada Example <ada@example.org>
Subject: Re: [PATCH net-next] alpha: change
Date: Mon, 5 Jan 2026 11:00:00 +0000
Message-ID: <tag@example.net>
In-Reply-To: <{id}>

Reviewed-by: Marco Maintainer <m@example.net>

"""


def sent_here(clone: Path) -> str:
    """The series as it was sent, its mails with it; the Message-ID of the first."""
    here = Clone(str(clone))
    id = record_sent(clone, "peek")
    series = here.store.load("peek")
    (last,) = series.revisions
    mails = {
        f"{one.part}.eml": f"From: Ada Example <ada@example.org>\nSubject: [PATCH {one.part}/3] {one.subject}\n"
        f"Message-ID: <{one.message_id}>\n\n{patch.message}---\n{patch.diff}".encode()
        for one, patch in zip(last.messages, series.patches, strict=True)
    }
    here.store.record(series, last, mails)
    return id


async def looked(pilot: Pilot[int]) -> NewsScreen:
    """The page, once it was read."""
    await pilot.press("asterisk")
    for _ in range(1000):
        await pilot.pause(0.02)
        if isinstance(page := pilot.app.screen, NewsScreen) and page.table.rows:
            break
    await settled(pilot)
    assert isinstance(pilot.app.screen, NewsScreen)
    return pilot.app.screen


async def test_what_is_new_is_marked_and_shown_once(clone: Path, tmp_path: Path) -> None:
    id = sent_here(clone)
    (tmp_path / "box").write_text(REPLY.format(id=id))
    here = Clone(str(clone))
    take_in(here, str(tmp_path / "box"))
    assert len(look(here, False, datetime.now(UTC), lambda words: None).new) == 1
    (tmp_path / "box").write_text(REPLY.format(id=id) + TAG.format(id=id))
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(200, 24)) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen) and board.title_words()[0].endswith(" · 1 new (*)")
        assert "  1/3 " in board.table.rows[1].text, "a tag that is there counts at once"
        page = await looked(pilot)
        texts = [row.text.partition("  peek: ")[2] or row.text for row in page.table.rows]
        assert texts == ["new since you looked last", "Reviewed-by from Marco Maintainer",
                         "Rita Reviewer: This leaks the reference, please drop it on the error path."]  # fmt: skip
        await pilot.press("j", "enter")
        await settled(pilot)
        assert isinstance(app.screen, SeriesScreen)
        await pilot.press("q", "q")
        await settled(pilot)
        assert isinstance(app.screen, BoardScreen) and "new" not in app.screen.title_words()[0]
        page = await looked(pilot)
        assert [row.text for row in page.table.rows][:3] == [
            "Nothing new since you looked last.",
            "",
            "seen before",
        ]
