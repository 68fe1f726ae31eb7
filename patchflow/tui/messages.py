"""What workers tell the app: they never touch a widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from patchflow.tui.jobs import Job


class JobProgress(Message):
    """A job got one step further."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class JobPartial(Message):
    """A job has a first answer, and goes on."""

    def __init__(self, job: Job, value: Any) -> None:
        super().__init__()
        self.job = job
        self.value = value


class JobDone(Message):
    """A job ended, with what it found."""

    def __init__(self, job: Job, value: Any) -> None:
        super().__init__()
        self.job = job
        self.value = value


class JobFailed(Message):
    """A job ended badly."""

    def __init__(self, job: Job, error: BaseException) -> None:
        super().__init__()
        self.job = job
        self.error = error


class OutsideChange(Message):
    """Something of the clone was changed by another program."""
