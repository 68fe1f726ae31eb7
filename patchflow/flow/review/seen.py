"""Which mails the user has read: their Message-IDs, kept for the clone."""

from __future__ import annotations

from collections.abc import Iterable

from patchflow.adapters.files import append_synced
from patchflow.adapters.kept import read_kept
from patchflow.domain.intake import WasRead
from patchflow.flow.clone import Clone
from patchflow.flow.review.who import my_addresses


def seen(here: Clone) -> frozenset[str]:
    """The Message-IDs of the mails that were read."""
    return read_kept(here.repository.state.seen, _parsed) or frozenset()


def was_read(here: Clone) -> WasRead:
    """Tells of a mail whether it was read; one's own need not be."""
    known, mine = seen(here), {one.lower() for one in my_addresses(here)}
    return lambda message_id, sender: message_id in known or sender.lower() in mine


def keep_seen(here: Clone, ids: Iterable[str], read: bool = True) -> None:
    """Keeps that these mails were read, or with `read` False that they were not."""
    known, mark = seen(here), "+" if read else "-"
    rows = "".join(f"\n{mark}{id}" for id in ids if (id in known) != read and "\n" not in id)
    # Without the clone's lock: one write at the end of a file that only grows, which others neither mix with nor undo.
    if rows:
        append_synced(here.repository.state.seen, rows.encode("utf-8", "surrogateescape"))


def _parsed(content: bytes) -> frozenset[str]:
    """The last line that names a mail tells; a line that was cut off names none that there is."""
    marks = {row[1:]: row[:1] for row in content.decode("utf-8", "surrogateescape").split("\n") if row}
    return frozenset(id for id, mark in marks.items() if mark == "+")
