"""What a posting says it stands on: base-commit and the prerequisites, as git format-patch and b4 write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_BASE = re.compile(r"(?m)^base-commit:[ \t]*([0-9a-f]{12,64})[ \t]*$")
_PREREQUISITE = re.compile(r"(?m)^prerequisite-(patch-id|change-id|message-id):[ \t]*(\S{6,300})[ \t]*$")
_MOST = 200


@dataclass(frozen=True, slots=True)
class BaseInfo:
    """`commit` is the base-commit ("" where none is named); `prerequisites` are (kind, id) in their order: a patch-id,
    a change-id with its version (`ID:v2`), or a Message-ID."""

    commit: str = ""
    prerequisites: tuple[tuple[str, str], ...] = ()


def base_info(bodies: Iterable[str]) -> BaseInfo:
    """What the mails of one posting say, the cover's text first."""
    text = "\n".join(bodies)
    commit = _BASE.search(text)
    found = dict.fromkeys((match[1], match[2].strip("<>")) for match in _PREREQUISITE.finditer(text))
    return BaseInfo(commit[1] if commit else "", tuple(found)[:_MOST])


def version_of(change_id: str) -> tuple[str, int]:
    """A prerequisite's change-id and the version asked for: `ID:v2` gives (ID, 2), `ID` alone (ID, 0)."""
    name, _, version = change_id.rpartition(":v")
    return (name, int(version)) if name and version.isdecimal() and len(version) < 5 else (change_id, 0)
