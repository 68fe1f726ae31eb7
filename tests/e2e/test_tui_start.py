"""The terminal UI in a real terminal: it starts, shows the series, and leaves."""

from __future__ import annotations

import base64
import re
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


def test_copied_by_osc_52_with_a_key_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is copied reaches the clipboard of the terminal one sits at, over ssh too."""
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    git(folder, "config", "patchflow.key.copy", "ctrl+y")
    terminal = Terminal(folder, env, 120, 30)
    terminal.see("peek")
    terminal.press("\x19")
    terminal.see("[Cc]opied")
    (copied,) = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", terminal.raw)
    assert "peek" in base64.b64decode(copied).decode()
    terminal.press("q")
    assert terminal.end() == 0
