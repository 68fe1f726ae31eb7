"""Where what can be made again is kept: the XDG cache folder."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """patchflow's folder in the XDG cache; PATCHFLOW_CACHE_DIR names another."""
    named = os.environ.get("PATCHFLOW_CACHE_DIR")
    if named:
        return Path(named)
    # platformdirs says the same on Linux; it is not asked here because a hook pays for every import.
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base if base and Path(base).is_absolute() else Path.home() / ".cache") / "patchflow"
