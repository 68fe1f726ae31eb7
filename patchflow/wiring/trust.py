"""The tree a command is about to run code of, and whether it may."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from patchflow.adapters import trust as adapter

Answer = adapter.Answer
ask_with = adapter.ask_with


def tree_around(directory: str) -> Path:
    """The root of the work tree around a folder, else the nearest folder with MAINTAINERS; MissingError without one."""
    from patchflow.adapters.kernel.tree_files import find_tree

    return Path(adapter.work_tree(os.path.realpath(directory)) or find_tree(directory))


def ask_first(directory: str) -> None:
    """Asks now where the tree around a folder holds scripts that may be run later; PatchflowError on a no."""
    from patchflow.errors import MissingError

    try:
        tree = tree_around(directory)
    except MissingError:
        return
    if any((tree / "scripts" / name).is_file() for name in ("checkpatch.pl", "get_maintainer.pl")):
        adapter.consent(tree)


def trust(tree: Path, yes: bool = True) -> None:
    """Keeps with the user that a tree's scripts may run, or no longer may."""
    adapter.set_trust(tree, yes)


def standing(tree: Path) -> tuple[bool, Sequence[str]]:
    """Whether a tree is trusted, and which of its files changed since."""
    return adapter.standing(tree)


def may_run() -> bool:
    """Whether the environment says yes for every tree."""
    return os.environ.get("PATCHFLOW_TRUST") == "all"


def trusted_trees() -> list[str]:
    """The trees whose scripts may run."""
    return [one.folder for one in adapter.trusted()]
