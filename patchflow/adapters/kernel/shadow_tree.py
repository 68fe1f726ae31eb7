"""A shadow of a kernel tree's root: links to everything but what checkpatch.pl would waste time on or litter.

checkpatch.pl starts get_maintainer.pl once for every file of a patch, to learn whether it is obsolete, which
is half of its time; and it leaves .checkpatch-camelcase.* in the folder it runs in. Run in a shadow without
get_maintainer.pl, it does neither to the user's tree, and the list of CamelCase names is kept for the next run.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from patchflow.adapters.paths import cache_path, private_folder
from patchflow.errors import OutsideError

_LEFT_OUT = frozenset(("get_maintainer.pl",))
# git refuses to follow them, and complains to the script that asks it for a commit's title.
_NO_LINKS = frozenset((".mailmap", ".gitattributes", ".gitignore"))
_SLOTS = 8


@contextmanager
def shadow_of(tree: Path) -> Iterator[Path]:
    """A shadow root for one process: two that share one could read each other's half-written CamelCase list."""
    key = hashlib.sha256(os.fsencode(tree.resolve())).hexdigest()[:16]
    home = Path(cache_path()) / "shadow" / key
    private_folder(str(home))
    for slot in range(_SLOTS):
        handle = os.open(home / f"{slot}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        try:
            root = home / str(slot)
            _refresh(tree.resolve(), root)
            yield root
        finally:
            os.close(handle)
        return
    raise OutsideError("More than eight checks of this tree run at the same time.", "Wait until one has ended.")


def _refresh(tree: Path, root: Path) -> None:
    """Makes the links what they have to be; a second time this only lists two folders."""
    scripts = root / "scripts"
    private_folder(str(scripts))
    top = {path.name for path in tree.iterdir()}
    # Another copy's list of CamelCase names is not this one's to overwrite.
    top = {name for name in top if name != "scripts" and not name.startswith(".checkpatch-camelcase")}
    _link(tree, root, top - _NO_LINKS)
    _link(tree / "scripts", scripts, {path.name for path in (tree / "scripts").iterdir()} - _LEFT_OUT)


def _link(source: Path, target: Path, names: set[str]) -> None:
    there = {path.name for path in target.iterdir() if path.is_symlink()}
    for name in there - names:
        (target / name).unlink()
    for name in names - there:
        with suppress(FileExistsError):
            (target / name).symlink_to(source / name)
