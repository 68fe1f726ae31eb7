"""Who uses what tries keep in the cache: each try holds a lock together with others; `try clean` wants it alone."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from patchflow.adapters.files import in_use
from patchflow.adapters.paths import cache_path


def trying_lock() -> Path:
    """The lock that each try holds."""
    return Path(cache_path()) / "try" / "trying.lock"


def kept_in_place() -> AbstractContextManager[None]:
    """What tries keep stays for the time of the block."""
    return in_use(trying_lock(), "removing what tries keep")
