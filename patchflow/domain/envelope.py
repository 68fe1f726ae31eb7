"""What git send-email would do with a mail, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Envelope:
    """What git send-email would do with one file."""

    sender: str
    recipients: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message (sent, refused or unknown), and the words of the server or of git send-email; `became`
    is the Message-ID that the server named in its answer, where that was asked for."""

    state: str
    detail: str
    became: str = ""
