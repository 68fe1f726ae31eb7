"""Runs programs: argv lists, never a shell, always a time-out, each run kept in a log of argv lines."""

from __future__ import annotations

import os
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from patchflow.errors import MissingError, OutsideError
from patchflow.values import dataclass

# The last commands that ran, for the terminal UI's log: (argv, seconds, exit code, its end as seconds since 1970).
RUNS: deque[tuple[tuple[str, ...], float, int, float]] = deque(maxlen=500)

# Git sets these for a hook; they are right for the hook's own repository and wrong for any other.
_GIT_LOCAL = (
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_WORK_TREE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
)
# make says these to the programs of its recipes; a make of another tree would take them for its own.
_OF_MAKE = ("MAKELEVEL", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKE_TERMOUT", "MAKE_TERMERR")


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program left: exit code, and both streams as bytes."""

    argv: tuple[str, ...]
    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode("utf-8", "replace")

    @property
    def err_text(self) -> str:
        """Standard error as text."""
        return self.err.decode("utf-8", "replace")


def clean_env(extra: Mapping[str, str] | None = None, keep_git: bool = False, no_git: bool = False) -> dict[str, str]:
    """This process's environment for a child: English messages, GIT_* of a hook scrubbed unless kept, and no lock on
    the index by a git that only reads it (status, diff), which could make the user's own commit fail. With `no_git`
    nothing of what the environment tells git is left. What a make says that runs patchflow goes too; MAKEFLAGS of the
    user's own stay.
    """
    env = dict(os.environ)
    if no_git:
        env = {name: value for name, value in env.items() if not name.startswith("GIT_") or name == "GIT_EXEC_PATH"}
    elif not keep_git:
        for name in _GIT_LOCAL:
            env.pop(name, None)
    if "MAKELEVEL" in env:
        for name in _OF_MAKE:
            env.pop(name, None)
    env.update({"LC_ALL": "C.UTF-8", "LANGUAGE": "", "GIT_OPTIONAL_LOCKS": "0"})
    env.update(extra or {})
    return env


def run(
    argv: Sequence[str],
    *,
    cwd: Path | str | None = None,
    stdin: bytes = b"",
    timeout: float = 120.0,
    env: Mapping[str, str] | None = None,
    keep_git: bool = False,
    no_git: bool = False,
    check: bool = True,
) -> Completed:
    """Runs a program to its end.

    `timeout` is in seconds. With `check`, an exit code other than 0 raises OutsideError with the command
    and the end of its error output; a program that is not there raises MissingError.
    """
    started = time.monotonic()
    try:
        done = subprocess.run(
            list(argv),
            cwd=cwd,
            input=stdin,
            capture_output=True,
            timeout=timeout,
            env=clean_env(env, keep_git, no_git),
            check=False,
        )
    except FileNotFoundError as error:
        if cwd is not None and not Path(cwd).is_dir():
            raise MissingError(f"{argv[0]} could not start: the folder {cwd} does not exist.") from error
        raise MissingError(
            f"The program {argv[0]} is not installed.", "Run `patchflow doctor` for what to install."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise OutsideError(f"`{shown(argv)}` did not end within {timeout:.0f} s and was stopped.") from error
    except OSError as error:
        raise OutsideError(f"`{shown(argv)}` could not be started: {error.strerror}.") from error
    result = Completed(tuple(argv), done.returncode, done.stdout, done.stderr)
    RUNS.append((result.argv, time.monotonic() - started, result.code, time.time()))
    if check and result.code != 0:
        raise failure(result)
    return result


def run_behind(argv: Sequence[str]) -> None:
    """Starts a program that outlives this process, and that nobody waits for."""
    nothing = subprocess.DEVNULL
    subprocess.Popen(list(argv), stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)


def has_shell() -> bool:
    """Whether somebody in our session waits for our job, and can bring it back: else a stop would be for ever."""
    with suppress(OSError, ValueError, IndexError):
        leader = Path(f"/proc/{os.getpgrp()}/stat").read_text()
        return os.getsid(int(leader.rpartition(")")[2].split()[1])) == os.getsid(0)
    return False


def shown(argv: Sequence[str]) -> str:
    """A program's words as a person would type them, for an error: secrets masked."""
    from patchflow.formats.secrets import command_line  # its patterns take milliseconds that only errors need

    return command_line(argv)


def failure(result: Completed) -> OutsideError:
    """The error for a program that ended badly: the command, its code, and the end of what it said."""
    from patchflow.formats.secrets import masked

    said = masked((result.err_text.strip() or result.text.strip())[-1500:])
    return OutsideError(f"`{shown(result.argv)}` ended with status {result.code}: {said or 'it said nothing.'}")


def run_interactive(argv: Sequence[str], *, cwd: Path | str | None = None, env: Mapping[str, str] | None = None) -> int:
    """Runs a program on the user's own terminal (an editor, a pager) and returns its exit code."""
    try:
        return subprocess.run(list(argv), cwd=cwd, env={**os.environ, **(env or {})}, check=False).returncode
    except FileNotFoundError as error:
        raise MissingError(
            f"The program {argv[0]} is not installed.", "Set GIT_EDITOR or core.editor to one that is."
        ) from error
