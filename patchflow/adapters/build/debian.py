"""Debian packages laid into the cache without installing them: apt-get download and dpkg-deb, no root."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import which

from patchflow.adapters.build.in_cache import kept_in_place, no_room, telling_no_room
from patchflow.adapters.files import exclusive
from patchflow.adapters.paths import cache_path
from patchflow.adapters.process import run
from patchflow.adapters.streaming import run_live
from patchflow.errors import MissingError, OutsideError


def names(prefix: str) -> list[str]:
    """The packages Debian's lists know whose name begins with `prefix`; none where there is no apt."""
    if which("apt-cache") is None:
        return []
    return sorted(run(["apt-cache", "pkgnames", prefix], check=False, timeout=30).text.split())


def versions(packages: Sequence[str]) -> dict[str, list[str]]:
    """Package -> the versions of it that can be fetched, the newest first; none where there is no apt."""
    if not packages or which("apt-cache") is None:
        return {}
    found: dict[str, list[str]] = {}
    for row in run(["apt-cache", "madison", *packages], check=False, timeout=60).text.split("\n"):
        name, *rest = (field.strip() for field in row.split("|"))
        if rest and rest[0] not in found.setdefault(name, []):
            found[name].append(rest[0])
    return found


def dependencies(package: str, prefixes: tuple[str, ...]) -> list[str]:
    """The packages it depends on whose names begin so."""
    rows = run(["apt-cache", "depends", "--important", package], check=False, timeout=30).text.split("\n")
    found = [row.split(":", 1)[1].strip() for row in rows if row.strip(" |").startswith("Depends:")]
    return [name for name in dict.fromkeys(found) if name.startswith(prefixes)]


def is_unpacked(label: str) -> bool:
    """Whether `unpacked` would have nothing to fetch."""
    return _folder(label).is_dir()


def _folder(label: str) -> Path:
    return Path(cache_path()) / "debian" / label


def unpacked(
    label: str, packages: Sequence[str], tell: Callable[[str], None], then: Callable[[Path], None] | None = None
) -> Path:
    """The folder the packages (`NAME` or `NAME=VERSION`) are unpacked in, below the cache; fetched where it is not
    there yet. `then` does what is left to do in a folder that is fresh."""
    target = _folder(label)
    if target.is_dir():
        return target
    if which("apt-get") is None or which("dpkg-deb") is None:
        raise MissingError(
            f"{', '.join(packages)} would be fetched from Debian, but apt-get or dpkg-deb is not here.",
            "Install the package of your distribution and name it on the command line.",
        )
    mine = exclusive(target.parent / f"{label}.lock", f"unpacking {label}")
    with mine, kept_in_place(), telling_no_room():
        if not target.is_dir():
            tell(f"fetching {', '.join(packages)} from Debian into the cache")
            _fetch(packages, target, then)
    return target


def run_long(argv: Sequence[str], seconds: float, cwd: Path | None = None) -> tuple[int, list[str]]:
    """Runs what fetches or unpacks: its exit code (-1 where its time was up), and what it said. It ends where patchflow
    does, killed or not; NoRoomError where the disk is full."""
    rows: list[str] = []
    ended = run_live(argv, rows.append, cwd=cwd, timeout=seconds)
    no_room(rows)
    return -1 if ended.code is None else ended.code, rows


def _fetch(packages: Sequence[str], target: Path, then: Callable[[Path], None] | None) -> None:
    mine = f".fetching-{target.name}-"
    for left in target.parent.glob(f"{mine}*"):  # of one that was killed: we have its lock
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=mine, dir=target.parent) as name:
        room = Path(name)
        code, said = run_long(["apt-get", "download", "-q", *packages], 900, room)
        files = sorted(room.glob("*.deb"))
        if code != 0 or len(files) < len(packages):
            why = " ".join(row for row in said if row.startswith("E:"))[:300] or "it said nothing"
            raise OutsideError(
                f"`apt-get download {' '.join(packages)}` failed: {why}.",
                "Run `apt-get update`; without a network install them by hand, or name headers and kernel yourself.",
            )
        for file in files:
            code, said = run_long(["dpkg-deb", "-x", str(file), str(room / "root")], 300)
            if code != 0:
                raise OutsideError(f"`dpkg-deb -x {file.name}` failed: {' '.join(said[-2:])[-300:] or 'no word'}.")
        if then:
            then(room / "root")
        shutil.move(room / "root", target)
