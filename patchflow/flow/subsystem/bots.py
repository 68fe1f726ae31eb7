"""The bots that write to the lists, whatever the subsystem."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from patchflow.adapters.paths import config_path, share_path
from patchflow.domain.bot import Bot
from patchflow.errors import UsageError
from patchflow.formats.bots_file import read_bots


def bots() -> tuple[Bot, ...]:
    """Those that the user's own profiles name, then those that come with patchflow (`kernel/bots.toml`). A profile that
    is broken names none; who asks for it is told."""
    folder = Path(config_path(), "profiles")
    own = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    return _read(tuple((path, path.stat().st_mtime_ns) for path in (*own, Path(share_path("kernel", "bots.toml")))))


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[Path, int], ...]) -> tuple[Bot, ...]:
    found: list[Bot] = []
    for path, _ in files:
        with suppress(UsageError, OSError, UnicodeError):
            found += read_bots(path.stem, path.read_text(encoding="utf-8"))
    return tuple(dict.fromkeys(found))
