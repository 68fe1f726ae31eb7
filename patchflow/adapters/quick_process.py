"""Runs a short command for a hook without the subprocess module, whose import costs more than the command."""

from __future__ import annotations

import os
import select
import time

from patchflow.errors import MissingError, OutsideError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def output_of(argv: Sequence[str], seconds: float = 20.0) -> tuple[int, bytes]:
    """Exit code and standard output of a program, an argv list without a shell; its errors go nowhere.

    The environment is the hook's own, GIT_* included: it is right for the hook's own repository.
    """
    reader, writer = os.pipe()
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writer, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    try:
        child = os.posix_spawnp(argv[0], list(argv), {**os.environ, "LC_ALL": "C.UTF-8"}, file_actions=actions)
    except FileNotFoundError as error:
        os.close(reader)
        raise MissingError(f"The program {argv[0]} is not installed.") from error
    finally:
        os.close(writer)
    try:
        out = _read(reader, time.monotonic() + seconds)
    finally:
        os.close(reader)
    if out is None:
        os.kill(child, 9)
    _, status = os.waitpid(child, 0)
    if out is None:
        raise OutsideError(f"`{' '.join(argv)}` did not end within {seconds:.0f} s and was stopped.")
    return os.waitstatus_to_exitcode(status), out


def _read(reader: int, deadline: float) -> bytes | None:
    """Everything until the end; None where the end does not come in time."""
    parts: list[bytes] = []
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        part = os.read(reader, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)
