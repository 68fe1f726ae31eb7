"""Files in the user's cache that are whole, by their checksum, or not there at all."""

# No pathlib here: its import alone costs a third of what `patchflow cc` may take.

from __future__ import annotations

import marshal
import os
import zlib
from contextlib import suppress

from patchflow.adapters.paths import private_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MAGIC = b"patchflow cache 1\n"


def read_whole(path: str) -> memoryview | None:
    """What write_whole left; None where there is nothing, or where its checksum says that it is damaged."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return None
    start = len(_MAGIC) + 4
    if raw[: len(_MAGIC)] != _MAGIC or len(raw) < start:
        return None
    content = memoryview(raw)[start:]
    if zlib.crc32(content) != int.from_bytes(raw[len(_MAGIC) : start], "big"):
        return None
    return content


def write_whole(path: str, content: bytes) -> bool:
    """Writes a file in one step, so that a reader in another process sees the old one or the new one.

    False where the cache cannot be written: what it would have held can always be made again.
    """
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        private_folder(os.path.dirname(path))
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_MAGIC + zlib.crc32(content).to_bytes(4, "big") + content)
        os.replace(temporary, path)
    except OSError:
        return False
    return True


def kept_values(path: str, made_of: Any, make: Callable[[], Any]) -> Any:
    """What `make` gives, kept in a file while what it is made of says the same; both are plain values."""
    raw = read_whole(path)
    if raw is not None:
        with suppress(ValueError, EOFError, TypeError):
            known, found = marshal.loads(raw)
            if known == made_of:
                return found
    found = make()
    with suppress(ValueError):  # TOML knows dates, which marshal does not
        write_whole(path, marshal.dumps((made_of, found)))
    return found


def prune(folder: str, keep: int) -> None:
    """Deletes all but the newest files of a folder."""
    try:
        found = sorted((entry.stat().st_mtime_ns, entry.path) for entry in os.scandir(folder) if entry.is_file())
        for _, path in found[: -keep or None]:
            os.unlink(path)
    except OSError:
        return
