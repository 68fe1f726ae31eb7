"""Runs a long program in a process group of its own, hands on its output line by line, and leaves nothing behind."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import which

from patchflow.adapters.process import RUNS, clean_env, shown
from patchflow.errors import MissingError, OutsideError
from patchflow.values import dataclass

_TERM_SECONDS = 2.0
_LONGEST_LINE = 65536


@dataclass(frozen=True, slots=True)
class Ended:
    """How a live run ended: exit code (None where it was stopped by its time-out) and seconds."""

    code: int | None
    seconds: float

    @property
    def timed_out(self) -> bool:
        """Whether it was stopped because its time was up."""
        return self.code is None


def run_live(
    argv: Sequence[str],
    heard: Callable[[str], None],
    *,
    cwd: Path | str | None = None,
    timeout: float = 3600.0,
    env: Mapping[str, str] | None = None,
) -> Ended:
    """Runs a program to its end, both streams line by line to `heard`; `timeout` is in seconds.

    Whatever `heard` raises (a stop of the user's too) ends the whole process group before it is passed on.
    Killed itself, patchflow takes the program with it where setpriv is there.
    """
    guard = ["setpriv", "--pdeathsig", "TERM", "--"] if which("setpriv") else []
    if which(argv[0]) is None:
        raise MissingError(f"The program {argv[0]} is not installed.", "Run `patchflow doctor` for what to install.")
    started = time.monotonic()
    try:
        child = subprocess.Popen(
            [*guard, *argv], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=clean_env(env), start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise OutsideError(f"`{shown(argv)}` could not be started: {error.strerror}.") from error
    try:
        in_time = _listen(child, heard, started + timeout)
        code = child.wait(timeout=max(1.0, started + timeout - time.monotonic())) if in_time else None
    except subprocess.TimeoutExpired:
        code = None
    finally:
        end_group(child)
    RUNS.append((tuple(argv), time.monotonic() - started, -1 if code is None else code, time.time()))
    return Ended(code, time.monotonic() - started)


def _listen(child: subprocess.Popen[bytes], heard: Callable[[str], None], until: float) -> bool:
    """Reads to the end of the output; False where time was up first."""
    assert child.stdout is not None
    left = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while (rest := until - time.monotonic()) > 0:
            if not selector.select(min(rest, 0.5)):
                if child.poll() is not None:
                    break  # a grandchild holds the pipe open; the program itself has ended
                continue
            piece = os.read(child.stdout.fileno(), 65536)
            if not piece:
                break
            *rows, left = (left + piece).split(b"\n")
            if len(left) > _LONGEST_LINE:
                rows, left = [*rows, left], b""
            for row in rows:
                heard(row.decode("utf-8", "replace").rstrip("\r"))
        else:
            return False
    if left:
        heard(left.decode("utf-8", "replace").rstrip("\r"))
    return True


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Ends a process and all of its group: asked first, then made to."""
    for what, seconds in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, 10.0)):
        try:
            os.killpg(child.pid, what if child.poll() is None else signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            break
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    child.poll()
    if child.stdout is not None:
        child.stdout.close()
