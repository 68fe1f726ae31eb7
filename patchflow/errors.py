"""The errors a user may meet: one paragraph each, and the exit code scripts rely on."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class Exit:
    """Exit codes of every command, as promised in docs/cli. Plain numbers: the shortest commands load no enum."""

    OK = 0
    DOES_NOT_HOLD = 1
    USAGE = 2
    MISSING = 3
    OUTSIDE = 4
    INTERRUPTED = 130


class PatchflowError(Exception):
    """Something a user can fix: what failed and why, and what to do next.

    `message` says what ran and why it failed; `hint` what to do; `exit_code` the process's status.
    """

    exit_code: int = Exit.DOES_NOT_HOLD

    def __init__(self, message: str, hint: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code

    def paragraph(self) -> str:
        """The whole error as one paragraph for a terminal."""
        return f"{self.message} {self.hint}".strip()


class UsageError(PatchflowError):
    """The command line or an input file was not understood."""

    exit_code = Exit.USAGE


class MissingError(PatchflowError):
    """A program, file or setting that is needed is not on this machine."""

    exit_code = Exit.MISSING


class OutsideError(PatchflowError):
    """The network, a mail server or another program failed; `wait` are the seconds a server asks to be left alone."""

    exit_code = Exit.OUTSIDE
    wait: float = 0.0


class ConflictError(PatchflowError):
    """A patch does not merge where it is put. `files` (adapters.git.rewrite.Unmerged) are those of all patches so far,
    `left` the ones of them that are not resolved."""

    def __init__(self, message: str, hint: str, files: Sequence[Any], left: Sequence[Any]) -> None:
        super().__init__(message, hint)
        self.files = tuple(files)
        self.left = tuple(left)
