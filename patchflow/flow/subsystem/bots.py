"""The bots that write to the lists, whatever the subsystem."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from patchflow import __version__
from patchflow.adapters.kernel.checksummed_cache import kept_values
from patchflow.adapters.paths import cache_path, config_path, share_path
from patchflow.domain.bot import Bot
from patchflow.errors import UsageError
from patchflow.formats.bots_file import read_bots

_FORMAT = 1


def bots() -> tuple[Bot, ...]:
    """Those that the user's own profiles name, then those that come with patchflow (`kernel/bots.toml`). A profile that
    is broken names none; who asks for it is told."""
    folder = Path(config_path(), "profiles")
    own = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    files = (*own, Path(share_path("kernel", "bots.toml")))
    return _read(tuple((str(path), path.stat().st_ctime_ns, path.stat().st_size) for path in files))


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[str, int, int], ...]) -> tuple[Bot, ...]:
    def rows() -> list[tuple[str, ...]]:
        found: list[Bot] = []
        for path in (Path(row[0]) for row in files):
            with suppress(UsageError, OSError, UnicodeError):
                found += read_bots(path.stem, path.read_text(encoding="utf-8"))
        return [tuple(bot) for bot in dict.fromkeys(found)]

    kept = str(Path(cache_path(), "profiles", "bots"))
    return tuple(Bot(*row) for row in kept_values(kept, (_FORMAT, __version__, files), rows))
