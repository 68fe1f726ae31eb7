"""What the tests of the terminal UI share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Once
from tests.tui.clone import make_clone, make_series, seal


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, once: Once) -> Path:
    """A small clone with one series of three patches."""
    seal(tmp_path / "home", monkeypatch)
    return once("clone", tmp_path / "linux", lambda folder: make_series(make_clone(folder)))
