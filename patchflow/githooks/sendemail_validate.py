"""sendemail-validate: each mail that a bare `git send-email` is about to send, checked as a patch."""

from __future__ import annotations

import os

from patchflow.adapters.git.hook_repository import QuickGit
from patchflow.errors import UsageError
from patchflow.githooks.verdict import tell


def run(arguments: list[str]) -> int:
    """Judges the file git names; 1 keeps the whole send from happening. Newer gits pass more arguments."""
    if not arguments:
        raise UsageError("sendemail-validate takes one argument: the file that is to be sent.")
    git = QuickGit()
    if not git.is_kernel():
        return 0
    with open(arguments[0], "rb") as file:  # noqa: PTH123
        raw = file.read()
    if _checked(raw):
        return 0
    from patchflow.flow.machine.hooks import check_mail

    found = check_mail(git, raw, os.path.basename(arguments[0]))  # noqa: PTH119
    return tell("sendemail-validate", found, f"{os.path.basename(arguments[0])} is not sent",  # noqa: PTH119
                "git send-email --no-validate")  # fmt: skip


def _checked(raw: bytes) -> bool:
    """Whether patchflow's own send has shown and checked exactly these bytes, overrides included, before it began."""
    known = os.environ.get("PATCHFLOW_CHECKED", "").split(",")
    if known == [""]:
        return False
    from hashlib import sha256

    return sha256(raw).hexdigest() in known
