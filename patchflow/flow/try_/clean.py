"""What tries keep in the cache, how large it is, and its removal."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from patchflow.adapters.build.full import full_rooms, lock_of
from patchflow.adapters.build.in_cache import trying_lock
from patchflow.adapters.files import exclusive, size_on_disk
from patchflow.adapters.paths import cache_path
from patchflow.errors import PatchflowError
from patchflow.values import dataclass

_PLACES = (
    ("debian", "packages of Debian's, unpacked"),
    ("try/full", "O= folders of full trees"),
    ("try/built", "what was built"),
    ("try/dtbs", "what was said of device trees"),
    ("try/schema", "bindings, processed"),
    ("try/work", "folders of runs that are going on, or were killed"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of the cache, what it is, and its size in bytes on the disk."""

    path: Path
    what: str
    size: int


def kept() -> list[Kept]:
    """What tries keep, the largest first. The work of a run that is going on is none of it."""
    found: list[Kept] = []
    for place, what in _PLACES:
        folder = Path(cache_path()) / place
        inside = [one for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []
        if place == "try/work":
            inside = [one for one in inside if not Path("/proc", one.name.partition("-")[0]).exists()]
        each = place in ("debian", "try/full")
        parts = inside if each or place == "try/work" else [folder] if folder.is_dir() else []
        found += [Kept(one, what, size_on_disk(one)) for one in parts]
    return sorted(found, key=lambda one: -one.size)


def remove(what: Sequence[Kept]) -> tuple[int, list[str]]:
    """Removes folders of the cache; the bytes that are free by it, and why each of the others stays: a try that is
    going on needs it."""
    freed, stay = 0, []
    for one in what:
        try:
            with exclusive(_lock_of(one.path), "trying something"):
                shutil.rmtree(one.path, ignore_errors=True)
        except PatchflowError as error:
            stay.append(f"{one.path} stays: {error.message}")
        else:
            freed += one.size
    return freed, stay


def _lock_of(folder: Path) -> Path:
    """What a try holds while it uses a folder: a full tree's is its own."""
    return lock_of(folder) if folder.parent == full_rooms() else trying_lock()
