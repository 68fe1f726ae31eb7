"""Asks: before something leaves or is rewritten, with a key that is not Enter; and a newcomer, line by line."""

from __future__ import annotations

import sys
import termios
import tty
from collections.abc import Callable
from typing import TypeVar

from patchflow.cli.diagnostics import wrapped
from patchflow.errors import UsageError
from patchflow.formats.safe import safe

_Answer = TypeVar("_Answer")


def ask(question: str, default: str, read: Callable[[str], _Answer]) -> _Answer:
    """A line of the user's, read by `read`; an empty one stands for the default.

    What `read` refuses with a UsageError is asked again on a terminal; from a pipe it is an error, and so is
    its end.
    """
    while True:
        text = _line(f"{question}{f' [{default}]' if default else ''}: ") or default
        try:
            if not text or not text.isprintable():
                raise UsageError(f"{question}: this needs an answer.", "Nothing was written.")
            return read(text)
        except UsageError as error:
            if not sys.stdin.isatty():
                raise
            sys.stderr.write(f"    {safe(error.paragraph())}\n")


_YES, _NO = ("y", "yes"), ("n", "no", "")


def said_yes(question: str) -> bool:
    """Whether the user typed y or yes; n, no, an empty line and the end of input are a no.

    Any other word is asked about again: on a terminal as often as it takes, from a pipe with its next line.
    """
    while True:
        try:
            said = _line(f"{question} (yes/no) ").lower()
        except UsageError:
            return False
        if said in _YES or said in _NO:
            return said in _YES
        sys.stderr.write(f"    {safe(said[:40])!r} is neither yes nor no.\n")


def _line(prompt: str) -> str:
    sys.stderr.write(wrapped(safe(prompt)))
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        sys.stderr.write("\n")
        raise UsageError("The answers ended before the last question.", "Nothing was written.")
    if not sys.stdin.isatty():
        sys.stderr.write("\n")
    return line.strip()


def at_terminal() -> bool:
    """Whether somebody sits there who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


# Enter, Escape, the ends of input, q and n: what people press to get out.
_REFUSALS = ("n", "N", "q", "\r", "\n", "\x1b", "\x03", "\x04", "")


def confirmed(question: str, key: str, yes: bool = False) -> bool:
    """Whether the user pressed `key`; `yes` answers beforehand. Without a terminal the answer is no.

    A key that is neither yes nor no is asked about again: what was worked out before is not lost to a slip.
    """
    if yes:
        return True
    if not at_terminal():
        return False
    sys.stderr.write(wrapped(f"{safe(question)} Press {key!r} for yes, n for no: "))
    sys.stderr.flush()
    while (pressed := _one_key()) not in (key, *_REFUSALS):
        shown = pressed if pressed.isprintable() else "that key"
        sys.stderr.write(f"\n{shown} is neither: press {key!r} for yes, n for no: ")
        sys.stderr.flush()
    sys.stderr.write(f"{pressed if pressed.isprintable() else ''}\n")
    return pressed == key


def _one_key() -> str:
    """One key from the terminal, without waiting for Enter; keys typed before the question do not count."""
    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)
    try:
        termios.tcflush(handle, termios.TCIFLUSH)
        tty.setcbreak(handle)
        pressed = sys.stdin.read(1)
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)
    return pressed
