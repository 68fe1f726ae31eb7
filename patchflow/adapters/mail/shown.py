"""What `thread MESSAGE-ID` printed, kept in the cache until anything it was made of changes.

Without pathlib, SQLite and the domain: a thread looked at again is there at once. What was printed depends on the mail
files, the index, the mails sent from the clone, the profile that names the bots, and the program; all of them are
stamped by size and time, and where a stamp differs the thread is read anew.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress

from patchflow import __version__
from patchflow.adapters.places import cache_path, config_path, share_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 200  # threads kept
_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_CODE = ("formats", "services", "domain", "adapters/mail")


def mail_cache(state: str) -> str:
    """The folder of a clone's mail index, in the cache."""
    name = hashlib.sha256(state.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return os.path.join(cache_path(), "mail", name)


class Shown:
    """The texts kept for one clone, whose `.git/patchflow` is `state`."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.folder = mail_cache(state)

    def get(self, key: str) -> str | None:
        """The text kept under a key, where it still holds."""
        try:
            with open(self._path(key), encoding="utf-8") as file:
                stamp, _, text = file.read().partition("\n")
        except (OSError, ValueError):
            return None
        return text if stamp == self.stamp() else None

    def keep(self, key: str, stamp: str, text: str) -> None:
        """Keeps a text made while `stamp` held; nothing where it holds no more."""
        if stamp != self.stamp():
            return
        from pathlib import Path

        from patchflow.adapters.files import write_atomic

        path = self._path(key)
        write_atomic(Path(path), f"{stamp}\n{text}".encode())
        kept = sorted(os.scandir(os.path.dirname(path)), key=lambda entry: entry.stat().st_mtime)
        for entry in kept[:-_MOST]:
            os.unlink(entry.path)

    def stamp(self) -> str:
        """A digest of the sizes and times of everything a thread is made of."""
        digest = hashlib.sha256(__version__.encode())
        for path in self._made_of():
            line = f"{path}\0"
            with suppress(OSError):
                stat = os.stat(path)
                if stat.st_size:  # an empty write-ahead log is there while somebody reads the index
                    line += f"{stat.st_ino}\0{stat.st_size}\0{stat.st_mtime_ns}\0"
            digest.update(line.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def _path(self, key: str) -> str:
        name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return os.path.join(self.folder, "shown", name)

    def _made_of(self) -> Iterator[str]:
        yield os.path.join(self.folder, "mail.sqlite")
        yield os.path.join(self.folder, "mail.sqlite-wal")
        sources = os.path.join(self.state, "mail-sources")
        yield sources
        if os.path.exists(sources):
            with open(sources, encoding="utf-8", errors="surrogateescape") as file:
                for name in file.read().splitlines():
                    yield from (name, os.path.join(name, "cur"), os.path.join(name, "new"))
        git = os.path.dirname(self.state)
        yield os.path.join(git, "packed-refs")
        yield from (folder for folder, _, _ in os.walk(os.path.join(git, "refs", "patchflow")))
        folders = [os.path.join(config_path(), "profiles"), share_path("kernel", "profiles")]
        for folder in (*folders, *(os.path.join(_PACKAGE, part) for part in _CODE)):
            if os.path.isdir(folder):
                yield from sorted(entry.path for entry in os.scandir(folder) if entry.name.endswith((".py", ".toml")))
