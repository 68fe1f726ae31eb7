"""Finding one's way: letters that mean one thing, keys that clash, the footer's keys under the mouse, filters by name,
the palette, every command at the prompt, and the log."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from patchflow.tui.actions import ACTIONS, Keymap, raw_key
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.output import TextScreen
from patchflow.tui.screens.series import SeriesScreen
from patchflow.tui.work import running
from tests.tui.clone import git, make_series
from tests.tui.test_app import settled

# What a key means, wherever it stands, where several actions have it; pages that ask and screens without tabs, where
# y, n and s answer and 1 to 3 choose, are the exceptions.
MEANS = {
    "S": ("send", {"send", "send-reply", "send-review"}),
    "e": ("in the editor", {"reword", "edit-cover", "edit-reply", "edit-message", "comment-long", "resolve-here"}),
    "f": ("fix", {"fix", "fixup"}),
    "\\": ("filter", {"filter", "filter-mail", "find-mail"}),
    "A": ("amend", {"amend", "amend-into"}),
    "t": ("tags", {"trailers", "tag"}),
    "x": ("tick", {"tick", "mark-read", "mark-left", "addressed", "take-finding", "reopen-file"}),
    "z": ("show more or less", {"fold", "reasons", "own-reading", "show-closed"}),
    "_": ("on another base", {"rebase", "restack"}),
    "a": ("add", {"adopt", "take-in", "review-mail", "add-recipient", "needs", "try-against"}),
    "c": ("make a new one", {"create", "commit", "comment"}),
    "C": ("check", {"run-checks", "check-review"}),
    "d": ("drop", {"discard-changes", "drop", "drop-recipient", "dismiss", "discard", "remove-review", "unsay"}),
    "r": ("answer", {"reply", "answers"}),
    "W": ("write it out", {"write-order", "save", "apply-review"}),
    "#": ("as it was, again", {"resend", "repeat-tags"}),
    '"': ("the bracket's words", {"prefixes", "rfc"}),
    "+": ("more", {"more-context", "unfold-thread"}),
    "-": ("less", {"less-context", "fold-thread"}),
    "l": ("open", {"open", "into", "open-news", "open-mail", "open-review", "take-series"}),
    "q": ("leave", {"close", "cancel"}),
    "y": ("yes, or copy", {"confirm", "take-message", "split-here", "carry-on", "copy"}),
    "n": ("no, or the next place found", {"cancel", "search-next"}),
    "s": ("stage, or yes to a send", {"stage", "confirm-send"}),
    "1": ("the first", {"go-patches", "take-there"}),
    "2": ("the second", {"go-cover", "take-patch"}),
    "3": ("the third", {"go-checks", "resolve-tool"}),
}


def test_one_letter_means_one_thing() -> None:
    has: dict[str, set[str]] = {}
    for one in ACTIONS:
        for name in one.keys:
            if len(name) == 1:
                has.setdefault(name, set()).add(one.id)
    assert {name: ids for name, ids in has.items() if len(ids) > 1} == {name: ids for name, (_, ids) in MEANS.items()}


def test_a_key_of_ones_own_that_is_taken_is_told() -> None:
    (told,) = Keymap.with_keys({"undo": "S"}).conflicts()[:1]
    assert (
        told == "S is the key of undo and of send (send it, or the rest of a send that was cut off: a page asks first)"
    )
    assert Keymap.with_keys({"undo": "ctrl+x"}).conflicts() == [] and Keymap().conflicts() == []


def test_a_key_is_found_by_the_name_it_is_shown_by() -> None:
    assert [raw_key(one) for one in ("Esc", "^q", "S", "^", "Space")] == ["escape", "ctrl+q", "S", "^", "space"]


async def test_the_board_by_mouse_filter_and_palette(clone: Path) -> None:
    make_series(clone, "other", 1)
    git(clone, "config", "patchflow.key.undo", "c")
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(100, 24), notifications=True) as pilot:
        await settled(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        assert any("c is the key of undo and of create" in one.message for one in app._notifications)
        await pilot.press("backslash", *"mine = peek", "enter")
        await settled(pilot)
        assert git(clone, "config", "patchflow.filter.mine") == "peek\n" and "other" not in board.table.text()
        await pilot.press("escape", "backslash", *"mine", "enter")
        assert board.filter == "peek" and "only peek" in board.title_words()[0]
        await pilot.press("escape")
        assert "other" in board.table.text()
        names = [one.title for one in app.get_system_commands(app.screen)]
        assert "series other" in names and "adopt  a" in names
        app._open("other")
        await settled(pilot)
        assert isinstance(app.screen, SeriesScreen) and app.screen.model.branch == "other"
        keys = app.screen.query_one("#keys")
        text = str(keys.render())
        await pilot.click("#keys", offset=(text.index("? help") + 1, 0))
        await settled(pilot)
        assert "keys that work here" in app.screen.title_words()[0], "a click on the footer is the key"
        assert "^q" in app.screen.page.text()  # type: ignore[attr-defined]


@pytest.mark.long
async def test_commands_at_the_prompt(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run_command(directory: str, words: list[str], job: object) -> tuple[int, str]:
        ran.append([*words])
        return 0, "said"

    monkeypatch.setattr(running, "run_command", run_command)
    talked: list[list[str]] = []
    monkeypatch.setattr("patchflow.tui.screens.output.outside", lambda host, argv, wait: talked.append([*argv]))
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        for line in ("help send", "send --dry-run", "setup", "trailers --apply", "patch fixup 2", "send"):
            await pilot.press("colon", *line, "enter")
            await settled(pilot)
            if isinstance(app.screen, TextScreen):
                await pilot.press("q")
        assert ran == [["send", "--help"], ["send", "--dry-run"]]
        assert [one[-1] for one in talked] == ["setup", "--apply", "2"]
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("colon", *"send", "enter")
        await settled(pilot)
        assert isinstance(app.screen, SeriesScreen) and app.screen.current == "send"


async def test_the_log_has_times_and_leaves_out_what_reads_settings(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [(("git", "config", "--list", "-z"), 0.1, 0, 1.7e9), (("git", "log"), 0.2, 1, 1.7e9)]
    monkeypatch.setattr(running, "RUNS", runs)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press("L")
        page = app.screen.page  # type: ignore[attr-defined]
        assert f"{datetime.fromtimestamp(1.7e9):%H:%M:%S}    0.20 s  =1   git log" in page.text()
        assert "git config" not in page.text() and "1 command that read git's settings: z shows them" in page.text()
        await pilot.press("z")
        assert "git config --list -z" in page.text()


async def test_a_key_of_everywhere_works_in_the_view_that_it_opens(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        for key in ("w", "D", "L", "H", "question_mark"):
            await pilot.press(key)
            await settled(pilot)
            await pilot.press(key)
            await settled(pilot)
            await pilot.press(*["escape"] * (len(app.screen_stack) - 2))
            await settled(pilot)
            assert isinstance(app.screen, BoardScreen), key
