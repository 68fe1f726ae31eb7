"""Runs a short command for a hook without the subprocess module, whose import costs more than the command."""

from __future__ import annotations

import os
import select
import time

from patchflow.errors import MissingError, OutsideError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def output_of(argv: Sequence[str], seconds: float = 20.0, stdin: bytes = b"") -> tuple[int, bytes]:
    """Exit code and standard output of a program, an argv list without a shell; its errors go nowhere.

    The environment is the hook's own, GIT_* included: it is right for the hook's own repository.
    """
    reader, writer = os.pipe()
    source, feed = os.pipe() if stdin else (-1, -1)
    actions = [
        (os.POSIX_SPAWN_DUP2, source, 0) if stdin else (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writer, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    try:
        child = os.posix_spawnp(argv[0], list(argv), {**os.environ, "LC_ALL": "C.UTF-8"}, file_actions=actions)
    except FileNotFoundError as error:
        for end in (reader, feed):
            _close(end)
        raise MissingError(f"The program {argv[0]} is not installed.") from error
    finally:
        for end in (writer, source):
            _close(end)
    try:
        out = _read(reader, feed, stdin, time.monotonic() + seconds)
    finally:
        os.close(reader)
    if out is None:
        os.kill(child, 9)
    _, status = os.waitpid(child, 0)
    if out is None:
        raise OutsideError(f"`{' '.join(argv)}` did not end within {seconds:.0f} s and was stopped.")
    return os.waitstatus_to_exitcode(status), out


def _close(end: int) -> None:
    if end >= 0:
        os.close(end)


def _read(reader: int, feed: int, stdin: bytes, deadline: float) -> bytes | None:
    """Everything until the end, while `stdin` goes into `feed`; None where the end does not come in time."""
    parts: list[bytes] = []
    left = memoryview(stdin)
    while True:
        ready, writable, _ = select.select(
            [reader], [feed] if feed >= 0 else [], [], max(0.0, deadline - time.monotonic())
        )
        if writable:
            try:
                left = left[os.write(feed, left[: select.PIPE_BUF]) :]
            except BrokenPipeError:  # it has read what it wants
                left = left[:0]
            if not left:
                os.close(feed)
                feed = -1
        if ready:
            part = os.read(reader, 1 << 16)
            if not part:
                _close(feed)
                return b"".join(parts)
            parts.append(part)
        elif not writable:
            _close(feed)
            return None
