"""The first frame: the board as it was last seen, or else the series' names, on the screen before the libraries of the
terminal UI are loaded.

Loading them takes a third of a second and more. What is typed meanwhile is not echoed, and reaches the UI as it was
typed.
"""

from __future__ import annotations

import os
import sys
import termios
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from patchflow.adapters.mail.quick_index import mail_cache
from patchflow.adapters.paths import state_path

_KEPT = "board"  # beside the mail index of the clone


class FirstFrame:
    """The frame of one clone; `leave` takes it away again where the UI did not come up."""

    def __init__(self, directory: str) -> None:
        self._typed: list[Any] | None = None
        self._drawn = False
        seen = last_seen(directory)
        lines = seen or series_names(directory)
        if lines and os.environ.get("TERM", "dumb") != "dumb":
            self._draw(lines, " as last seen; reading …" if seen else " reading …")

    def _draw(self, lines: Sequence[str], foot: str) -> None:
        with suppress(OSError, termios.error):
            columns, rows = os.get_terminal_size(sys.stdout.fileno())
            self._typed = termios.tcgetattr(sys.stdin.fileno())
            raw = termios.tcgetattr(sys.stdin.fileno())
            raw[0] &= ~(termios.ICRNL | termios.IXON)
            raw[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, raw)
            head, *body = lines
            page = [f" {line}"[:columns] for line in body[: max(0, rows - 3)]]
            page += [""] * (rows - 3 - len(page))
            shown = [f"\x1b[7m{head[:columns]:{columns}}\x1b[0m", *page, foot[:columns]]
            # The other screen, no cursor, and no line goes on in the next one.
            sys.stdout.write("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J\x1b[H" + "\r\n".join(shown[:rows]))
            sys.stdout.flush()
            self._drawn = True

    def hand_over(self) -> None:
        """The terminal as it was, but for what is on its screen: the UI sets it as it likes, and back at its end."""
        if self._typed is not None:
            with suppress(termios.error):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._typed)
            self._typed = None

    def leave(self) -> None:
        """The terminal as it was before the frame."""
        self.hand_over()
        if self._drawn:
            sys.stdout.write("\x1b[?7h\x1b[?25h\x1b[?1049l")
            sys.stdout.flush()


def last_seen(directory: str) -> list[str]:
    """The board's lines as they were last seen, the header first; what no board of ours can hold is left out."""
    state = state_path(directory)
    if state is None:
        return []
    try:
        with open(os.path.join(mail_cache(state), _KEPT), encoding="utf-8") as file:
            return [line for line in file.read().split("\n") if line.isprintable()]
    except (OSError, ValueError):
        return []


def series_names(directory: str) -> list[str]:
    """The header and the names of the series begun in this clone, where no board was seen yet; none outside of one."""
    state = state_path(directory)
    if state is None:
        return []
    git = os.path.dirname(state)
    home = os.path.dirname(git) if os.path.basename(git) == ".git" else git
    lines, branch = [f"patchflow · {os.path.basename(home)}"], ""
    with suppress(OSError, ValueError), open(os.path.join(git, "config"), encoding="utf-8") as file:
        for line in map(str.strip, file):
            if line.startswith("["):
                branch = line[len('[branch "') : -len('"]')] if line.startswith('[branch "') else ""
            elif branch and line.startswith("patchflow-change-id"):
                lines.append(branch)
            elif branch and line.startswith("patchflow-archived") and branch in lines:
                lines.remove(branch)
    return [line for line in lines if line.isprintable()]


def remember(directory: str, lines: Sequence[str]) -> None:
    """Keeps them for the next start; a cache that cannot be written is no reason to fail."""
    state = state_path(directory)
    if state is None or lines == last_seen(directory):
        return
    path = os.path.join(mail_cache(state), _KEPT)
    with suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        part = f"{path}.{os.getpid()}.part"
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        os.replace(part, path)
