"""A boot of a guest: how it is to be, and what came of it."""

from __future__ import annotations

from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class GuestModule:
    """A module that goes in: its file's name, its content, and the files of those it needs."""

    file: str
    content: bytes
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest to boot. `modules` stand in the order they are loaded in; `seconds` is the time it has."""

    machine: str
    kernel: str
    modules: tuple[GuestModule, ...]
    test: str
    seconds: float = 120.0
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Booted:
    """How a guest ran: its console, whether its time was up, QEMU's exit code, the accelerator, its trace file."""

    console: tuple[str, ...]
    timed_out: bool
    code: int
    accelerator: str
    seconds: float
    trace: str = ""
