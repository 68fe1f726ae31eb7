"""What the tests of the terminal UI share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.clone import make_clone, make_series, seal


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small clone with one series of three patches."""
    seal(tmp_path / "home", monkeypatch)
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    return folder
