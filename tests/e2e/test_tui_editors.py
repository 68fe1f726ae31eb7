"""Editors that fail under the terminal UI: the screen comes back, the page says so, and the text is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.clone import make_clone, make_series, seal
from tests.tui.terminal import Terminal


@pytest.mark.parametrize(
    "editor",
    [
        "false",
        "no-such-editor-here",
        "sh -c 'printf \"vsock: kept words\\n\\nBody.\\n\" > \"$0\"; exit 1'",  # :cq
        "sh -c 'kill -9 $$'",
        "sh -c 'printf \"\\377\\376\" > \"$0\"'",  # no UTF-8
        "sh -c 'rm -f \"$0\"'",
        "sh -c 'stty raw -echo; exit 3'",
    ],
)  # fmt: skip
def test_a_failing_editor_leaves_the_ui_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, editor: str) -> None:
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color", "PATCHFLOW_TRUST": "all"}
    env["GIT_EDITOR"] = editor
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    screen = Terminal(folder, env, 100, 30)
    screen.see("peek")
    screen.press("enter")
    screen.see("Patches")
    screen.press("2", "e")
    screen.see(r"(?i)editor(?!\.)|is not UTF-8|no file|gone")  # what is typed before is the editor's
    screen.press("1")
    screen.see("1/3")
    screen.press("q")
    screen.see("next step")
    screen.press("q")
    assert screen.end() == 0
    if "kept words" in editor:
        kept = [path.read_text() for path in (folder / ".git/patchflow").rglob("*") if path.parent.name == "edit"]
        assert any("vsock: kept words" in text for text in kept)
