"""A series that came by mail: its patches as git reads them out of their mails."""

from __future__ import annotations

from patchflow.domain.patch import Patch
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class ReceivedPatch:
    """One patch: its number, the Message-ID and the bytes of its mail, and what git makes of it.

    `fault` says why it cannot be applied ("" where it can): it is cut off, holds no diff, or is hostile. `odd` is what
    a reader should know of one that can: its diffstat names other files. `whole` is all that git looks for a diff in,
    which is what its paths are judged by.
    """

    part: int
    message_id: str
    raw: bytes
    patch: Patch
    fault: str = ""
    odd: str = ""
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Preimage:
    """A file as a patch found it: its path, the (abbreviated) hash of its content, and its mode."""

    path: str
    blob: str
    mode: str
