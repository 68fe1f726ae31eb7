"""The tree a command is about to run scripts of, and whether it may."""

from __future__ import annotations

from pathlib import Path

from patchflow.errors import PatchflowError


def unknown_tree(directory: str) -> Path | None:
    """The kernel tree around a folder, where it holds scripts and is not trusted yet; else None: nothing to ask."""
    from patchflow.adapters.kernel.tree_files import find_tree
    from patchflow.adapters.trust import is_trusted

    try:
        tree = Path(find_tree(directory))
    except PatchflowError:
        return None
    return tree if (tree / "scripts").is_dir() and not is_trusted(tree) else None


def tree_around(directory: str) -> Path:
    """The kernel tree around a folder; MissingError where there is none."""
    from patchflow.adapters.kernel.tree_files import find_tree

    return Path(find_tree(directory))


def trust(tree: Path, yes: bool = True) -> None:
    """Keeps with the user that a tree's scripts may run, or no longer may."""
    from patchflow.adapters.trust import set_trust

    set_trust(tree, yes)


def trusted_trees() -> list[str]:
    """The trees whose scripts may run."""
    from patchflow.adapters.trust import trusted

    return trusted()
