"""The terminal UI gives its terminal away and takes it back, and starts in the terminals and locales there are."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from tests.tui.clone import make_clone, make_series, seal
from tests.tui.terminal import Terminal


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, str]]:
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color", "SHELL": "/bin/sh"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    return folder, env


@pytest.mark.long
def test_a_shell_command_has_the_terminal_and_enter_comes_back(place: tuple[Path, dict[str, str]]) -> None:
    folder, env = place
    terminal = Terminal(folder, env)
    terminal.see("peek.*check it")
    terminal.press(*"!git branch made; echo in $(basename $PWD); sleep 100", "enter")
    terminal.see("in linux")
    assert "peek" not in terminal.text().split("in linux")[-1]
    terminal.press("\x03")  # ends the command, and not the UI
    terminal.see("goes back")
    terminal.press("enter")
    terminal.see("peek.*check it")
    terminal.press("!", "up")
    terminal.see("git branch made")
    terminal.press("escape")
    terminal.gone("git branch made")
    terminal.press("q")
    assert terminal.end() == 0
    assert (folder / ".git/refs/heads/made").exists()


@pytest.mark.parametrize("wrapped", [False, True])
def test_ctrl_z_goes_to_the_shell_and_fg_comes_back(place: tuple[Path, dict[str, str]], wrapped: bool) -> None:
    """Also where another program of the same job started it, as `git patchflow` would."""
    folder, env = place
    shell = Terminal(folder, {**env, "PS1": "shell> "}, program=["bash", "--norc", "--noprofile", "-i"])
    shell.see("shell>")
    words = f"{shlex.quote(sys.executable)} -m patchflow -C {shlex.quote(str(folder))}"
    shell.press(f"sh -c '{words}; :'" if wrapped else words, "enter")
    shell.see("peek.*check it")
    shell.press("\x1a")
    shell.see("Stopped")
    shell.press("echo $((6 * 7))", "enter")
    shell.see("42")
    shell.press("fg", "enter")
    shell.see("peek.*check it")
    shell.press("?")
    shell.see("keys that work here")
    shell.press("q")
    shell.gone("keys that work here")
    shell.press("q")
    shell.see(r"(?m)^shell> ")
    shell.press("exit", "enter")
    shell.end()


def test_without_a_shell_nothing_is_suspended(place: tuple[Path, dict[str, str]]) -> None:
    folder, env = place
    terminal = Terminal(folder, env)
    terminal.see("peek.*check it")
    terminal.press("\x1a")
    terminal.see("No shell started patchflow")
    terminal.press("q")
    assert terminal.end() == 0


@pytest.mark.parametrize(
    "locale", [{"LANG": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "POSIX"}]
)
def test_it_starts_in_the_locale_c(place: tuple[Path, dict[str, str]], locale: dict[str, str]) -> None:
    folder, env = place
    plain = {name: value for name, value in env.items() if not name.startswith(("LC_", "LANG", "PYTHONUTF8"))}
    terminal = Terminal(folder, {**plain, **locale})
    terminal.see("peek.*check it")
    terminal.press("enter")
    terminal.see("alpha: change number 3 of peek")
    terminal.press("4")
    terminal.see("Zoë Übermut")
    terminal.press("q")
    terminal.see("new series")
    terminal.press("q")
    assert terminal.end() == 0


def test_a_dumb_terminal_is_told_of_the_commands(place: tuple[Path, dict[str, str]]) -> None:
    folder, env = place
    terminal = Terminal(folder, {**env, "TERM": "dumb"})
    assert terminal.end() == 2
    said = " ".join(terminal.text().split())
    assert "TERM is dumb); the commands serve there" in said and "patchflow status --all" in said
    assert b"\x1b[?1049h" not in terminal.raw


def test_it_shows_itself_where_errors_go_to_a_file(place: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, env = place
    words = f"{shlex.quote(sys.executable)} -m patchflow -C {shlex.quote(str(folder))} 2>{tmp_path}/errors"
    terminal = Terminal(folder, env, program=["/bin/sh", "-c", words])
    terminal.see("peek.*check it")
    terminal.press("q")
    assert terminal.end() == 0 and (tmp_path / "errors").read_bytes() == b""


@pytest.mark.long
@pytest.mark.skipif(not which("tmux"), reason="tmux is not installed: `scripts/setup --test`")
def test_it_stands_in_tmux_and_takes_its_sizes(place: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, env = place
    tmux = ["tmux", "-S", str(tmp_path / "tmux"), "-f", os.devnull]
    words = f"{shlex.quote(sys.executable)} -m patchflow -C {shlex.quote(str(folder))}"
    terminal = Terminal(folder, env, 80, 25, program=[*tmux, "new-session", words])
    try:
        terminal.see("peek.*check it")
        terminal.press("enter")
        terminal.see("change number 1")
        terminal.resize(120, 40)
        terminal.see("9 Try +0 Work")
        subprocess.run([*tmux, "split-window", "-d", "-l", "20", "sleep 100"], check=True)
        terminal.see("help\n─{20}")
        terminal.press("q")
        terminal.see("peek.*check it")
        terminal.press("q")
        terminal.gone("peek.*check it")
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
        terminal.end()
