"""Whether a tree takes new patches now, and how that is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from patchflow.values import dataclass


class WindowState(StrEnum):
    """The four answers there are."""

    OPEN = "open"
    CLOSED = "closed"
    UNCERTAIN = "uncertain"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One witness: who says so, what it says, how old that word is, and its detail in a sentence."""

    source: str
    says: WindowState
    age: timedelta | None
    detail: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the window closes and reopens next, as far as the calendar of releases tells."""

    closes: datetime | None
    reopens: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
    """The joined answer for one tree; `may_post` lists what is welcome now (PATCH, RFC, net fixes). `kind` is how the
    tree's window works (netdev, soft, open), `why` where that stands."""

    tree: str
    state: WindowState
    since: datetime | None
    until: datetime | None
    evidence: tuple[Evidence, ...]
    forecast: Forecast
    may_post: tuple[str, ...]
    kind: str = ""
    why: str = ""
