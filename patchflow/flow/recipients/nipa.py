"""Foretells what NIPA, netdev's CI, will say in its test cc_maintainers."""

from __future__ import annotations

from collections.abc import Sequence

from patchflow.domain.address import Address

_FAILS = "NIPA's cc_maintainers will fail"


def will_fail(note: str) -> bool:
    """Whether a note on recipients is a sentence of `predict` that foretells a failure."""
    return note.startswith(_FAILS)


def predict(expected: Sequence[Address], have: Sequence[Address], blamed: Sequence[Address]) -> str:
    """One sentence: pass, warn or fail, and who is missing.

    `expected` is whom get_maintainer.pl names with NIPA's options, the list of last resort left out, `have` everybody
    in To, Cc and From, `blamed` the authors of the commits that Fixes tags name.
    """
    there = {one.key for one in have}
    wanted = {one.key: one for one in expected}
    missing = [str(one) for key, one in wanted.items() if key not in there]
    authors = [str(one) for one in blamed if one.key not in there]
    if authors:
        return f"{_FAILS}: the author of the Fixes target is missing: {', '.join(authors)}."
    if not missing:
        return "NIPA's cc_maintainers will pass."
    verdict = "fail" if len(wanted) - len(missing) <= 1 else "warn"
    return f"NIPA's cc_maintainers will {verdict}: missing {', '.join(missing)}."
