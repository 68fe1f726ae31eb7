"""Asks before something leaves or is rewritten, with a key that is not Enter."""

from __future__ import annotations

import sys


def confirmed(question: str, key: str, yes: bool = False) -> bool:
    """Whether the user pressed `key`; `yes` answers beforehand. Without a terminal the answer is no."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write(f"{question} Press {key!r} for yes, any other key for no: ")
    sys.stderr.flush()
    pressed = _one_key()
    sys.stderr.write(f"{pressed if pressed.isprintable() else ''}\n")
    return pressed == key


def _one_key() -> str:
    """One key from the terminal, without waiting for Enter; keys typed before the question do not count."""
    import termios
    import tty

    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)
    try:
        termios.tcflush(handle, termios.TCIFLUSH)
        tty.setcbreak(handle)
        pressed = sys.stdin.read(1)
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)
    return pressed
