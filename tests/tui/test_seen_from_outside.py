"""The board shows what another terminal or an editor changed, whatever it is made of."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from patchflow.tui import app as program
from patchflow.tui.actions import key
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.help import HelpScreen
from patchflow.tui.screens.series import SeriesScreen
from tests.conftest import run_patchflow
from tests.tui.clone import git
from tests.tui.test_app import settled, until
from tests.tui.test_board_reading import REPLY, record_sent


def _own_profile(clone: Path) -> None:
    folder = Path(os.environ["PATCHFLOW_CONFIG_DIR"], "profiles")
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('extends = "kernel"\nproject = "kernel"\nsections = ["ALPHA CORE"]\n')


def _tree(clone: Path) -> None:
    text = (clone / "MAINTAINERS").read_text()
    (clone / "MAINTAINERS").write_text(
        text.replace("F:\talpha/\n", "T:\tgit https://example.org/gamma.git\nF:\talpha/\n")
    )


def _taken_in(clone: Path) -> None:
    (clone.parent / "box").write_text(REPLY.format(id="peek-1@example.org"))
    assert run_patchflow("fetch", "--mbox", str(clone.parent / "box"), cwd=clone).code == 0


def _more_mail(clone: Path) -> None:
    again = REPLY.format(id="peek-2@example.org").replace("answer@", "second@")
    with (clone.parent / "box").open("a") as file:
        file.write(again)


# What changes, how, and what the board says from then on.
CHANGES: tuple[tuple[Callable[[Path], object], str], ...] = (
    (_tree, "kernel gamma"),
    (_own_profile, "mine gamma"),
    (_taken_in, "1 open comment"),
    (_more_mail, "2 open comments"),
    (lambda clone: Path(os.environ["HOME"], "more").write_text("[user]\n\tname =\n"), "stranger"),
)


async def test_the_board_shows_what_changed_outside(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_POLL", 0.05)
    record_sent(clone, "peek")
    git(clone, "config", "--global", "include.path", "more")
    app = PatchflowApp(str(clone))

    def words() -> str:
        board = app.screen
        assert isinstance(board, BoardScreen)
        return board.table.text() + "stranger" * board.board.stranger

    async with app.run_test(size=(200, 24)) as pilot:
        await settled(pilot)
        await until(pilot, lambda: app._seen)
        for change, said in CHANGES:
            assert said not in words()
            change(clone)
            await until(pilot, functools.partial(lambda said: said in words(), said), 20)


async def test_a_series_is_checked_anew_where_its_checks_changed(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "_POLL", 0.05)
    app = PatchflowApp(str(clone))
    async with app.run_test(size=(120, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        series = app.screen
        assert isinstance(series, SeriesScreen)
        await until(pilot, lambda: series.model.report)
        (tmp_path / "mine").write_text("#!/bin/sh\necho alpha/a.c:1: No such thing.\n")
        (tmp_path / "mine").chmod(0o755)
        git(clone, "config", "--global", "patchflow.check.mine.command", str(tmp_path / "mine"))
        await pilot.press("3")
        await until(pilot, lambda: "No such thing." in series.tab.list.text(), 20)


async def test_a_key_that_was_given_outside_is_the_key(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_POLL", 0.05)
    app = PatchflowApp(str(clone))
    async with app.run_test(size=(120, 24)) as pilot:
        await settled(pilot)
        git(clone, "config", "--global", "patchflow.key.help", "H")
        await until(pilot, lambda: key("help") == "H", 20)
        await pilot.press("question_mark")
        assert isinstance(app.screen, BoardScreen)
        await pilot.press("H")
        assert isinstance(app.screen, HelpScreen)
