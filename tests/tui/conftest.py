"""What the tests of the terminal UI share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from patchflow.tui.actions import Keymap, Now
from tests.conftest import Once
from tests.tui.clone import make_clone, make_series, seal


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, once: Once) -> Path:
    """A small clone with one series of three patches."""
    seal(tmp_path / "home", monkeypatch)
    return once("clone", tmp_path / "linux", lambda folder: make_series(make_clone(folder)))


@pytest.fixture(autouse=True)
def usual_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of one's own in one test are not those of the next."""
    monkeypatch.setattr(Now, "keymap", Keymap())


@pytest.fixture(autouse=True)
def notices_that_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said is read a moment later, which on a machine with much else to do is more than a notice's 4 s."""
    notify = App.notify

    def said(self: App[Any], message: str, **more: Any) -> None:
        notify(self, message, **{**more, "timeout": 600.0})

    monkeypatch.setattr(App, "notify", said)
