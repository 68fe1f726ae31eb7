"""What tries keep in the cache, how large it is, and its removal."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from patchflow.adapters.files import exclusive, size_on_disk
from patchflow.adapters.paths import cache_path

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


def remove(what: Sequence[Kept]) -> None:
    """Removes folders of the cache; one that is being unpacked just now is refused, as PatchflowError."""
    for one in what:
        if one.path.parent.name == "debian":
            with exclusive(one.path.with_name(f"{one.path.name}.lock"), f"removing {one.path.name}"):
                shutil.rmtree(one.path, ignore_errors=True)
        else:
            shutil.rmtree(one.path, ignore_errors=True)
