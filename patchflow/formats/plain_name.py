"""Names that come from outside (a change-id of git config, of b4 or of a ref) and become part of a path."""

from __future__ import annotations

import re

from patchflow import lazy_re
from patchflow.errors import PatchflowError

_PLAIN = lazy_re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+@=-]{0,198}[A-Za-z0-9_+-])?", re.ASCII)


def plain_name(name: str, what: str) -> str:
    """The name where it is a plain file name and a part of a ref, as git takes them; PatchflowError otherwise.

    `what` says in the error whose name it is.
    """
    if _PLAIN.fullmatch(name) is None or ".." in name or name.endswith(".lock"):
        raise PatchflowError(
            f"{what} is {name[:80]!r}, which is not a plain name.",
            "It names files and refs here: letters, digits, dots and dashes only.",
        )
    return name
