"""Which trees the user lets run their own scripts: one path a line in the XDG state folder, the owner's only."""

from __future__ import annotations

import os
from pathlib import Path

from patchflow.adapters.files import one_writer, write_atomic


def state_folder() -> Path:
    """patchflow's folder in the XDG state folder."""
    base = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".local/state") / "patchflow"


def trusted_path() -> Path:
    """The file that names the trusted trees."""
    return state_folder() / "trusted-trees"


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
    with one_writer(state_folder() / "state.lock"):
        others = [one for one in trusted() if one != name]
        lines = [*others, name] if trust else others
        write_atomic(trusted_path(), "".join(f"{line}\n" for line in lines).encode())
