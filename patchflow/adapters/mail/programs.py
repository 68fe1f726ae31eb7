"""Mail programs that know where mail is: notmuch and lei, asked by their command lines; no mail is changed."""

from __future__ import annotations

from pathlib import Path

from patchflow.adapters.process import run

_MINUTES = 600.0  # seconds; lei asks archives


def notmuch_state(query: str) -> str:
    """What changes when the mails of a query do: their number, the database and its last change."""
    return run(["notmuch", "count", "--lastmod", "--", query]).text.strip()


def notmuch_mbox(query: str) -> bytes:
    """The mails that a query finds, as an mbox."""
    return run(["notmuch", "show", "--format=mbox", "--", query], timeout=_MINUTES).out


def lei_up(folder: Path) -> None:
    """Has lei ask again what filled a folder (`lei q --output=FOLDER …`)."""
    run(["lei", "up", str(folder)], timeout=_MINUTES)
