"""What keys do in the tabs of a series, where it confused somebody."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from patchflow.domain.comment import CommentState
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review.sources import known_sources
from patchflow.tui.app import PatchflowApp
from patchflow.tui.models.checks import Found
from patchflow.tui.models.recipients import Person
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.series import SeriesScreen
from patchflow.tui.widgets.bars import Keys, Next
from patchflow.tui.work import reading, sending
from tests.tui import shown
from tests.tui.clone import git
from tests.tui.test_app import settled, until


async def opened(pilot: Pilot[int], tab: str) -> SeriesScreen:
    await settled(pilot)
    await pilot.press("enter")
    await settled(pilot)
    await pilot.press(tab)
    await settled(pilot)
    assert isinstance(pilot.app.screen, SeriesScreen)
    return pilot.app.screen


@pytest.mark.long
async def test_whom_an_undo_takes_back_shows_and_d_goes_to_and_fro(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an undo the page went on showing the people of before."""
    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 0.0)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        series = await opened(pilot, "4")
        people = series.tab.list
        await pilot.press("a", *"Bob <bob@example.net>", "enter")
        await settled(pilot)
        assert "Bob" in people.text()
        await pilot.press("u")
        await settled(pilot)
        await pilot.press("y")
        await settled(pilot)
        assert "Bob" not in people.text()
        person = next(row.ref for row in people.rows if isinstance(row.ref, Person))
        people.move_to_ref(person)
        await pilot.press("d")
        await settled(pilot)
        assert f"{person.address}  (left out: " in people.text()
        assert people.ref == person and people.row is not None and "left out" in people.row.text
        await pilot.press("d")
        await settled(pilot)
        assert "left out" not in people.text()


async def test_what_can_be_mended_is_marked_and_the_place_is_kept(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = git(clone, "log", "-1", "--format=%s").strip()
    body = git(clone, "log", "-1", "--format=%b")
    git(clone, "commit", "--quiet", "--amend", "-F", "-", stdin=f"{subject}.\n\n{body}")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        series = await opened(pilot, "3")
        found = series.tab.list
        (stop,) = [row for row in found.rows if "full stop" in row.text]
        assert stop.text.startswith(" f W ") and "f fixes those marked f" in found.rows[0].text
        found.move_to(1)
        await pilot.press("f")
        assert [one.message for one in app._notifications][-1] == "Choose a finding first."
        found.move_to_ref(stop.ref)
        await pilot.press("C")
        await settled(pilot)
        assert found.ref == stop.ref
        monkeypatch.setenv("GIT_EDITOR", "sed -i 1s/[.]$//")
        await pilot.press("E")
        assert isinstance(app.screen, Confirm) and app.screen.question == "reword this patch"
        await pilot.pause(0.5)
        await pilot.press("y")
        await settled(pilot)
        assert git(clone, "log", "-1", "--format=%s").strip() == subject
        assert not any(isinstance(row.ref, Found) and "full stop" in row.text for row in found.rows)


async def test_a_page_that_asks_knows_its_own_keys_alone(clone: Path) -> None:
    """`u` undid the last change while the page still showed what was before it."""
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "1")
        branches = git(clone, "branch")
        await pilot.press("d")
        assert isinstance(app.screen, Confirm)
        assert str(app.screen.query_one("#keys", Keys).render()).startswith(" y drop  Enter cancel")
        await pilot.press("u", "w", "D", "M", "colon")
        await settled(pilot)
        assert isinstance(app.screen, Confirm) and git(clone, "branch") == branches
        await pilot.press("n")
        assert isinstance(app.screen, SeriesScreen)


@pytest.mark.parametrize(("tab", "module", "name"), [("4", reading, "recipients"), ("8", sending, "plan")])
@pytest.mark.long
async def test_why_nothing_could_be_worked_out_stays_on_the_page(
    clone: Path, monkeypatch: pytest.MonkeyPatch, tab: str, module: Any, name: str
) -> None:
    """The notice went, and the page still said that it was being worked out."""

    def fail(*words: Any) -> Any:
        raise PatchflowError("MAINTAINERS cannot be read.", "Look at its rights.")

    right = getattr(module, name)
    monkeypatch.setattr(module, name, fail)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        series = await opened(pilot, tab)
        assert "MAINTAINERS cannot be read. Look at its rights." in series.tab.detail.text()
        monkeypatch.setattr(module, name, right)
        await pilot.press("1", tab)
        await settled(pilot)
        assert "MAINTAINERS cannot be read" not in series.tab.detail.text()
        assert "everything@" in series.tab.list.text() or "STOP" in series.tab.list.text()


async def test_why_a_message_was_refused_stands_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a narrow terminal the list's line ends before the reason."""
    shown.put_in(monkeypatch)
    why = "550 5.1.1 no mailbox of that name is known to this server, which also says so at length"
    cut_off = replace(
        shown.read(),
        outbox={"m1": ("sent", "250 ok"), "m2": ("refused", why)},
        queue=(SimpleNamespace(message_id="m1", subject="one"), SimpleNamespace(message_id="m2", subject="two")),
    )
    monkeypatch.setattr("patchflow.tui.work.reading.read_series", lambda directory, branch, heard: cut_off)
    app = shown.app()
    async with app.run_test(size=(80, 24)) as pilot:
        series = await opened(pilot, "8")
        keys = str(series.query_one("#keys", Keys).render())
        assert "S send" in keys and "m to me" not in keys
        await pilot.press("j", "j")
        await settled(pilot)
        assert f"REFUSED: {why}" in series.tab.detail.text()


@pytest.mark.long
async def test_an_override_of_a_check_is_listed_and_taken_back(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        series = await opened(pilot, "8")
        await pilot.press("p")
        await settled(pilot)
        gates = series.tab.list
        rule = next(str(row.ref) for row in gates.rows if str(row.ref).startswith("checkpatch:"))
        gates.move_to_ref(rule)
        await pilot.press("tilde", *"as-the-file-has-it", "enter")
        await settled(pilot)
        assert f"let through: {rule}: as-the-file-has-it" in gates.text()
        gates.move_to_ref(rule)
        await pilot.press("tilde")
        await settled(pilot)
        assert "let through" not in gates.text() and any(row.ref == rule for row in gates.rows)


@pytest.mark.long
async def test_who_gets_what_is_a_key(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(100, 30)) as pilot:
        series = await opened(pilot, "8")

        def policy() -> tuple[str, set[int]]:
            plan = series.model.plan
            assert plan is not None
            return plan.options.recipients, {len(one.recipients) for one in plan.outgoing}

        usual = policy()
        assert usual[0] == ""
        await pilot.press("percent_sign")
        await settled(pilot)
        assert policy()[0] == "all" and len(policy()[1]) == 1, "everybody gets every mail"
        assert "everybody gets everything; % changes it" in series.tab.list.text()
        await pilot.press("percent_sign")
        await settled(pilot)
        assert policy()[0] == "cover" and "each patch by its files" in series.tab.list.text()
        await pilot.press("percent_sign")
        await settled(pilot)
        assert policy() == usual


async def test_one_key_refreshes_every_source_of_mail(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "Mail/new").mkdir(parents=True)
    (tmp_path / "Mail/new/1").write_bytes(b"From: Rik <rik@example.net>\nMessage-ID: <1@example.net>\n\nHello.\n")
    git(clone, "config", "patchflow.mail.mine", str(tmp_path / "Mail"))
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("F")
        await settled(pilot)
        assert [one.message for one in app._notifications] == ["mine: 1 new message."]


async def test_refreshing_says_how_far_it_is_and_can_be_stopped(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lei = tmp_path / "bin/lei"
    lei.parent.mkdir()
    lei.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid\nexec sleep 60\n")
    lei.chmod(0o755)
    monkeypatch.setenv("PATH", f"{lei.parent}:{os.environ['PATH']}")
    (tmp_path / "Mail/new").mkdir(parents=True)
    (tmp_path / "Mail/new/1").write_bytes(b"From: Rik <rik@example.net>\nMessage-ID: <1@example.net>\n\nHello.\n")
    git(clone, "config", "patchflow.mail.first", str(tmp_path / "Mail"))
    git(clone, "config", "patchflow.mail.slow", f"lei:{tmp_path}/Mail")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("F")
        await until(pilot, lambda: (tmp_path / "pid").is_file() and "slow, 2 of 2" in app.progress_line())
        assert "taking mail in: slow, 2 of 2 (Esc stops it)" in str(app.screen.query_one("#next", Next).render())
        await pilot.press("escape")
        assert app.progress_line() == "" and isinstance(app.screen, BoardScreen)
        pid = int((tmp_path / "pid").read_text())
        await until(pilot, lambda: not Path(f"/proc/{pid}/exe").exists())  # a zombie has none
    assert [source.name for source, got in known_sources(Clone(str(clone))) if got.new] == ["first"], (
        "what came is kept"
    )


async def test_in_the_widest_terminals_the_findings_stand_beside_the_patch(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        series = await opened(pilot, "1")
        await pilot.press("j")
        await settled(pilot)
        aside = series.tab.aside
        assert aside is not None and not aside.display
        await pilot.press("tab", "tab")
        assert series.focused is series.tab.list, "there are two parts to go between"
        await pilot.resize_terminal(200, 50)
        await settled(pilot)
        assert aside.text().startswith("1 finding\nE alpha/deep/c.c:2: ")
        regions = [one.region for one in (series.tab.list, series.tab.detail, aside)]
        assert all(one.height >= 40 and one.width >= 40 for one in regions), regions
        assert not any(one.overlaps(other) for one in regions for other in regions if one is not other)
        await pilot.press("tab", "tab", "j")
        await settled(pilot)
        assert series.focused is aside and aside.ref == series.tab.detail.ref, "the patch follows"
        await pilot.press("tab")
        assert series.focused is series.tab.list
        await pilot.press("k")
        await settled(pilot)
        assert aside.text() == "0 findings"


async def test_what_was_dealt_with_is_opened_again_by_the_key_that_ticked_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shown.put_in(monkeypatch)
    marked: list[str] = []
    monkeypatch.setattr(
        "patchflow.tui.work.changing.mark", lambda directory, marks, seen: marked.extend(s for s, _ in marks.values())
    )
    app = shown.app()
    async with app.run_test(size=(80, 24)) as pilot:
        series = await opened(pilot, "6")
        await pilot.press("x", *"done", "enter")
        await settled(pilot)
        assert marked == ["addressed"]
        read = series.model.read
        assert read is not None
        closed = tuple(one._replace(state=CommentState.ADDRESSED) for one in read.comments)
        series.model.read = replace(read, comments=closed)
        await pilot.press("z")
        assert series.tab.list.ref in closed
        await pilot.press("x")
        await settled(pilot)
        assert marked == ["addressed", "open"]
