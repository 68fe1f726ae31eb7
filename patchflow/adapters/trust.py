"""Which trees the user lets run their own scripts: one path a line in the XDG state folder, the owner's only."""

from __future__ import annotations

import os
from pathlib import Path

from patchflow.adapters.files import write_atomic


def trusted_path() -> Path:
    """The file that names the trusted trees."""
    base = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".local/state") / "patchflow" / "trusted-trees"


def trusted() -> list[str]:
    """The trees that are trusted, as absolute paths without links."""
    try:
        return [line for line in trusted_path().read_text(encoding="utf-8").split("\n") if line]
    except OSError:
        return []


def is_trusted(tree: Path) -> bool:
    """Whether this tree is; PATCHFLOW_TRUST=all says so of every tree, for containers and CI."""
    return os.environ.get("PATCHFLOW_TRUST") == "all" or str(tree.resolve()) in trusted()


def set_trust(tree: Path, trust: bool) -> None:
    """Adds a tree, or takes it out."""
    name = str(tree.resolve())
    others = [one for one in trusted() if one != name]
    lines = [*others, name] if trust else others
    write_atomic(trusted_path(), "".join(f"{line}\n" for line in lines).encode())
