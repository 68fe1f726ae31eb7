"""Mail programs that know where mail is: notmuch and lei, asked by their command lines; no mail is changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from patchflow.adapters.process import run

_MINUTES = 600.0  # seconds; lei asks archives


def notmuch_state(query: str) -> str:
    """What changes when the mails of a query do: their number, the database and its last change."""
    return run(["notmuch", "count", "--lastmod", "--", query]).text.strip()


def notmuch_mails(query: str, skipped: list[tuple[str, str]]) -> Iterator[bytes]:
    """The mails that a query finds, each as its file has it; one that cannot be read is told in `skipped`.

    notmuch's own mbox ends no last line and stops at a NUL, so that the mail behind becomes part of the one before.
    """
    words = ["--output=files", "--duplicate=1", "--format=text0"]
    for name in run(["notmuch", "search", *words, "--", query], timeout=_MINUTES).out.split(b"\0"):
        try:
            if name:
                yield Path(os.fsdecode(name)).read_bytes()
        except OSError as error:
            skipped.append((os.fsdecode(name), f"it cannot be read: {error.strerror}; `notmuch new` looks anew"))


def lei_up(folder: Path) -> None:
    """Has lei ask again what filled a folder (`lei q --output=FOLDER …`)."""
    run(["lei", "up", str(folder)], timeout=_MINUTES)
