"""Somebody else's series by keys alone: taken in, remarks on its lines, tags, sent; and the next revision."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from patchflow.adapters.mail.outbox import Outbox
from patchflow.demo.server import LoopbackServer, header
from patchflow.flow.clone import Clone
from patchflow.flow.review.reply import _queue
from patchflow.flow.reviewing import answers, writing
from patchflow.formats.mail.message import parse_mail
from patchflow.tui.app import PatchflowApp
from patchflow.tui.models.review_mail import MailLine
from patchflow.tui.screens.ask import Ask
from patchflow.tui.screens.confirm import SETTLE, Confirm
from patchflow.tui.screens.review import ReviewScreen
from patchflow.tui.screens.reviews import ReviewsScreen, SeveralScreen
from tests.conftest import git, run_patchflow
from tests.review_checks import check_review_mail
from tests.reviewed import FILE, mbox, reply, upstream
from tests.tui.test_app import settled
from tests.tui.test_app import until as holds

BASE = "// SPDX-License-Identifier: GPL-2.0\nint a;\nint b;\nint c;\n"
ONE = BASE.replace("int a;", "int a = 1;")
TWO = [("vsock: Count a.", {FILE: ONE}), ("vsock: count c", {FILE: ONE.replace("int c;", "int c = 3;")})]
V2 = [TWO[0], (TWO[1][0], {FILE: ONE.replace("int c;", "long c = 3;")})]


@pytest.fixture
def server(tmp_path: Path, sealed: Path) -> Iterator[LoopbackServer]:
    """A server on loopback that git send-email is configured for."""
    one = LoopbackServer(tmp_path / "delivered")
    with (sealed / "gitconfig").open("a") as file:
        file.write(f"[sendemail]\n\tsmtpServer = 127.0.0.1\n\tsmtpServerPort = {one.port}\n\tsmtpEncryption =\n")
    yield one
    one.stop()


async def until(pilot: Pilot[int], kind: type[Any]) -> Any:
    """The screen of that kind, once it stands there and nothing runs."""
    for _ in range(500):
        await settled(pilot)
        if isinstance(pilot.app.screen, kind):
            return pilot.app.screen
        await pilot.pause(0.02)
    raise AssertionError(pilot.app.screen)


async def typed(pilot: Pilot[int], text: str) -> None:
    """A line, pasted at the prompt."""
    assert isinstance(pilot.app.screen, Ask), pilot.app.screen
    pilot.app.post_message(events.Paste(text))
    await pilot.press("enter")
    await settled(pilot)


async def go_to(pilot: Pilot[int], view: ReviewScreen, words: str) -> None:
    """The cursor of the mail to the row with these words, by the key for one line down."""
    detail = view.panel.detail
    wanted = next(n for n, row in enumerate(detail.rows) if words in row.text)
    await pilot.press("g")
    for _ in range(200):
        row = detail.row
        assert row is not None
        if row is detail.rows[wanted]:
            return
        await pilot.press(*["j"] * max(wanted - detail.rows.index(row), 1))
    raise AssertionError(words)


async def take_in(pilot: Pilot[int], path: Path) -> ReviewScreen:
    """From the board to a review of the series in a mail file."""
    await settled(pilot)
    await pilot.press("V")
    await until(pilot, ReviewsScreen)
    await pilot.press("a")
    await typed(pilot, str(path))
    view: ReviewScreen = await until(pilot, ReviewScreen)
    return view


@pytest.mark.parametrize("older", [False, True], ids=["at once", "taken in by an older patchflow"])
async def test_the_first_page_waits_for_no_other_mail(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: bool
) -> None:
    """The cover letter and the patches stand there while the other mails of the thread are not read yet."""
    mail = mbox(small, "base", upstream(small, "base", TWO), 1, "vsock: count")
    run_patchflow("-C", str(small), "review", "-", stdin=reply("v1-0@uwe", "vsock: count", "Fine.") + mail)
    if older:
        kept = small / ".git/patchflow/reviews/vsock-count-v1/review.json"
        row = json.loads(kept.read_text())
        kept.write_text(json.dumps({key: row[key] for key in row if key not in ("cover", "patches")}))
    go_on, whole = threading.Event(), writing.taken_again

    def slow(here: Clone, word: str = "") -> Any:
        assert older or go_on.wait(30)
        return whole(here, word)

    monkeypatch.setattr(writing, "taken_again", slow)
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("V")
        await until(pilot, ReviewsScreen)
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen.model)
        view = app.screen
        assert isinstance(view, ReviewScreen) and view.model
        assert [row.ref for row in view.panel.list.rows] == ["v1-0@uwe", "v1-1@uwe", "v1-2@uwe"]
        go_on.set()
        await settled(pilot)
        assert view.model.since is not None


@pytest.mark.long
async def test_the_whole_journey_by_keys(small: Path, tmp_path: Path, server: LoopbackServer) -> None:
    mail = mbox(small, "base", upstream(small, "base", TWO), 1, "vsock: count", with_base=True)
    (tmp_path / "t").write_text(mail)
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        view = await take_in(pilot, tmp_path / "t")
        assert [row.ref for row in view.panel.list.rows] == ["v1-0@uwe", "v1-1@uwe", "v1-2@uwe"]
        await pilot.press("t", "r", "enter")  # on the cover letter: for all
        await settled(pilot)
        await pilot.press("W")
        await settled(pilot)
        assert view.model and view.model.review.phase == "applied"
        await pilot.press("C")
        await settled(pilot, 60)
        await pilot.press("j", "enter")
        await go_to(pilot, view, "^ ")  # the first finding
        await pilot.press("x")
        await settled(pilot)
        assert [one.finding != "" for one in view.model.draft.remarks] == [True]
        await pilot.press("h", "j", "enter")
        await go_to(pilot, view, "+int c = 3;")
        await pilot.press("c")
        await typed(pilot, "Why three?")
        await go_to(pilot, view, " int a = 1;")
        await pilot.press("v")
        await go_to(pilot, view, " int b;")
        await pilot.press("c")
        await typed(pilot, "Both of them?")
        rows = view.panel.detail.rows
        at = next(n for n, row in enumerate(rows) if "Both of them?" in row.text)
        assert rows[at - 1].text.endswith(" int b;"), "a remark stands below its line"
        both = view.model.draft.remarks[-1]
        assert both.last - both.first == 1
        await pilot.press("t", "a", "enter")
        await settled(pilot)
        await pilot.press("t", "t", "enter")
        await settled(pilot)
        await pilot.press("escape")  # it is asked once more
        assert [one.key for one in view.model.draft.tags] == ["Reviewed-by", "Acked-by"], "nothing was built"
        await pilot.press("S")
        page = await until(pilot, Confirm)
        assert "mail 3 of 3" in page.page.text() and "> +int c = 3;" in page.page.text()
        await pilot.press("enter")
        await until(pilot, ReviewScreen)
        assert server.messages() == [], "Enter sends nothing"
        await pilot.press("S")
        page = await until(pilot, Confirm)
        shown = page.page.text()
        await pilot.pause(SETTLE + 0.1)
        await pilot.press("s")
        view = await until(pilot, ReviewScreen)
        assert view.model and all(one.mail for one in view.model.draft.both)
        await pilot.press("S")
        await settled(pilot)
        assert app.screen is view, "there is nothing to send any more"
    sent = {parse_mail(one).in_reply_to[0]: parse_mail(one) for one in server.messages()}
    assert sorted(sent) == ["v1-0@uwe", "v1-1@uwe", "v1-2@uwe"] and len(server.messages()) == 3
    bodies = {parse_mail(one.encode()).id: parse_mail(one.encode()).body for one in mail.split("\nFrom ")}
    for id, got in sent.items():
        assert got.body.rstrip() in shown, "what was shown is what left"
        check_review_mail(got.body, bodies.get(id, bodies.get(f"{id}", "")))
    assert "Reviewed-by: Ada Example <ada@example.org>" in sent["v1-0@uwe"].body
    assert "Acked-by: Ada Example <ada@example.org>" in sent["v1-2@uwe"].body
    assert header(server.messages()[0], "To").startswith("Uwe Upstream")


@pytest.mark.long
async def test_drafts_are_there_after_a_restart_and_are_changed_and_dropped(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = mbox(small, "base", upstream(small, "base", TWO), with_base=True)
    (tmp_path / "t").write_text(mail)
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "1i Two lines\\nof it." "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("GIT_EDITOR", str(editor))
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        view = await take_in(pilot, tmp_path / "t")
        assert view.panel.list.rows[-1].ref == "all", "no cover letter stands for all"
        await pilot.press("G", "t", "a", "enter")
        await settled(pilot)
        await pilot.press("k", "tab")
        await go_to(pilot, view, "+int c = 3;")
        await pilot.press("e")
        await settled(pilot)
        assert view.model and [one.text for one in view.model.draft.remarks] == ["Two lines\nof it."]
        assert [one.patch for one in view.model.draft.tags] == ["v1-1@uwe", "v1-2@uwe"]
        await pilot.press("escape", "k", "c")
        await typed(pilot, "As a whole.")
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("V")
        listed = await until(pilot, ReviewsScreen)
        assert "4 to send" in listed.table.text()
        await pilot.press("enter")
        view = await until(pilot, ReviewScreen)
        await pilot.press("tab")
        await go_to(pilot, view, "| you: As a whole.")
        await pilot.press("c")
        await typed(pilot, "It is fine.")
        assert view.model and view.model.draft.remarks[1].text == "It is fine."
        await pilot.press("d")
        page = await until(pilot, Confirm)
        assert "It is fine." in page.page.text()
        await pilot.pause(SETTLE + 0.1)
        await pilot.press("y")
        await until(pilot, ReviewScreen)
        assert len(view.model.draft.remarks) == 1
    kept = json.loads((small / ".git/patchflow/reviews/vsock-count-a-v1/draft.json").read_text())
    assert [one["text"] for one in kept["remarks"]] == ["Two lines\nof it."] and len(kept["tags"]) == 2


async def test_the_next_revision_has_what_became_of_the_remarks_beside_its_lines(small: Path, tmp_path: Path) -> None:
    git(small, "checkout", "-q", "base")
    ada = "Ada Example <ada@example.org>"
    said = ">  int a = 1;\n\nAnd b?\n\n> -int c;\n> +int c = 3;\n\nA long."
    mail = mbox(small, "base", upstream(small, "base", TWO), 1, "vsock: count", with_base=True)
    mail += reply("v1-2@uwe", "[PATCH 2/2] vsock: count c", said, ada)
    mail += reply("v1-1@uwe", "[PATCH 1/2] vsock: Count a.", f"Reviewed-by: {ada}", ada, 2)
    mail += mbox(small, "base", upstream(small, "base", V2), 2, "vsock: count", with_base=True, day=9)
    (tmp_path / "t").write_text(mail)
    assert run_patchflow("-C", str(small), "todo", "--mine", "r2-8@example.net").code == 0
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(200, 50)) as pilot:
        view = await take_in(pilot, tmp_path / "t")
        await pilot.press("j")
        assert "unchanged since v1" in view.next_words() and "# gives Reviewed-by again" in view.next_words()
        await pilot.press("number_sign")
        await settled(pilot)
        assert view.model and [(one.key, one.patch) for one in view.model.draft.tags] == [("Reviewed-by", "v2-1@uwe")]
        await pilot.press("j")
        rows = view.panel.detail.rows
        ignored = next(n for n, row in enumerate(rows) if "ignored" in row.text)
        assert "And b?" in rows[ignored].text and rows[ignored - 1].text.endswith(" int a = 1;")
        settled_at = next(n for n, row in enumerate(rows) if "settled" in row.text)
        assert "A long." in rows[settled_at].text and rows[settled_at - 2].ref == MailLine("v2-2@uwe", 0)


async def test_a_mail_of_unknown_fate_is_settled_and_never_sent_twice(
    small: Path, tmp_path: Path, server: LoopbackServer
) -> None:
    (tmp_path / "t").write_text(mbox(small, "base", upstream(small, "base", TWO), with_base=True))
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        view = await take_in(pilot, tmp_path / "t")
        await pilot.press("c")
        await typed(pilot, "Why?")
        here = Clone(str(small))
        (mail,) = answers.answers(here, *writing.taken_again(here))
        outbox = Outbox(here.repository.state.reply_outbox(mail.path.stem))
        _queue(here, mail, outbox, ())  # and killed while the server took it
        outbox.note(outbox.read()[0].message_id, "started")
        await pilot.press("S")
        await settled(pilot)
        assert app.screen is view and view.asked
        await pilot.press("right_parenthesis")
        await until(pilot, Confirm)
        await pilot.pause(SETTLE + 0.1)
        await pilot.press("s")
        view = await until(pilot, ReviewScreen)
        assert view.model and view.model.draft.remarks[0].mail and server.messages() == []


@pytest.mark.long
async def test_of_several_series_in_a_file_one_is_chosen(small: Path, tmp_path: Path) -> None:
    mail = mbox(small, "base", upstream(small, "base", TWO), 1, "vsock: count", with_base=True)
    other = mbox(small, "base", upstream(small, "base", [("mm: else", {"mm/x.c": "int x;\n"})]))
    mail += other.replace("@uwe>", "@else>").replace("uwe@example.net", "eve@example.net")
    (tmp_path / "t").write_text(mail)
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("V")
        await until(pilot, ReviewsScreen)
        await pilot.press("a")
        await typed(pilot, str(tmp_path / "t"))
        several = await until(pilot, SeveralScreen)
        assert [row.ref for row in several.table.rows] == ["v1-1@else", "v1-0@uwe"]
        await pilot.press("enter")
        view = await until(pilot, ReviewScreen)
        assert view.review == "mm-else-v1"


@pytest.mark.long
async def test_both_sides_and_more_of_the_file(small: Path, tmp_path: Path) -> None:
    """As in the tab of the patches; once it is applied, the lines of the files that the mail has not are there, too."""
    many = BASE + "".join(f"int line_{n};\n" for n in range(40))
    git(small, "switch", "--quiet", "--detach", "base")
    (small / FILE).write_text(many)
    git(small, "commit", "--quiet", "-a", "-m", "many lines")
    now = many.replace("int line_12;\n", "long line_12;\nlong more;\n").replace("int line_30;\n", "")
    tip = upstream(small, "HEAD", [("vsock: change lines", {FILE: now})])
    (tmp_path / "t").write_text(mbox(small, "HEAD", tip, with_base=True))
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(200, 50)) as pilot:
        view = await take_in(pilot, tmp_path / "t")
        detail = view.panel.detail
        await pilot.press("plus")
        assert "line_25" not in detail.text(), "nothing is applied, so there is no more"
        await pilot.press("vertical_line")
        await settled(pilot)
        pairs = [tuple(half.split() for half in line.split("│")) for line in detail._lines if "│" in line]
        assert (["17", "-int", "line_12;"], ["17", "+long", "line_12;"]) in pairs
        assert ([], ["18", "+long", "more;"]) in pairs and (["35", "-int", "line_30;"], []) in pairs
        assert (["18", "int", "line_13;"], ["19", "int", "line_13;"]) in pairs
        await go_to(pilot, view, "-int line_12;")
        await pilot.press("c")
        await typed(pilot, "Why long?")
        (remark,) = view.model.draft.remarks  # type: ignore[union-attr]
        assert remark.line == "+long line_12;"
        await pilot.press("vertical_line", "W")
        await settled(pilot)
        await pilot.press("plus")
        await settled(pilot)
        shown = [row.text.split()[-1] for row in detail.rows if row.text[:5].strip().isdecimal()]
        assert shown.count("line_20;") == 1 and "line_39;" in shown and "line_0;" not in shown and "line_3;" in shown
        await go_to(pilot, view, " int line_20;")
        await pilot.press("c")
        assert isinstance(app.screen, ReviewScreen) and len(view.model.draft.remarks) == 1  # type: ignore[union-attr]
        await pilot.press("plus", "plus", "vertical_line")
        await settled(pilot)
        numbers = [int(row.beside.text[:5]) for row in detail.rows if row.beside and row.beside.text[:5].strip()]
        assert numbers == list(range(1, now.count("\n") + 1)), "each line of the file once, in its order"
