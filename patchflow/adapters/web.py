"""Pages from the web, cached with their age."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path

from patchflow.adapters.files import write_atomic
from patchflow.adapters.paths import pages_folder
from patchflow.errors import OutsideError

_PATIENCE = 300.0  # seconds a page that did not answer is left alone, so that no command waits for it twice
_LONGEST_WAIT = 86400.0  # seconds that a server is believed to want to be left alone
_TICK = 1.0  # seconds by which a clock of files may be ahead
_EXCHANGE = 12.0  # seconds for the whole answer
_MOST = 2_000_000  # bytes; a status page has a few thousand, a list of patches and their checks some hundred thousand


def cached_page(url: str) -> tuple[str, timedelta] | None:
    """The copy of a page kept from last time, with its age; None where there is none."""
    path = _place(url)
    try:
        return path.read_bytes().decode("utf-8", "replace"), timedelta(seconds=max(0.0, _age(path)))
    except OSError:
        return None


def page(url: str, fresh: float = 1800.0, foreign: bool = False) -> tuple[str, timedelta]:
    """A page and its age. A copy younger than `fresh` seconds is taken as it is, an older one, or one of a clock that
    was set back since, where the server says that the page did not change; OutsideError says what failed.

    `foreign`: the user did not name the host, so it must be a public one."""
    kept = cached_page(url)
    if kept and -_TICK < _age(_place(url)) < fresh:
        return kept
    from patchflow.adapters.http import Page, fetch_text

    failed = _place(url).with_suffix(".failed")
    try:
        if -_LONGEST_WAIT < _age(failed) < _PATIENCE:
            raise OutsideError(f"{url} did not answer a moment ago; it is asked again in some minutes.")
    except FileNotFoundError:
        pass
    try:
        known = Page(kept[0], *_told(url, kept[0])) if kept else None
        got = fetch_text(url, exchange=_EXCHANGE, largest=_MOST, foreign=foreign, known=known)
    except OutsideError as error:
        write_atomic(failed, b"")
        again = time.time() + min(max(error.wait - _PATIENCE, 0.0), _LONGEST_WAIT)
        os.utime(failed, (again, again))
        raise
    if got is known:
        os.utime(_place(url))
    else:
        write_atomic(_place(url), got.text.encode())
        write_atomic(_headers(url), "\n".join((_digest(got.text), got.tag, got.changed)).encode())
    failed.unlink(missing_ok=True)
    return got.text, timedelta()


def _age(path: Path) -> float:
    """Seconds since a file was written; below 0 where that is to come."""
    return time.time() - path.stat().st_mtime


def _told(url: str, text: str) -> tuple[str, str]:
    """The ETag and Last-Modified that came with just this text; empty where it is another's, or there is none."""
    try:
        digest, tag, changed = _headers(url).read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError):
        return "", ""
    return (tag, changed) if digest == _digest(text) else ("", "")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _headers(url: str) -> Path:
    return _place(url).with_suffix(".headers")


def _place(url: str) -> Path:
    return Path(pages_folder()) / hashlib.sha256(url.encode()).hexdigest()
