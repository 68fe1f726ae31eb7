"""Patches squashed into one: which goes into which, and what the message is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.formats.patch.trailers import add_trailers, split_message, trailers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchflow.domain.patch import Patch

_AUTOSQUASH = lazy_re.compile(r"(?:fixup|squash|amend)! ")


def target_of(patches: Sequence[Patch], commit: str) -> Patch | None:
    """The patch that one is squashed into: the one a `fixup!` or `squash!` names, else the one before; None without."""
    at = next(number for number, patch in enumerate(patches) if patch.commit == commit)
    before = list(reversed(patches[:at]))
    title = patches[at].subject
    while match := _AUTOSQUASH.match(title):
        title = title[match.end() :]
    if title != patches[at].subject:
        return next((one for one in before if one.subject == title or one.commit.startswith(title)), None)
    return before[0] if before else None


def joined(into: Patch, patch: Patch) -> str:
    """The message of two patches squashed: the first's, with the trailers of both."""
    have = trailers_of(into.message)
    new = [t for t in trailers_of(patch.message) if not any(t.same_as(one) for one in have)]
    return add_trailers(into.message, tuple(new)) if new else into.message


def both(into: Patch, patch: Patch) -> str:
    """The message of two patches squashed, to be written over: both texts, and the trailers of both."""
    text = split_message(into.message)[0].rstrip()
    more = split_message(patch.message)[0].rstrip()
    end = joined(into, patch)[len(split_message(into.message)[0]) :].lstrip("\n")
    return f"{text}\n\n{more}\n\n{end}"
