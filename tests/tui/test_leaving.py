"""Leaving: at once and with nothing left behind; what changes something is done to its end."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from patchflow.adapters.git.making import Maker
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.series import SeriesScreen
from tests.tui.clone import git, make_clone, make_series, seal
from tests.tui.terminal import Terminal
from tests.tui.test_app import settled
from tests.tui.test_typing_ahead import type_ahead


def below(pid: int) -> list[int]:
    """All processes that come from a process."""
    found = []
    with suppress(OSError):
        for place in Path(f"/proc/{pid}/task").glob("*/children"):
            for word in place.read_text().split():
                found += [int(word), *below(int(word))]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, str]]:
    """A clone whose checkpatch.pl takes ten minutes."""
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color", "PATCHFLOW_TRUST": "all"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    script = folder / "scripts" / "checkpatch.pl"
    script.write_text("#!/usr/bin/env perl\nsleep 600;\n")
    git(folder, "update-index", "--assume-unchanged", "scripts/checkpatch.pl")
    return folder, env


@pytest.mark.long
@pytest.mark.parametrize(("keys", "words"), [(["8"], "working out the send"), ([":", "check", "enter"], "check.*Esc")])
def test_leaving_waits_for_no_program_and_leaves_none(
    slow: tuple[Path, dict[str, str]], keys: list[str], words: str
) -> None:
    terminal = Terminal(*slow)
    terminal.see("peek")
    terminal.press("enter")
    terminal.see("checking|checkpatch.pl")
    terminal.press(*keys)
    terminal.see(words)
    until = time.monotonic() + 120  # a machine that has other work starts them slowly
    while len(below(terminal.pid)) < 6 and time.monotonic() < until:
        terminal.wait(0.1)  # the checks of the series, and those of the send or the command
    left = below(terminal.pid)
    assert len(left) >= 6
    before = time.monotonic()
    terminal.press("q", "q")
    assert terminal.end() == 0
    assert time.monotonic() - before < 10, "it waited for its programs"
    until = time.monotonic() + 10
    while any(alive(pid) for pid in left) and time.monotonic() < until:
        time.sleep(0.1)
    assert not [pid for pid in left if alive(pid)]


async def test_a_command_is_stopped_with_its_programs(slow: tuple[Path, dict[str, str]]) -> None:
    others = set(
        below(os.getpid())
    )  # of other tests in this process: multiprocessing's tracker lives as long as it does
    app = PatchflowApp(str(slow[0]), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(":", *"check peek", "enter")
        for _ in range(300):
            await pilot.pause(0.1)
            left = [pid for pid in below(os.getpid()) if pid not in others]
            if len(left) >= 3:  # ours apart, patchflow, and its checkpatch.pl
                break
        assert len(left) >= 3
        await pilot.press("escape")
        for _ in range(100):
            await pilot.pause(0.1)
            if not any(alive(pid) for pid in left):
                break
        assert not [pid for pid in left if alive(pid)]


async def test_two_undo_typed_quickly_take_back_one_step_at_a_time(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two `u` typed quickly the second found the same step and failed. Each takes back only what its page showed."""
    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 0.0)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        git(clone, "config", "patchflow.base", "base")
        for name in ("second", "third"):
            await pilot.press("c", *name, "enter")
            await settled(pilot)
        assert "third" in git(clone, "branch")
        for name, left in (("third", "second"), ("second", "peek")):
            await type_ahead(pilot, "u", "u")
            await settled(pilot)
            assert isinstance(app.screen, Confirm) and f"new {name}" in app.screen.page.text()
            assert name in git(clone, "branch")
            await pilot.press("y")
            await settled(pilot)
            assert name not in git(clone, "branch") and left in git(clone, "branch")
            assert isinstance(app.screen, BoardScreen)


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_a_change_is_made_to_its_end_before_leaving(
    clone: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    going, switch = threading.Event(), Maker._move_head

    def later(self: Maker, branch: str, before: str) -> None:
        going.wait(30)
        switch(self, branch, before)

    monkeypatch.setattr(Maker, "_move_head", later)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        git(clone, "config", "patchflow.base", "base")  # else a series that is checked out makes `c` ask for one
        await type_ahead(pilot, "c", *"another", "enter")
        await pilot.press("escape", key)
        await pilot.pause(0.5)
        assert app.return_value is None and app.leaving
        going.set()
        for _ in range(200):
            await pilot.pause(0.05)
            if app.return_value is not None:
                break
    assert app.return_value == 0
    assert git(clone, "rev-parse", "--abbrev-ref", "HEAD").strip() == "another"


async def test_a_change_that_failed_is_told_instead_of_leaving(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    going, switch = threading.Event(), Maker._move_head

    def later(self: Maker, branch: str, before: str) -> None:
        going.wait(30)
        switch(self, "nowhere", before)

    monkeypatch.setattr(Maker, "_move_head", later)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        git(clone, "config", "patchflow.base", "base")
        await type_ahead(pilot, "c", *"another", "enter", "q")
        going.set()
        await settled(pilot)
        assert any("git would not switch" in one.message for one in app._notifications)
        assert isinstance(app.screen, BoardScreen) and not app.leaving


async def test_while_something_is_sent_nothing_else_is_and_nobody_leaves(clone: Path) -> None:
    going = threading.Event()
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        heard: list[object] = []
        app.job("sending", lambda job: going.wait(30), heard.append, group="send", lasting=True)
        await pilot.press("escape", "q", "ctrl+q")
        assert app.return_value is None and not app.leaving
        assert not app.may_send()
        going.set()
        await settled(pilot)
        assert heard == [True], "its outcome is told, whatever was typed meanwhile"
        await pilot.press("enter", "q")
        assert not isinstance(app.screen, SeriesScreen)
