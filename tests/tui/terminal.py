"""A real terminal of a given size that a program runs in: keys go in, the screen is read."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import pexpect
import pyte
from pyte import charsets, modes
from pyte.screens import Char

KEYS = {"enter": "\r", "escape": "\x1b", "tab": "\t", "backspace": "\x7f", "down": "\x1b[B", "up": "\x1b[A"}


@lru_cache(maxsize=1 << 16)
def _cell(attributes: Char, character: str) -> Char:
    return attributes._replace(data=character)


class Screen(pyte.Screen):
    """pyte's, which would take half of what a test with a terminal takes: plain words go onto a line at once."""

    def draw(self, data: str) -> None:
        """Writes text where the cursor stands."""
        x, line = self.cursor.x, self.buffer[self.cursor.y]
        plain = data.isascii() and data.isprintable() and modes.IRM not in self.mode
        if not plain or x + len(data) > self.columns or self.charset or self.g0_charset is not charsets.LAT1_MAP:
            super().draw(data)
            return
        for at, character in enumerate(data, x):
            line[at] = _cell(self.cursor.attrs, character)
        self.cursor.x = x + len(data)
        self.dirty.add(self.cursor.y)

    def text(self) -> str:
        """The lines, without spaces at their ends; behind a wide character stands an empty cell."""
        across = range(self.columns)
        rows = (self.buffer[y] for y in range(self.lines))
        return "\n".join("".join([row[x].data for x in across]).rstrip() for row in rows)


class Terminal:
    """Runs `patchflow`, or one of its commands, and shows what it shows."""

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        columns: int = 80,
        lines: int = 24,
        words: Sequence[str] = (),
        program: Sequence[str] = (),
    ) -> None:
        """Starts it; `program` is run in place of patchflow."""
        self.screen = Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            *(
                (program[0], list(program[1:]))
                if program
                else (sys.executable, ["-m", "patchflow", "-C", str(folder), *words])
            ),
            # A test runner's workers set COLUMNS and LINES, which Textual believes more than the terminal.
            env={name: value for name, value in env.items() if name not in ("COLUMNS", "LINES")},
            dimensions=(lines, columns),
            timeout=30,
        )

    @property
    def pid(self) -> int:
        """The program's process."""
        assert self.child.pid is not None
        return self.child.pid

    def read(self, seconds: float = 0.05) -> bool:
        """Takes in what comes within so many seconds; False where nothing did."""
        with suppress(pexpect.TIMEOUT, pexpect.EOF):
            chunk = bytes(self.child.read_nonblocking(1 << 16, timeout=seconds))
            self.feed(chunk)
            return True
        return False

    def feed(self, chunk: bytes) -> None:
        """Shows what the program wrote."""
        self.raw += chunk
        self.stream.feed(self.plain(chunk))

    @staticmethod
    def plain(chunk: bytes) -> bytes:
        """Without answers and queries of the kitty protocol, which pyte prints instead of obeying."""
        return re.sub(rb"\x1b\[[<>=?][0-9;]*[uq]|\x1b\[\?[0-9;]*\$p", b"", chunk)

    def wait(self, seconds: float) -> None:
        """Looks on for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)

    def text(self) -> str:
        """The screen as lines."""
        return self.screen.text()

    def see(self, words: str, seconds: float = 30.0) -> str:
        """Waits until the words stand on the screen (a regular expression)."""
        end, new = time.monotonic() + seconds, True
        while time.monotonic() < end:
            # To read the screen takes longer than to write on it: it is done where something came, not at each turn.
            if (self.read() or new) and re.search(words, self.text()):
                return self.text()
            new = False
        raise AssertionError(
            f"{words!r} never came{'' if self.child.isalive() else ', and the program ended'}:\n{self.text()}"
        )

    def gone(self, words: str, seconds: float = 30.0) -> None:
        """Waits until the words stand there no more."""
        end, new = time.monotonic() + seconds, True
        while time.monotonic() < end:
            if (self.read() or new) and not re.search(words, self.text()):
                return
            new = False
        raise AssertionError(f"{words!r} never went:\n{self.text()}")

    def press(self, *keys: str) -> None:
        """Presses keys: names of KEYS, else the characters as they are."""
        for key in keys:
            self.child.send(KEYS.get(key, key))
            self.read(0.02)

    def resize(self, columns: int, lines: int) -> None:
        """Another size, as a user pulls at the window."""
        self.child.setwinsize(lines, columns)
        self.screen.resize(lines, columns)

    def end(self) -> int | None:
        """Waits for the end; the exit code."""
        end = time.monotonic() + 60
        while time.monotonic() < end and self.child.isalive():
            if not self.read():
                time.sleep(0.02)  # once it has closed the terminal, a read comes back at once
        while self.read():  # its last words, where it ended between the read and the look whether it lives
            pass
        self.child.close()
        return self.child.exitstatus
