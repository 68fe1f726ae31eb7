"""Nothing sends one to another terminal: staging, commits, splits, a new base and conflicts, by keys alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from patchflow.flow.check.judge import Report
from patchflow.tui.app import PatchflowApp
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.message import MessageScreen
from patchflow.tui.screens.resolve import ResolveScreen
from patchflow.tui.screens.series import SeriesScreen
from patchflow.tui.screens.split import SplitScreen
from tests.tui.clone import git
from tests.tui.test_app import settled


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 0.0)
    monkeypatch.setattr("patchflow.tui.work.running.check", lambda *_: Report((), ()))  # a process for each change


async def press(pilot: Pilot[int], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def opened(pilot: Pilot[int], tab: str) -> SeriesScreen:
    await settled(pilot)
    await press(pilot, "enter", tab)
    assert isinstance(pilot.app.screen, SeriesScreen)
    return pilot.app.screen


def titles(clone: Path) -> list[str]:
    return git(clone, "log", "--reverse", "--format=%s", "base..peek").split("\n")[:-1]


async def test_what_was_committed_is_not_acted_on(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a commit the rows from before it are gone at once, and not only when the files were read anew."""
    path = clone / "alpha/a.c"
    path.write_text(path.read_text() + "int one;\n")
    git(clone, "add", "-A")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await opened(pilot, "0")
        await press(pilot, "c")
        path.write_text(path.read_text() + "int two;\n")
        await pilot.press(*"alpha: one")
        await press(pilot, "escape")
        seen: list[list[str]] = []
        fill = screen.tab.list.set_rows

        def noted(rows: Sequence[Row]) -> None:
            seen.append([row.text for row in rows])
            fill(rows)

        monkeypatch.setattr(screen.tab.list, "set_rows", noted)
        await press(pilot, "y")
        assert app.screen is screen and len(titles(clone)) == 4
        assert seen[0] == ["reading …"] and "alpha/a.c  +1 -0" in screen.tab.list.text()
        assert not any("staged" in rows for rows in seen)


@pytest.mark.parametrize("size", [(80, 24), pytest.param((200, 50), marks=pytest.mark.long)])
async def test_lines_are_staged_and_committed(clone: Path, size: tuple[int, int]) -> None:
    path = clone / "alpha/a.c"
    path.write_text(path.read_text() + "int one;\nint two;\nint three;\n")
    (clone / "alpha/new.c").write_text("int new;\n")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = await opened(pilot, "0")
        shown = screen.tab.list.text()
        assert "alpha/a.c  +3 -0" in shown and "new     alpha/new.c" in shown
        await press(pilot, "enter", "}", "}")
        detail = screen.tab.detail
        while "int two" not in detail.row.text:  # type: ignore[union-attr]
            await pilot.press("j")
        await press(pilot, "v", "j", "s")
        assert git(clone, "show", ":alpha/a.c").endswith("int two;\nint three;\n")
        assert "staged" in screen.tab.list.text() and path.read_text().endswith("int one;\nint two;\nint three;\n")
        await press(pilot, "c")
        page = app.screen
        assert isinstance(page, MessageScreen) and "Signed-off-by: Ada" in page.writing.text
        assert "+int two;" in page.page.text() and "+int one;" not in page.page.text()
        await pilot.press(*"alpha: two and three.")
        await pilot.pause(0.4)
        await settled(pilot)
        assert "[" in page.page.text().split("\n")[0], "what the commit-msg hook says of the subject's full stop"
        await press(pilot, "escape", "q", "c")
        page = app.screen
        assert isinstance(page, MessageScreen) and page.writing.text.startswith("alpha: two and three."), "kept"
        await press(pilot, "escape", "y")
        assert titles(clone)[-1] == "alpha: two and three." and app.screen is screen
        assert git(clone, "status", "--porcelain") == " M alpha/a.c\n?? alpha/new.c\n"
        await press(pilot, "u", "y")
        assert len(titles(clone)) == 3 and git(clone, "show", ":alpha/a.c").endswith("int two;\nint three;\n")
        await press(pilot, "Z", "y")
        assert len(titles(clone)) == 4


async def test_a_line_is_discarded_and_brought_back(clone: Path) -> None:
    path = clone / "alpha/a.c"
    path.write_text(path.read_text() + "int one;\nint two;\n")
    content = path.read_text()
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await opened(pilot, "0")
        await press(pilot, "enter", "}", "}")
        while "int one" not in screen.tab.detail.row.text:  # type: ignore[union-attr]
            await pilot.press("j")
        await press(pilot, "d")
        page = app.screen
        assert isinstance(page, Confirm) and path.read_text() == content
        assert "+int one;" in page.page.text() and "int two" not in page.page.text()
        await press(pilot, "y")
        assert path.read_text() == content.replace("int one;\n", "") and app.screen is screen
        await press(pilot, "u", "y")
        assert path.read_text() == content
        await press(pilot, "h", "s", "d")
        assert app.screen is screen and path.read_text() == content, "what is staged is not thrown away"


async def test_a_hook_that_stops_a_commit_says_why_beside_the_message(clone: Path) -> None:
    hook = clone / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho this never passes >&2\nexit 1\n")
    hook.chmod(0o755)
    (clone / "alpha/a.c").write_text((clone / "alpha/a.c").read_text() + "int one;\n")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, "0")
        await press(pilot, "s", "c")
        await pilot.press(*"alpha: one")
        await press(pilot, "escape", "y")
        page = app.screen
        assert isinstance(page, MessageScreen) and "this never passes" in page.page.text()
        assert page.writing.text.startswith("alpha: one") and len(titles(clone)) == 3


@pytest.mark.long
async def test_a_patch_is_split_and_squashed_again(clone: Path) -> None:
    path = clone / "alpha/a.c"
    path.write_text(path.read_text() + "int one;\nint two;\n")
    git(clone, "commit", "--quiet", "-a", "--amend", "--no-edit")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await opened(pilot, "1")
        await press(pilot, "G", "k" if "uncommitted" in screen.tab.list.text() else "G", "X")
        split = app.screen
        assert isinstance(split, SplitScreen)
        while "int one" not in split.page.row.text:  # type: ignore[union-attr]
            await pilot.press("j")
        await press(pilot, "space")
        assert "1st +int one;" in split.page.text() and "1 line in the first patch" in split.next_words()
        await press(pilot, "y")
        page = app.screen
        assert isinstance(page, MessageScreen)
        assert "+int one;" in page.page.text() and "int two" not in page.page.text()
        await pilot.press(*"first: ")
        await press(pilot, "escape", "y")
        assert len(titles(clone)) == 4 and titles(clone)[2].startswith("first: alpha: change number 3")
        await press(pilot, "G", "I")
        page = app.screen
        assert isinstance(page, MessageScreen) and page.writing.text.count("change number 3") == 2
        await press(pilot, "escape", "y")
        assert len(titles(clone)) == 3
        await press(pilot, "j", "f")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "y")
        assert len(titles(clone)) == 2
        await press(pilot, "u", "y", "u", "y", "u", "y")
        assert len(titles(clone)) == 3 and "first:" not in titles(clone)[2]


async def test_a_new_base_with_a_conflict_resolved_in_the_editor(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(clone, "switch", "--quiet", "-c", "newer", "base")
    (clone / "alpha/a.c").write_text((clone / "alpha/a.c").read_text() + "int theirs;\n")
    git(clone, "commit", "--quiet", "-a", "-m", "theirs")
    git(clone, "tag", "v9")
    git(clone, "switch", "--quiet", "peek")
    tip = git(clone, "rev-parse", "peek")
    monkeypatch.setenv("GIT_EDITOR", "sed -i -e '/^[<=>|]/d'")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, "1")
        await press(pilot, "underscore", *"v9", "enter")
        page = app.screen
        assert isinstance(page, ResolveScreen) and "waits    alpha/a.c" in page.panel.list.text()
        assert "<<<<<<< what is there" in page.panel.detail.text() and git(clone, "rev-parse", "peek") == tip
        await press(pilot, "e")
        assert "resolved alpha/a.c" in page.panel.list.text()
        await press(pilot, "y")
        assert isinstance(app.screen, Confirm) and "resolved by hand" in app.screen.page.text()
        assert git(clone, "rev-parse", "peek") == tip, "the page asks first"
        await press(pilot, "y")
        assert git(clone, "merge-base", "peek", "newer") == git(clone, "rev-parse", "newer")
        assert "int theirs;" in (clone / "alpha/a.c").read_text()
        await press(pilot, "u", "y")
        assert git(clone, "rev-parse", "peek") == tip
