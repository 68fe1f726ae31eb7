"""prepare-commit-msg: a subject prefix from the history of the touched files, and a sign-off where it is configured."""

from __future__ import annotations

import os
from collections import Counter

from patchflow.adapters.git.hook_repository import QuickGit
from patchflow.errors import UsageError
from patchflow.formats.patch.message_file import is_autosquash

_MOST_PATHS = 5


def run(arguments: list[str]) -> int:
    """Fills in the message file; never stops a commit."""
    if not arguments:
        raise UsageError("prepare-commit-msg takes the file with the message.")
    # The pre-commit framework passes the file alone, and the source in the environment.
    path = arguments[0]
    source = arguments[1] if len(arguments) > 1 else os.environ.get("PRE_COMMIT_COMMIT_MSG_SOURCE", "")
    git = QuickGit()
    # A message that exists already (amend, -c, a merge, a squash) is its author's.
    if not git.is_kernel() or git.is_merging() or source in ("merge", "squash", "commit"):
        return 0
    with open(path, "rb") as file:  # noqa: PTH123 - git's own path; pathlib would only cost
        raw = file.read()
    if is_autosquash(raw[:9].decode("latin-1")):
        return 0  # the message of the commit it is folded into counts
    signs = git.config("patchflow.signoff").lower() in ("true", "yes", "on", "1")
    if signs:
        git.add_trailer(path, f"Signed-off-by: {git.identity('COMMITTER')}")
    # Without an editor there is nobody to write behind the prefix.
    if source in ("", "template") and os.environ.get("GIT_EDITOR") != ":":
        _prefix(git, path)
    return 0


def _prefix(git: QuickGit, path: str) -> None:
    """Puts the prefix on the first line, if that line is empty.

    Left so, the commit would not be empty to git any more: the commit-msg hook stops at a bare prefix.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - git's own path; pathlib would only cost
        raw = file.read()
    first, end, rest = raw.partition(b"\n")
    if first.strip():
        return
    prefix = usual_prefix(git.prefixes_of(git.staged_paths()[:_MOST_PATHS]))
    if prefix:
        below = b"" if rest.startswith(b"\n") or not rest else b"\n"
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(f"{prefix}: ".encode() + end + below + rest)


def usual_prefix(used: list[str]) -> str:
    """The prefix most of the newest commits bear; "" where no two of them agree."""
    if not used:
        return ""
    word, count = Counter(used).most_common(1)[0]
    return word if count >= 2 else ""
