"""What a posting says it stands on: base-commit and the prerequisites, as git format-patch and b4 write them.

One grammar for three places: the lines of a mail (`prerequisite-change-id: ID:v2`), b4's own record of a series
(`change-id: ID:v2`, its `prerequisites`), and ours (the same entries in git config).
"""

from __future__ import annotations

from collections.abc import Iterable

from patchflow import lazy_re
from patchflow.values import dataclass

_BASE = lazy_re.compile(r"(?m)^base-commit:[ \t]*([0-9a-f]{12,64})[ \t]*$")
_WORDS = r"(patch-id|change-id|message-id):[ \t]*<?([!-;=?-~]{3,300})>?[ \t]*"
_PREREQUISITE = lazy_re.compile(rf"(?m)^prerequisite-{_WORDS}$")
_ENTRY = lazy_re.compile(_WORDS)
_BASE_ENTRY = lazy_re.compile(r"base-commit:[ \t]*([!-~]{1,300})[ \t]*")
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
    found = dict.fromkeys((match[1], match[2]) for match in _PREREQUISITE.finditer(text))
    return BaseInfo(commit[1] if commit else "", tuple(found)[:_MOST])


def version_of(change_id: str) -> tuple[str, int]:
    """A prerequisite's change-id and the version asked for: `ID:v2` gives (ID, 2), `ID` alone (ID, 0)."""
    name, _, version = change_id.rpartition(":v")
    return (name, int(version)) if name and version.isdecimal() and len(version) < 5 else (change_id, 0)


def read_entry(entry: str) -> tuple[str, str] | None:
    """(kind, id) of an entry of a record, the kind `base-commit` among them; None where it is no whole line of the
    grammar, so that nothing of it may go into a mail."""
    if found := _ENTRY.fullmatch(entry):
        return found[1], found[2]
    return ("base-commit", base[1]) if (base := _BASE_ENTRY.fullmatch(entry)) else None


def write_entry(kind: str, name: str) -> str:
    """The entry of a record, as b4 has it; with `prerequisite-` in front it is the line of a mail."""
    return f"{kind}: <{name}>" if kind == "message-id" else f"{kind}: {name}"
