"""What is read of one series."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from patchflow.domain.comment import Comment
from patchflow.domain.profile import Profile
from patchflow.domain.series import Series
from patchflow.domain.thread import Thread
from patchflow.domain.window import Window
from patchflow.flow.series.status import Standing, needs_mail
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """What is read of a series in one go, without checks and network."""

    series: Series
    profile: Profile
    standing: Standing
    window: Window
    checked_out: bool
    threads: tuple[Thread, ...] = ()
    comments: tuple[Comment, ...] = ()
    outbox: Mapping[str, tuple[str, str]] | None = None
    queue: tuple[Any, ...] = ()
    dirty: tuple[str, ...] = ()
    judged_by: str = ""  # names the profile in force and the user's own checks
    tree: Path = Path()
    mail_read: bool = False
    mail_at: datetime | None = None  # when a source of mail was last refreshed
    tried: tuple[Mapping[str, Any], ...] = ()
    people: tuple[str, ...] = ()  # whom the branch's own settings add and drop

    @property
    def is_known(self) -> bool:
        """Whether everything its state depends on was read."""
        return self.mail_read or not needs_mail(self.series, self.standing.state)
