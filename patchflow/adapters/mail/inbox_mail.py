"""One mail of a public-inbox, by libgit2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from patchflow.adapters.git.libgit2 import ObjectType, pygit2
from patchflow.adapters.mail.quick_index import epochs_in


def read_mail(folder: str, name: str) -> bytes:
    """One mail by `EPOCH:OBJECT`; FileNotFoundError where it is not there."""
    epoch, _, blob = name.partition(":")
    place = epochs_in(folder).get(epoch, "")
    try:
        kind, raw = _opened(place).read(blob) if place else (ObjectType.ANY, b"")
    except (KeyError, ValueError, pygit2.GitError):
        kind = ObjectType.ANY
    if kind != ObjectType.BLOB:
        raise FileNotFoundError(2, "No such mail", f"{folder}: {name}")
    return raw


@contextmanager
def small_windows() -> Iterator[None]:
    """While many mails are read one by one, libgit2 maps 32 MB of packs at most (its own limit is 8 GB); what it keeps
    of each pack, its list of objects and up to 16 MB, is let go at the end."""
    settings = pygit2.settings
    was = settings.mwindow_size, settings.mwindow_mapped_limit
    settings.mwindow_size, settings.mwindow_mapped_limit = 8 << 20, 32 << 20
    try:
        yield
    finally:
        settings.mwindow_size, settings.mwindow_mapped_limit = was
        _opened.cache_clear()


@lru_cache(maxsize=4)
def _opened(place: str) -> pygit2.Odb:
    """The objects alone: a Repository holds itself, so what it maps and keeps would wait for the collector."""
    return pygit2.Odb(f"{place}/objects")
