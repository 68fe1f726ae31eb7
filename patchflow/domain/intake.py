"""What taking mail in brought, and what a search in it found."""

from __future__ import annotations

from collections.abc import Callable

from patchflow.named_tuple import NamedTuple

WasRead = Callable[[str, str], bool]  # of a Message-ID and its sender's address


def nobody_read(message_id: str, sender: str) -> bool:
    """No mail was read, as far as is known."""
    return False


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
    unread: bool = True
