"""The short way of `cc -f PATH…`: the same answer without a parser and without the domain, in a few milliseconds.

Whatever is not plain `cc -f PATH… [--plain]` is left to the whole command; so is whatever goes wrong: the
caller takes any exception for "run the whole command", which meets the same trouble and tells it.
"""

from __future__ import annotations

import sys

from patchflow.adapters.kernel.recipient_lookup import Directory
from patchflow.adapters.kernel.tree_files import find_tree, path_in_tree
from patchflow.flow.recipients.warnings import vhost_vsock
from patchflow.formats.get_maintainer.answer import primary_role

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchflow.formats.get_maintainer.answer import Row

# The same for every profile that comes with patchflow; -f asks about a tree, not about a series with a profile.
TO_ROLES = ("maintainer", "supporter")


def quick(words: Sequence[str]) -> int | None:
    """Answers and returns the exit code; None where the whole command has to be loaded."""
    asked = _read(words)
    if asked is None:
        return None
    start, names, plain = asked
    root = find_tree(start)
    paths = [path_in_tree(root, start, name) for name in names]
    directory = Directory(root, "index")  # where only the script can tell, its notes lead to the whole command
    if directory.problems:
        return None
    answer = directory.for_files(paths)
    if answer.notes:
        return None
    lines = answer.lines if plain else file_lines(answer.rows)
    text = "".join(f"{line}\n" for line in lines)
    note = "" if plain else vhost_vsock(paths, {row.email for row in answer.rows})
    if not text.replace("\n", "").isprintable() or not note.isprintable():
        return None
    sys.stdout.write(text)
    sys.stdout.flush()
    if note:
        sys.stderr.write(f"{note}\n")
    return 0


def _read(words: Sequence[str]) -> tuple[str, list[str], bool] | None:
    """Folder, paths and --plain of a command line in its plainest form."""
    left, start, names, plain = list(words), ".", [], False
    if left[:1] == ["-C"] and len(left) > 1:
        start, left = left[1], left[2:]
    if left[:2] != ["cc", "-f"] and left[:3] != ["cc", "--plain", "-f"]:
        return None
    for word in left[1:]:
        if word == "--plain":
            plain = True
        elif word.startswith("-") and word != "-f":
            return None
        elif word != "-f":
            names.append(word)
    return (start, names, plain) if names else None


def file_lines(rows: Sequence[Row]) -> list[str]:
    """The answer for a person: header and address, then role and reasons."""
    lines: list[str] = []
    for row in rows:
        header = "To" if primary_role(row.role) in TO_ROLES else "Cc"
        lines.append(f"{header}  {row.email}")
        lines.append(f"      {row.role}")
        lines.extend(f"      {why}" for why in row.why)
    return lines
