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
from patchflow.adapters.process import run
from patchflow.errors import OutsideError

_LEFT_OUT = frozenset(("get_maintainer.pl",))
# git refuses to follow them, and complains to the script that asks it for a commit's title.
_NO_LINKS = frozenset((".mailmap", ".gitattributes", ".gitignore"))
_SLOTS = 8
# The folders by which the kernel's checkpatch.pl knows the root of a tree; where one is missing, git is asked for all.
_ROOT = frozenset(("Documentation", "arch", "include", "drivers", "fs", "init", "ipc", "kernel", "lib"))


@contextmanager
def shadow_of(tree: Path, scripts: Path) -> Iterator[Path]:
    """A shadow root for one process: two that share one could read each other's half-written CamelCase list.

    `scripts` is where the tree's scripts stand. A top folder that a sparse checkout leaves out is an empty one there:
    checkpatch.pl knows the root of a tree by its folders.
    """
    key = hashlib.sha256(os.fsencode(tree.resolve()) + b"\0" + os.fsencode(scripts.resolve())).hexdigest()[:16]
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
            _refresh(tree.resolve(), scripts.resolve(), root)
            yield root
        finally:
            os.close(handle)
        return
    raise OutsideError("More than eight checks of this tree run at the same time.", "Wait until one has ended.")


def _refresh(tree: Path, scripts: Path, root: Path) -> None:
    """Makes the links what they have to be; a second time this only lists two folders."""
    private_folder(str(root / "scripts"))
    top = {path.name for path in tree.iterdir()}
    # Another copy's list of CamelCase names is not this one's to overwrite.
    top = {name for name in top if name != "scripts" and not name.startswith(".checkpatch-camelcase")}
    _link(tree, root, top - _NO_LINKS)
    _link(scripts, root / "scripts", {path.name for path in scripts.iterdir()} - _LEFT_OUT)
    for name in _left_out(tree, top):
        (root / name).mkdir(exist_ok=True)


def _left_out(tree: Path, top: set[str]) -> list[str]:
    """The top folders of HEAD that the work tree lacks."""
    if top >= _ROOT:
        return []
    done = run(["git", "-C", str(tree), "ls-tree", "-d", "--name-only", "HEAD"], check=False)
    return [name for name in done.text.split("\n") if name and name != "scripts" and name not in top]


def _link(source: Path, target: Path, names: set[str]) -> None:
    there = {path.name for path in target.iterdir() if path.is_symlink()}
    for name in there - names:
        (target / name).unlink()
    for name in names - there:
        with suppress(OSError):  # an empty folder of a sparse checkout that was widened since
            (target / name).rmdir()
        with suppress(FileExistsError):
            (target / name).symlink_to(source / name)
