"""What taking mail in brought, and what a search in it found."""

from __future__ import annotations

from typing import NamedTuple


class Intake(NamedTuple):
    """What taking in brought: new messages, threads touched by them, and what was left out and why."""

    new: int
    threads: int
    skipped: tuple[tuple[str, str], ...] = ()


class Hit(NamedTuple):
    """One message a search found."""

    id: str
    subject: str
    sender: str
    when: int
    thread: int
