"""Merges the states of two machines item by item, so that nothing is lost: what was changed on both stays on both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from patchflow import lazy_re
from patchflow.values import dataclass

_TIP = lazy_re.compile(r"series/([^/]+)/tip")
_RECORD = lazy_re.compile(r"series/([^/]+)/records/([^/]+)")
Items = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """An item that both changed: its name, and the name that the other machine's content has now."""

    name: str
    where: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What comes of two states. `both` are items that both changed; `back` those that one deleted and the other
    changed: they are there again."""

    items: dict[str, bytes]
    both: tuple[Kept, ...] = ()
    back: tuple[str, ...] = ()


def merge(base: Items, ours: Items, theirs: Items, newer: Callable[[bytes, bytes], bytes | None]) -> Merged:
    """The merged state; `base` is what both had when they last met. Where one side is as it was, the other counts.

    Of two tips of a branch `newer` gives the one that holds the other; None where neither does.
    """
    base, ours, theirs = _whole_series(dict(base), dict(ours), dict(theirs))
    items: dict[str, bytes] = {}
    both: list[Kept] = []
    back: list[str] = []
    for name in sorted({*base, *ours, *theirs}):
        was, mine, other = base.get(name), ours.get(name), theirs.get(name)
        if mine == other or other == was:
            new = mine
        elif mine == was:
            new = other
        elif mine is None or other is None:
            new = mine if other is None else other
            back.append(name)
        elif _TIP.fullmatch(name) and (later := newer(mine, other)):
            new = later
        else:
            new = mine
            where = kept_name(name, other)
            both.append(Kept(name, where))
            items[where] = other
        if new is not None:
            items[name] = new
    return Merged(items, tuple(both), tuple(back))


def kept_name(name: str, content: bytes) -> str:
    """Where the content of an item is kept that is not the item's: by its own digest, so that it meets no other."""
    if tip := _TIP.fullmatch(name):
        return f"series/{tip[1]}/tips/{content.decode('ascii', 'replace')[:40]}"
    if record := _RECORD.fullmatch(name):
        return f"series/{record[1]}/records/kept-{record[2]}-{content.decode('ascii', 'replace')[:12]}"
    return f"kept/{name.replace('/', '-')[:150]}.{hashlib.sha256(content).hexdigest()[:12]}"


def _whole_series(
    base: dict[str, bytes], ours: dict[str, bytes], theirs: dict[str, bytes]
) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes]]:
    """A series that one side deleted goes as a whole where the other left it alone, and else stays as a whole."""
    for match in [found for name in base if (found := _TIP.fullmatch(name))]:
        gone = [side for side in (ours, theirs) if match[0] not in side]
        if len(gone) != 1:
            continue
        prefix = f"series/{match[1]}/"
        side = theirs if gone[0] is ours else ours
        changed = _below(side, prefix) != _below(base, prefix)
        for state in (base, gone[0]) if changed else (base, ours, theirs):
            for name in _below(state, prefix):
                del state[name]
    return base, ours, theirs


def _below(items: Items, prefix: str) -> dict[str, bytes]:
    return {name: content for name, content in items.items() if name.startswith(prefix)}
