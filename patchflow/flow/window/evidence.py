"""Joins the evidence about a tree's window."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters import web
from patchflow.adapters.files import read_named
from patchflow.domain.window import Evidence, WindowState
from patchflow.errors import MissingError, OutsideError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail_index import mail_store
from patchflow.flow.window import decide as service
from patchflow.flow.window.decide import TAG

if TYPE_CHECKING:
    from patchflow.domain.profile import Profile
    from patchflow.domain.window import Window
    from patchflow.flow.window.decide import Tag


def window_of(
    here: Clone,
    facts: Profile | None = None,
    *,
    at: datetime | None = None,
    offline: bool = False,
    page: Path | None = None,
    tags: Path | None = None,
) -> tuple[Window, list[Tag], datetime]:
    """The window of a profile's tree (default: the profile in force), with mainline's tags and the moment it was judged
    for."""
    now = at or datetime.now(UTC)
    facts = facts or here.profile_here()
    pattern = re.compile(facts.window.tags or TAG.pattern, re.ASCII)
    rows, sublevel, notes = _tag_rows(here, tags, pattern)
    found: tuple[str, timedelta | None] | None = None
    url = facts.window.status_url
    if page is not None:
        found = (read_named(page).decode("utf-8", "replace"), None)
    elif url and at is None:
        try:
            found = web.cached_page(url) if offline else web.page(url)
        except OutsideError as error:
            notes.append(Evidence("status page", WindowState.UNKNOWN, None, error.paragraph()))
            found = web.cached_page(url)
    marks = service.read_tags(rows, pattern)
    heard = service.read_announcements(_announcements(here, facts.window.follows or facts.tree.name), facts.window)
    window = service.judge(facts, now, tags=marks, sublevel=sublevel, page=found, announcements=heard, notes=notes)
    return window, [] if facts.window.tags else marks, now  # the timeline draws mainline's cycle alone


def _tag_rows(
    here: Clone, tags: Path | None, pattern: re.Pattern[str]
) -> tuple[list[tuple[str, datetime]], int | None, list[Evidence]]:
    """Releases' tags from a file or the clone, and the SUBLEVEL of the tree's Makefile (None where nobody can tell)."""
    if tags is not None:
        return _tags_file(tags), None, []
    try:
        rows = here.repository.tags(pattern.pattern)
        makefile = here.repository.read_blob(here.repository.resolve("HEAD"), "Makefile")
    except (MissingError, UsageError):
        return [], None, []
    match = re.search(rb"^SUBLEVEL = (\d{1,9})\b", makefile or b"", re.MULTILINE)
    # A stable tree's own tags (v6.12.117) are none of mainline's; with mainline's newest fetched beside
    # them the clone still tells, so SUBLEVEL counts only where no candidate is here.
    sublevel = int(match[1]) if match and not any("-rc" in name for name, _ in rows) else None
    return rows, sublevel, []


def _tags_file(path: Path) -> list[tuple[str, datetime]]:
    rows: list[tuple[str, datetime]] = []
    for number, line in enumerate(read_named(path).decode("utf-8", "replace").split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, when = line.strip().partition(" ")
        try:
            moment = datetime.fromisoformat(when.strip())
        except ValueError as error:
            raise UsageError(f"{path}:{number}: expected `NAME ISO-DATE`, found {line.strip()!r}.") from error
        rows.append((name, moment if moment.tzinfo else moment.replace(tzinfo=UTC)))
    return rows


def _announcements(here: Clone, tree: str) -> list[tuple[datetime, str]]:
    """(date, subject) of the mails taken in that may say whether the tree is open."""
    try:
        store = mail_store(here)
        rows = store.subjects_of_windows(tree) if store.exists else []
    except MissingError:
        return []
    return [(datetime.fromtimestamp(when, UTC), subject) for when, subject in rows]
