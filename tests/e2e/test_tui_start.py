"""The terminal UI in a real terminal: it starts, shows the series, and leaves."""

from __future__ import annotations

import base64
import os
import re
import signal
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

from patchflow.tui.first_frame import remember
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


@pytest.mark.long
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


def children(terminal: Terminal) -> dict[int, str]:
    """The processes that the UI started and did not wait for, with their states."""
    found = {}
    for pid in Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text().split():
        with suppress(OSError):
            found[int(pid)] = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return found


@pytest.mark.parametrize("killed", [False, True])
def test_the_board_is_read_by_another_process_and_comes_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    git(folder, "config", "patchflow.key.open", "O")
    (folder / ".git" / "patchflow" / "watched.json").write_bytes(b"\xff\0")
    terminal = Terminal(folder, env, 100, 30)
    until = time.monotonic() + 60
    while not (begun := children(terminal)) and terminal.child.isalive() and time.monotonic() < until:
        terminal.read(0.005)
    (reader,) = begun
    if killed:
        os.kill(reader, signal.SIGKILL)
    terminal.see("peek .*check")
    terminal.see("O open")  # the user's own key
    terminal.see("damaged")  # the notice of the damaged file, whose place may be as long as it likes
    assert reader not in children(terminal), "it is no zombie"
    terminal.press("q")
    assert terminal.end() == 0


def test_no_row_moves_while_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each frame is read, from the board as it was last seen on."""
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    for name in ("first", "other"):
        git(folder, "switch", "-q", "--detach", "base")
        make_series(folder, name, 1)
    remember(str(folder), ["patchflow · linux", "  other  v1", "* first  v1"])
    git(folder, "switch", "-q", "other")
    git(folder, "commit", "-q", "--allow-empty", "-m", "alpha: what was last seen is old")
    git(folder, "switch", "-q", "first")
    terminal = Terminal(folder, env, 100, 30)
    shown: list[str] = []
    until = time.monotonic() + 60
    while "drafting" not in "".join(shown[-1:]) and terminal.child.isalive() and time.monotonic() < until:
        terminal.read(0.002)
        shown.append(terminal.text())
    terminal.wait(0.5)
    frames = [one for one in [*shown, terminal.text()] if "first " in one and "other " in one]
    assert len(frames) > 1 and all(one.index("other ") < one.index("first ") for one in frames), frames[-1]
    terminal.press("q")
    assert terminal.end() == 0


@pytest.mark.long
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


@pytest.mark.long
def test_the_board_as_last_seen_is_there_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is drawn before the UI is loaded; what is typed at it is not echoed, and reaches the UI as it was typed."""
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    terminal = Terminal(folder, env)
    terminal.see("reading …")
    assert "patchflow · linux" in terminal.text() and "peek" in terminal.text(), "the series' names, where none is kept"
    assert "as last seen" not in terminal.text() and b"\x1b[?1000h" not in terminal.raw, "the UI was there first"
    terminal.see("peek .*check")  # the whole board, its mail included: this is what is kept
    terminal.wait(1)
    terminal.press("q")
    assert terminal.end() == 0
    again = Terminal(folder, env)
    again.see("as last seen")
    assert b"\x1b[?1000h" not in again.raw, "the UI was there first"
    assert "peek" in again.text() and "patchflow · linux" in again.text()
    before = termios.tcgetattr(again.child.child_fd)[3]
    assert not before & termios.ECHO
    again.press("enter")
    again.see(r"\[1 Patches")
    again.press("q", "q")
    assert again.end() == 0
    (kept,) = (tmp_path / "home").rglob("board")
    assert kept.stat().st_mode & 0o77 == 0


@pytest.mark.long
def test_what_was_kept_of_the_board_brings_no_escape_to_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    remember(str(folder), ["patchflow · linux", "one\x1b]0;owned\x07", "two\u202e", "three"])
    terminal = Terminal(folder, env)
    terminal.see("three")
    assert b"owned" not in terminal.raw and b"two" not in terminal.raw
    terminal.press("q")
    assert terminal.end() == 0


def test_where_the_ui_does_not_come_up_the_terminal_is_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    remember(str(folder), ["patchflow · linux", "a series"])
    broken = tmp_path / "broken" / "textual"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise OSError(5, 'Input/output error', 'textual')\n")
    terminal = Terminal(folder, {**env, "PYTHONPATH": str(broken.parent)})
    assert terminal.end() == 4
    assert terminal.raw.count(b"\x1b[?1049l") == 1 and b"Input/output error" in terminal.raw


@pytest.mark.long
def test_a_line_feed_is_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first frame and the UI the terminal turns Enter into a line feed: typed just then it was lost."""
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color", "PATCHFLOW_TRUST": "all"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    terminal = Terminal(folder, env)
    terminal.see("peek")
    terminal.child.send("\n")
    terminal.see("change number 1 of peek")
    terminal.child.close(force=True)


COLOUR = re.compile(rb"\x1b\[(?:[0-9]+;)*(?:[34]8;[25]|3[0-7]|4[0-7]|9[0-7]|10[0-7])[0-9;]*m")


@pytest.mark.long
@pytest.mark.parametrize("colour", ["", "1"])
def test_no_color_leaves_no_colour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, colour: str) -> None:
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    terminal = Terminal(folder, {**env, **({"NO_COLOR": colour} if colour else {})})
    terminal.see("peek .*check")
    terminal.press("enter")
    terminal.see("change number 1 of peek")
    assert bool(COLOUR.search(terminal.raw)) is not bool(colour)
    terminal.press("q", "q")
    assert terminal.end() == 0


WIDE = "".join(chr(0x4E00 + number) for number in range(60))  # sixty characters of two columns each


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (130, 30)])
def test_wide_characters_are_drawn_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, lines: int
) -> None:
    """Of sixty Chinese characters in one line of a commit message twenty-two were lost."""
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder, "peek", 1)
    subject = git(folder, "log", "-1", "--format=%s").strip()
    git(folder, "commit", "--quiet", "--amend", "-F", "-", stdin=f"{subject}\n\nword {WIDE} word\n")
    terminal = Terminal(folder, env, columns, lines)
    terminal.see(">. peek")
    terminal.press("enter")
    terminal.see("word 一")
    terminal.see(f"{WIDE[-1]}.*word")
    shown = terminal.text()
    assert [one for one in WIDE if one not in shown] == []
    terminal.press("q", "q")
    assert terminal.end() == 0
