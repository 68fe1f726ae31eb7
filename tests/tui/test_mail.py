"""The mail taken in by keys alone: what waits, whole threads, words that narrow it, read and unread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot

from patchflow.flow.clone import Clone
from patchflow.flow.review.seen import seen
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.ask import Ask
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.mail import MailScreen, ThreadScreen
from patchflow.tui.screens.review import ReviewScreen
from tests.cli.test_review_waiting import ANSWER, LIST, MINE, UWE, patch, reply, take_in
from tests.mails import mail
from tests.tui.test_app import settled
from tests.tui.test_review import until

OTHER = mail("Hello.\n", sender=UWE, subject="Something else", id="else@uwe", extra="To: other@lists.example.org")


async def find(pilot: Pilot[int], words: str) -> Any:
    """The list with these words."""
    await pilot.press("backslash")
    assert isinstance(pilot.app.screen, Ask)
    pilot.app.screen.query_one("Input").value = ""  # type: ignore[attr-defined]
    pilot.app.post_message(events.Paste(words))
    await pilot.press("enter")
    view = await until(pilot, MailScreen)
    await settled(pilot)
    return view


def refs(view: Any) -> list[tuple[str, bool]]:
    """What can be chosen, and whether it is marked as unread."""
    return [(row.ref, row.text.startswith("*")) for row in view.table.rows if row.ref]


async def test_any_thread_is_found_opened_and_read(small: Path) -> None:
    take_in(small, [patch(extra=LIST), MINE, ANSWER, OTHER])
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("at")
        view: Any = await until(pilot, MailScreen)
        assert refs(view) == [("p1@uwe", True), ("a1@uwe", True), ("else@uwe", True)]
        assert "answers you" in view.table.text()
        view = await find(pilot, "dfn:widget tc:list@lists.example.org")
        assert refs(view) == [("p1@uwe", True)]
        await pilot.press("enter")
        thread = await until(pilot, ThreadScreen)
        rows = thread.panel.list.rows
        assert [row.ref for row in rows] == ["p1@uwe", "m1@ada", "a1@uwe"]
        assert [row.text[0] for row in rows] == [" ", " ", "*"], "the chosen one is looked at, one's own needs not be"
        await pilot.press("G")
        assert "No, see above." in thread.panel.detail.text()
        assert seen(Clone(str(small))) == {"p1@uwe", "a1@uwe"}
        await pilot.press("q")
        view = await until(pilot, MailScreen)
        assert refs(view) == [("p1@uwe", False)]
        await pilot.press("escape")
        await settled(pilot)
        assert refs(view) == [("p1@uwe", False), ("a1@uwe", False), ("else@uwe", True)]
        await pilot.press("x")
        await settled(pilot)
        assert refs(view)[0] == ("p1@uwe", True)
        await pilot.press("x")
        await settled(pilot)
        view = await find(pilot, "is:unread")
        assert refs(view) == [("else@uwe", True)]
        view = await find(pilot, "nothing-holds-this")
        assert refs(view) == []
        view = await find(pilot, "s:leak")
        await pilot.press("a")
        review = await until(pilot, ReviewScreen)
        assert [row.ref for row in review.panel.list.rows] == ["p1@uwe"]


async def test_without_mail_and_without_a_name(small: Path, sealed: Path) -> None:
    (sealed / "gitconfig").write_text("")
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("at")
        view: Any = await until(pilot, MailScreen)
        assert "No mail was taken in yet" in view.table.text()
        await pilot.press("q")
        await settled(pilot)
        take_in(small, [patch(extra=LIST), reply("Nice.\n", 6, "o1@o", "p1@uwe", UWE)])
        await pilot.press("at")
        view = await until(pilot, MailScreen)
        assert refs(view) == [("o1@o", True)] and "user.email is not set" in view.table.text()


async def test_what_a_search_at_the_prompt_finds_opens(small: Path) -> None:
    take_in(small, [patch(extra=LIST), MINE, ANSWER, OTHER])
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("colon", *"search dfn:widget", "enter")
        view: Any = await until(pilot, MailScreen)
        await settled(pilot)
        assert [ref for ref, _ in refs(view)] == ["p1@uwe"] and view.words == "dfn:widget"
        await pilot.press("enter")
        thread = await until(pilot, ThreadScreen)
        assert [row.ref for row in thread.panel.list.rows] == ["p1@uwe", "m1@ada", "a1@uwe"]
        await pilot.press("q", "q")
        assert isinstance(app.screen, BoardScreen)
