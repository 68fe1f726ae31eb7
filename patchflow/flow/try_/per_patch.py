"""Judges the patches of a series one by one: which breaks what a later one fixes."""

from __future__ import annotations

from collections.abc import Sequence


def broken_between(holds: Sequence[bool]) -> tuple[int, int] | None:
    """The first patch that breaks what a later one fixes, and that later one, counted from 1; None where none does.

    `holds` says of each patch in order whether it holds.
    """
    first = next((number for number, one in enumerate(holds, 1) if not one), 0)
    again = next((number for number, one in enumerate(holds, 1) if one and number > first), 0) if first else 0
    return (first, again) if again else None


def broken_line(holds: Sequence[bool], subjects: Sequence[str], what: str) -> str:
    """The same in words, "" where no patch breaks what a later one fixes; `what` says what it does not do (`build`)."""
    found = broken_between(holds)
    if found is None:
        return ""
    first, again = found
    return (
        f"patch {first}/{len(holds)} {subjects[first - 1]!r} does not {what}, and {again}/{len(holds)} "
        f"{subjects[again - 1]!r} fixes it: squash that into it, or git bisect will stop there"
    )
