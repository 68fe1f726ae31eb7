"""The tree a command is about to run code of."""

from __future__ import annotations

import os
from pathlib import Path

from patchflow.adapters.kernel.scripts import scripts_of
from patchflow.adapters.kernel.tree_files import find_tree
from patchflow.adapters.trust import consent, work_tree
from patchflow.errors import MissingError


def tree_around(directory: str) -> Path:
    """The root of the work tree around a folder, else the nearest folder with MAINTAINERS; MissingError without one."""
    return Path(work_tree(os.path.realpath(directory)) or find_tree(directory))


def ask_first(directory: str) -> None:
    """Asks now where the tree around a folder holds scripts that may be run later; PatchflowError on a no."""
    try:
        tree = tree_around(directory)
    except MissingError:
        return
    if any(Path(scripts_of(str(tree), name), name).is_file() for name in ("checkpatch.pl", "get_maintainer.pl")):
        consent(tree)
