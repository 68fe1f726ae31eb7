"""Every page of the terminal UI in a tree whose files leave a mark when they run, and a user who did not say yes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from patchflow.adapters import trust
from patchflow.tui.actions import ACTIONS, TABS
from patchflow.tui.app import PatchflowApp, _top
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.reply import ReplyScreen
from patchflow.tui.screens.series import SeriesScreen
from tests.conftest import commit, git, run_patchflow
from tests.e2e.test_one_writer import p, replies
from tests.e2e.test_trust import lay_traps
from tests.sampled import few
from tests.tui.test_app import settled

# Every key of every page with each answer takes some minutes: PATCHFLOW_ALL_PAGES=1 asks for it.
EVERY = bool(os.environ.get("PATCHFLOW_ALL_PAGES"))
_RUNS = {"run-checks", "try-build", "try-boot", "try-test", "try-trace", "plan", "reflect", "send", "respin", "fix",
         "trailers"}  # fmt: skip
_COMMANDS = ("check", "cc", "send --dry-run", "try build", "format", "hook run pre-commit")


def keys_of(place: str, some: bool) -> list[str]:
    """What is pressed on a page: all its keys, or those that start something, if any."""
    return [one.keys[0] for one in ACTIONS if place in one.places and (EVERY or (some and one.id in _RUNS))]


async def back_to(pilot: Pilot[int], kind: type) -> None:
    """Closes what a key opened."""
    await settled(pilot, 60)
    for _ in range(8):
        if isinstance(pilot.app.screen, kind):
            return
        await pilot.press("escape")
        await settled(pilot)
    raise AssertionError(f"{pilot.app.screen} does not close")


@pytest.mark.long
@pytest.mark.parametrize("answer", few(["no", "none", "decoy"], 1))
async def test_no_page_runs_anything_of_a_tree(
    series: Path, smtp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    p(series, "send", "--yes")
    (one,) = replies(series, 1)
    run_patchflow("-C", str(series), "reply", one)
    (draft,) = (series / ".git/patchflow/drafts").glob("*.draft")
    draft.write_text(draft.read_text() + "\n")  # one that nobody touched is none
    lay_traps(series, mark := tmp_path / "mark")
    folder = series
    if answer == "decoy":
        folder = series / "net/vmw_vsock"
        shutil.copy(series / "MAINTAINERS", folder)
        shutil.copytree(series / "scripts", folder / "scripts")
        git(series, "add", "-A", "-f")
        commit(series, "vsock: add a decoy")
    monkeypatch.setenv("PATCHFLOW_TRUST", "known")  # as `patchflow` starts its UI
    monkeypatch.setenv("GIT_EDITOR", "true")
    monkeypatch.setattr("patchflow.tui.screens.confirm.SETTLE", 0.0)
    trust.ask_with((lambda *_: trust.Answer.NO) if answer == "no" else trust.nobody)
    app = PatchflowApp(_top(str(folder)), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for key in ("w", "?", "L", "D", "H"):
            await pilot.press(key)
            await back_to(pilot, BoardScreen)
            assert not mark.exists(), key
        await pilot.press("enter")
        await settled(pilot, 60)
        for number, tab in enumerate(TABS, 1):
            for key in ("", *keys_of(tab, answer == "none")):
                await pilot.press(str(number))
                await settled(pilot, 60)
                await pilot.press(*([key] if key else ["j"]))
                await back_to(pilot, SeriesScreen)
                assert not mark.exists(), (tab, key)
        for words in _COMMANDS if EVERY or answer == "none" else _COMMANDS[:1]:
            await pilot.press(":", *words, "enter")
            await back_to(pilot, SeriesScreen)
            assert not mark.exists(), words
        await back_to(pilot, SeriesScreen)
        await pilot.press("D")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, ReplyScreen)
        for key in ("S", "e"):
            await pilot.press(key)
            await back_to(pilot, ReplyScreen)
            assert not mark.exists(), key
    if answer == "none":
        monkeypatch.setenv("PATCHFLOW_TRUST", "all")
        app = PatchflowApp(str(series), poll=False)
        async with app.run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            await pilot.press("enter", "3")
            await settled(pilot, 60)
        assert mark.exists(), "the traps work"
