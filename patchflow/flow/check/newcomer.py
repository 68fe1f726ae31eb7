"""Whether somebody begins with these patches, and which of them go to several subsystems at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patchflow.adapters.files import write_atomic
from patchflow.adapters.git.newest_commits import has_commit_of
from patchflow.adapters.kept import read_cached
from patchflow.adapters.paths import cache_path
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.formats.get_maintainer.home import homes, title_of

if TYPE_CHECKING:
    from patchflow.domain.address import Address
    from patchflow.domain.patch import Patch

_FEW = 2  # patches that somebody may well begin with
_NAMING = ("MAINTAINERS", "CREDITS", ".mailmap")


def newcomer_facts(here: Clone, patches: Sequence[Patch], base: str) -> dict[str, Any]:
    """What the rule first-patches is judged by (Context's newcomer and mixed); the dear questions come last."""
    me = _unsent(here, patches)
    if me is None:
        return {}
    mixed = _mixed(here, patches)
    if (len(patches) <= _FEW and not mixed) or not _is_unknown(here, me, patches, base):
        return {}
    return {"newcomer": True, "mixed": mixed}


def _mixed(here: Clone, patches: Sequence[Patch]) -> tuple[tuple[str, str], ...]:
    """The patches whose code has several homes, and those in words."""
    matcher = here.subsystems.matcher
    if matcher is None:
        return ()
    found: list[tuple[str, str]] = []
    for patch in patches:
        names = [title_of(matcher.index, home) for home in homes(matcher, patch.paths) if home.sections]
        if len(names) > 1:
            found.append((patch.subject, ", ".join(names[:3]) + (", …" if len(names) > 3 else "")))
    return tuple(found)


def _unsent(here: Clone, patches: Sequence[Patch]) -> Address | None:
    """The user, where the patches are theirs and nothing was sent from this clone yet."""
    repository = here.repository
    try:
        me = repository.identity()
    except PatchflowError:
        return None
    if any(patch.author.email.lower() != me.email.lower() for patch in patches) or repository.is_shallow():
        return None
    sent = repository.refs("refs/patchflow/") or repository.refs("refs/tags/sent/")  # ours, and b4's
    return None if sent else me


def _is_unknown(here: Clone, me: Address, patches: Sequence[Patch], base: str) -> bool:
    """Whether nothing shows that the user had a part in the kernel before."""
    repository = here.repository
    paths = sorted({path for patch in patches for path in patch.paths})
    there = [path for path in paths if repository.read_blob(base, path) is not None]
    if any(_is_named(me, repository.read_blob(base, path) or b"") for path in (*_NAMING, *there)):
        return False
    return bool(there) and _none_of(here, me, base, there)


def _is_named(me: Address, content: bytes) -> bool:
    text = content.lower()
    return any(word.lower().encode() in text for word in (me.email, me.name) if word)


def _none_of(here: Clone, me: Address, base: str, paths: Sequence[str]) -> bool:
    """Whether the whole history of these files is known, and has no commit of mine; asked once for a base."""
    people = [word for word in (me.email, me.name) if word]
    digest = hashlib.sha256("\0".join([base, *people, *paths]).encode("utf-8", "surrogateescape")).hexdigest()
    kept = Path(cache_path(), "newcomer", digest[:32])
    known = read_cached(kept, lambda content: {b"none": True, b"": False}[content])
    if known is None:
        known = has_commit_of(str(here.repository.folder), base, people, paths) is False
        write_atomic(kept, b"none" if known else b"")
    return known
