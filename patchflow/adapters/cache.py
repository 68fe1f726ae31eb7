"""Where what can be made again is kept: the XDG cache folder."""

from __future__ import annotations

from pathlib import Path

from patchflow.adapters.paths import cache_path


def cache_folder() -> Path:
    """patchflow's folder in the XDG cache; PATCHFLOW_CACHE_DIR names another."""
    return Path(cache_path())
