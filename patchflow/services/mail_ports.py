"""What the use cases need of a store of mail, as Protocols that the adapters meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from patchflow.domain.message import Message


@dataclass(frozen=True, slots=True)
class Intake:
    """What taking in brought: new messages, threads touched by them, and what was left out and why."""

    new: int
    threads: int
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One message a search found."""

    id: str
    subject: str
    sender: str
    when: int
    thread: int


class MailStore(Protocol):
    """An index over mail files; the files stay the truth."""

    def take_in(self, where: str) -> Intake: ...
    def refresh(self) -> Intake: ...
    def rebuild(self) -> Intake: ...
    def thread_of(self, message_id: str) -> list[Message]: ...
    def threads_of(self, message_ids: Iterable[str]) -> list[Message]: ...
    def threads_by(self, senders: Sequence[str], limit: int = 50) -> list[Message]: ...
    def newest_threads(self, limit: int = 10) -> list[Message]: ...
    def search(self, words: str, limit: int = 100) -> list[Hit]: ...
