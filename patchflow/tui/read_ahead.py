"""The board read ahead: by a process of its own, while this one still loads the terminal UI."""

from __future__ import annotations

import os
import pickle
import select
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from patchflow.adapters import kept
from patchflow.adapters.process import RUNS
from patchflow.tui import work

if TYPE_CHECKING:
    from collections.abc import Callable

    from patchflow.tui.actions import Keymap
    from patchflow.tui.models.board import Board

_PARTS = 3  # the keys, the board without its mail, the board with it
_SIZE = 4  # bytes that say how long a part is
_ENDED = (EOFError, OSError, pickle.UnpicklingError)


class ReadAhead:
    """The user's keys and the board of one clone, read by a process that begins here.

    It is forked, because a new interpreter would load again what is here already; so it must begin before there is a
    second thread. What it does not say, because it met an error or was killed, is read here.
    """

    def __init__(self, directory: str) -> None:
        answers, theirs = os.pipe()
        self._process = os.fork()
        if not self._process:
            _read(directory, theirs)
        os.close(theirs)
        self._answers = answers
        self._directory = directory
        self._said: list[Any] = []
        self._lock = threading.Lock()

    def settings(self) -> tuple[Keymap, str]:
        """The user's keys and theme."""
        try:
            found: tuple[Keymap, str] = self._part(0)
        except _ENDED:
            return work.board.settings(self._directory)
        return found

    def board(self, heard: Callable[[Board], None]) -> Board:
        """Every series of the clone; `heard` gets the board without the mail first."""
        try:
            heard(self._part(1))
            found: Board
            found, runs, told = self._part(2)
        except _ENDED:
            return work.board.read_board(self._directory, heard)
        finally:
            os.waitpid(self._process, 0)
        RUNS.extend(runs)
        for place, sentence in told.items():
            kept.tell(place, sentence)
        return found

    def so_far(self) -> tuple[tuple[Keymap, str] | None, Board | None]:
        """What was said already: keys and theme, and the newest board; nothing is waited for."""
        said = self._said
        with suppress(*_ENDED):
            while len(said) < _PARTS and select.select([self._answers], [], [], 0)[0]:
                self._part(len(said))
        board = said[2][0] if len(said) > 2 else said[1] if len(said) > 1 else None
        return said[0] if said else None, board

    def _part(self, number: int) -> Any:
        """What was said so far is kept, because two threads ask."""
        with self._lock:
            while len(self._said) <= number:
                self._said.append(pickle.loads(self._bytes(int.from_bytes(self._bytes(_SIZE), "big"))))
            return self._said[number]

    def _bytes(self, count: int) -> bytes:
        """The next so many bytes; EOFError where the process ended before."""
        found = b""
        while len(found) < count:
            if not (more := os.read(self._answers, count - len(found))):
                raise EOFError
            found += more
        return found


def _read(directory: str, answers: int) -> NoReturn:
    """The new process. The terminal and its keys are the other one's."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        with os.fdopen(answers, "wb") as file:

            def say(value: Any) -> None:
                words = pickle.dumps(value)
                file.write(len(words).to_bytes(_SIZE, "big") + words)
                file.flush()

            say(work.board.settings(directory))
            board = work.board.read_board(directory, say)
            say((board, list(RUNS), kept.met()))
    finally:
        os._exit(0)
