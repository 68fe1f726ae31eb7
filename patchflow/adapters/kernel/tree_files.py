"""The kernel tree on disk, as far as recipients depend on it: its root, its folders, names inside its bindings."""

# No pathlib here: its import alone costs a third of what `patchflow cc` may take.

from __future__ import annotations

import os
from os.path import normpath

from patchflow.errors import MissingError, UsageError
from patchflow.formats.get_maintainer.answer import TreeFiles
from patchflow.formats.get_maintainer.perl_text import decode

_LONGEST = 4_000_000


class KernelFiles(TreeFiles):
    """A tree below a folder."""

    def __init__(self, root: str) -> None:
        self.root = root

    def is_dir(self, path: str) -> bool:
        """Whether the tree has a folder of that name."""
        return os.path.isdir(os.path.join(self.root, path))

    def text(self, path: str) -> str | None:
        """The text of a file; None where it is none, or too long to be a binding."""
        full = os.path.join(self.root, path)
        try:
            if not os.path.isfile(full) or os.path.getsize(full) > _LONGEST:
                return None
            with open(full, "rb") as file:
                return decode(file.read())
        except OSError:
            return None


def _refused(message: str, hint: str = "") -> Exception:
    return UsageError(message, hint)


def find_tree(start: str) -> str:
    """The root of the tree that a folder stands in: what has a MAINTAINERS, or is a git work tree's; MissingError where
    it stands in none."""
    folder = os.path.abspath(start)
    while True:
        if any(os.path.exists(os.path.join(folder, name)) for name in ("MAINTAINERS", ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            raise MissingError(
                f"{os.path.abspath(start)} is not inside a kernel tree: no folder above it has a MAINTAINERS file or "
                "is a git work tree.",
                "Run patchflow inside the tree, or name it with -C.",
            )
        folder = parent


def path_in_tree(root: str, start: str, name: str) -> str:
    """A path as a person gave it (from the folder they stand in, or from the root), as MAINTAINERS names it.

    A folder gets a slash behind it. UsageError where it is outside of the tree or not there.
    """
    if not name or "\0" in name:
        raise _refused(f"{name!r} is not a path.")
    for base in (start, root):
        full = normpath(os.path.join(os.path.abspath(base), name))
        inside = os.path.relpath(full, root)
        if inside == ".." or inside.startswith("../"):
            resolved = os.path.relpath(os.path.realpath(full), os.path.realpath(root))
            if resolved == ".." or resolved.startswith("../"):
                if base == root or os.path.isabs(name):
                    raise _refused(f"{name} is outside of the tree {root}.")
                continue
            inside = resolved
        if os.path.isdir(full):
            return "./" if inside == "." else f"{inside}/"
        if os.path.isfile(full):
            return inside
    raise _refused(f"{name} is not in the tree {root}.", "Give a path from the tree's root.")
