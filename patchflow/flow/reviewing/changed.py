"""Decides which patches of two revisions belong together, and words what changed where git cannot be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff

from patchflow import lazy_re
from patchflow.domain.received import ReceivedPatch
from patchflow.values import dataclass

_MOST_LINES = 4000
_HUNK = lazy_re.compile(r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_PAIR = lazy_re.compile(r"^\s*(\d+|-):\s+(\S+) ([=!<>]) \s*(\d+|-):\s+(\S+)(?: (.*))?$")
_STATUS = {"=": "same", "!": "changed", "<": "dropped", ">": "new"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A patch in the earlier and in the later revision: their numbers (0: not there), its title, and whether it is the
    same, changed, dropped or new."""

    left: int
    right: int
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed since another revision: how that was found (range-diff, interdiff), patch by patch and as text."""

    since: int
    how: str
    pairs: tuple[Pair, ...]
    text: str


def pairs_of_range_diff(text: str) -> tuple[Pair, ...]:
    """The pairs that git range-diff prints."""
    found = (match for line in text.split("\n") if (match := _PAIR.match(line)))
    return tuple(Pair(_number(m[1]), _number(m[4]), m[6] or "", _STATUS[m[3]]) for m in found)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def pair_up(
    old: Sequence[ReceivedPatch], new: Sequence[ReceivedPatch], ids: Mapping[str, str]
) -> tuple[tuple[ReceivedPatch | None, ReceivedPatch | None], ...]:
    """The patches of two revisions joined by title, else by patch id (Message-ID -> patch id); in the later order, with
    those that were dropped behind."""
    left = list(old)
    rows: list[tuple[ReceivedPatch | None, ReceivedPatch | None]] = []
    for patch in new:
        titled = [one for one in left if one.patch.subject.lower() == patch.patch.subject.lower()]
        alike = [
            one for one in left if ids.get(one.message_id) and ids.get(one.message_id) == ids.get(patch.message_id)
        ]
        match = next(iter([*titled, *alike]), None)
        if match is not None:
            left.remove(match)
        rows.append((match, patch))
    return (*rows, *((one, None) for one in left))


def unchanged(old: Sequence[ReceivedPatch], new: Sequence[ReceivedPatch], ids: Mapping[str, str]) -> frozenset[str]:
    """The Message-IDs of the later patches whose change is that of the earlier revision, by their patch ids."""
    return frozenset(
        right.message_id
        for left, right in pair_up(old, new, ids)
        if left and right and ids.get(left.message_id) and ids.get(left.message_id) == ids.get(right.message_id)
    )


def interdiff(
    since: int, old: Sequence[ReceivedPatch], new: Sequence[ReceivedPatch], ids: Mapping[str, str]
) -> Changed:
    """What changed, told from the mails' own text: messages and diffs compared line by line, without line numbers."""
    pairs: list[Pair] = []
    text: list[str] = []
    for left, right in pair_up(old, new, ids):
        one = left or right
        assert one is not None
        lines = list(_differences(left, right)) if left and right else []
        status = "new" if left is None else "dropped" if right is None else "changed" if lines else "same"
        pair = Pair(left.part if left else 0, right.part if right else 0, one.patch.subject, status)
        pairs.append(pair)
        text.append(f"{pair.left or '-'}: {_sign(status)} {pair.right or '-'}: {pair.title}")
        text += [f"    {line}" for line in lines]
    return Changed(since, "interdiff", tuple(pairs), "\n".join(text))


def _sign(status: str) -> str:
    return next(sign for sign, word in _STATUS.items() if word == status)


def _differences(left: ReceivedPatch, right: ReceivedPatch) -> Iterator[str]:
    one, other = _lines(left), _lines(right)
    if one == other:
        return
    if len(one) + len(other) > _MOST_LINES:
        yield f"(too long to be compared line by line: {len(one)} and {len(other)} lines)"
        return
    yield from (line for line in unified_diff(one, other, lineterm="", n=2) if not line.startswith(("--- ", "+++ ")))


def _lines(one: ReceivedPatch) -> list[str]:
    diff = [_HUNK.sub("@@", row) for row in one.patch.diff.split("\n") if not row.startswith("index ")]
    return [*one.patch.message.rstrip("\n").split("\n"), *diff]
