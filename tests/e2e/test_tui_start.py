"""The terminal UI in a real terminal: it starts, shows the series, and leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.clone import git, make_clone, make_series, seal
from tests.tui.terminal import Terminal


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (200, 50), (20, 5)])
def test_starts_and_quits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, lines: int) -> None:
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    terminal = Terminal(folder, env, columns, lines)
    terminal.see("peek")
    terminal.press("q")
    assert terminal.end() == 0


def test_a_commit_made_while_it_starts_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that happens between the first reading and the first look for changes is missed."""
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    terminal = Terminal(folder, env)
    terminal.see("peek")
    git(folder, "branch", "-m", "peek", "renamed")
    terminal.see("renamed")
    terminal.press("q")
    assert terminal.end() == 0
