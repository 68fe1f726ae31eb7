"""Finds the lines of a quote in the text that was quoted, however much was trimmed, wrapped or re-indented.

The quote is a subsequence of the original, so the best chain of equal lines that runs downwards in both is
sought: rare and long lines weigh more, neighbours that stay neighbours more still. Lines are compared by their
keys, which hold no white space.
"""

from __future__ import annotations

from collections.abc import Sequence

# A key that occurs more often than this (`}`, `return ret;`) starts no match, it only continues one.
_COMMON = 12
_NEIGHBOUR = 1.5
_PREFIX = 12


def align(quote: Sequence[str], original: Sequence[str], weights: Sequence[float] | None = None) -> list[int]:
    """For each key of the quote the index of its line in the original, -1 where none is it.

    `weights` lowers the say of single quoted lines (1.0 is a full say).
    """
    places: dict[str, list[int]] = {}
    for at, key in enumerate(original):
        places.setdefault(key, []).append(at)
    chain = _best_chain(quote, original, places, weights)
    joined = _joined_lines(quote, places)
    if joined:
        chain = _with_joined(chain, joined)
    _extend(chain, quote, original)
    _by_beginning(chain, quote, original)
    return chain


def _best_chain(
    quote: Sequence[str], original: Sequence[str], places: dict[str, list[int]], weights: Sequence[float] | None
) -> list[int]:
    size = len(original)
    tree_score = [0.0] * (size + 1)
    tree_cell = [-1] * (size + 1)
    cells: list[tuple[int, int, int]] = []  # quote index, original index, cell before
    scores: list[float] = []
    above: dict[int, int] = {}  # original index -> cell, for the quoted line above
    for i, key in enumerate(quote):
        spots: Sequence[int] = places.get(key, ())
        weight = (1.0 + min(len(key), 40) / 20) / (1 + len(spots) / 4)
        if weights is not None:
            weight *= weights[i]
        rare = len(spots) <= _COMMON
        if not rare:
            spots = [j + 1 for j in above if j + 1 < size and original[j + 1] == key]
        row: dict[int, int] = {}
        for j in spots:
            neighbour = above.get(j - 1, -1)
            best, before = _query(tree_score, tree_cell, j) if rare else (0.0, -1)
            if neighbour >= 0 and scores[neighbour] + _NEIGHBOUR >= best:
                best, before = scores[neighbour] + _NEIGHBOUR, neighbour
            row[j] = len(cells)
            cells.append((i, j, before))
            scores.append(best + weight)
        for j, cell in row.items():
            _update(tree_score, tree_cell, j, scores[cell], cell)
        above = row
    chain = [-1] * len(quote)
    cell = max(range(len(cells)), key=lambda c: (scores[c], -cells[c][1]), default=-1)
    while cell >= 0:
        i, j, cell = cells[cell]
        chain[i] = j
    return chain


def _query(score: list[float], cell: list[int], end: int) -> tuple[float, int]:
    """The best score of a chain that ends above original line `end` (a Fenwick tree of maxima)."""
    best, found = 0.0, -1
    while end > 0:
        if score[end] > best:
            best, found = score[end], cell[end]
        end -= end & -end
    return best, found


def _update(score: list[float], cells: list[int], at: int, value: float, cell: int) -> None:
    at += 1
    while at < len(score):
        if value > score[at]:
            score[at], cells[at] = value, cell
        at += at & -at


def _joined_lines(quote: Sequence[str], places: dict[str, list[int]]) -> dict[int, tuple[int, list[int]]]:
    """Quoted lines that a mailer wrapped: index of the first -> how many lines are one, and where it may stand."""
    found: dict[int, tuple[int, list[int]]] = {}
    for i, key in enumerate(quote):
        if key in places or not key:
            continue
        text = key
        for count in (2, 3, 4):
            if i + count > len(quote):
                break
            text += quote[i + count - 1]
            if text in places:
                found[i] = (count, places[text])
                break
    return found


def _with_joined(chain: list[int], joined: dict[int, tuple[int, list[int]]]) -> list[int]:
    out = list(chain)
    after = _next_known(out)
    low = -1
    for i in range(len(out)):
        if i in joined:
            count, spots = joined[i]
            high = after[i + count - 1]
            spot = next((j for j in spots if low < j < high), None)
            if spot is not None and all(j < 0 for j in out[i : i + count]):
                out[i : i + count] = [spot] * count
        low = max(low, out[i])
    return out


def _next_known(chain: Sequence[int]) -> list[int]:
    """For each line the original index of the next line below it that was found."""
    out = [1 << 60] * len(chain)
    known = 1 << 60
    for i in range(len(chain) - 1, -1, -1):
        out[i] = known
        if chain[i] >= 0:
            known = chain[i]
    return out


def _extend(chain: list[int], quote: Sequence[str], original: Sequence[str]) -> None:
    """Takes in common lines that stand right below or above a line that was found."""
    after = _next_known(chain)
    for i in range(1, len(chain)):
        j = chain[i - 1] + 1
        if chain[i] < 0 < j < min(len(original), after[i]) and original[j] == quote[i]:
            chain[i] = j
    lows = [-1] * len(chain)
    for i in range(1, len(chain)):
        lows[i] = chain[i - 1] if chain[i - 1] >= 0 else lows[i - 1]
    for i in range(len(chain) - 2, -1, -1):
        j = chain[i + 1] - 1
        if chain[i] < 0 and lows[i] < j and j >= 0 and original[j] == quote[i]:
            chain[i] = j


def _by_beginning(chain: list[int], quote: Sequence[str], original: Sequence[str]) -> None:
    """Lines that were cut short or changed at their end, sought between the lines around them."""
    if all(j >= 0 or len(key) < _PREFIX for j, key in zip(chain, quote, strict=True)):
        return
    beginnings: dict[str, list[int]] = {}
    for j, key in enumerate(original):
        if len(key) >= _PREFIX:
            beginnings.setdefault(key[:_PREFIX], []).append(j)
    after = _next_known(chain)
    low = -1
    for i, key in enumerate(quote):
        if chain[i] < 0 and len(key) >= _PREFIX:
            spots = [j for j in beginnings.get(key[:_PREFIX], ()) if low < j < after[i] and _alike(key, original[j])]
            if len(spots) == 1:
                chain[i] = spots[0]
        if chain[i] >= 0:
            low = chain[i]


def _alike(key: str, other: str) -> bool:
    return other.startswith(key) or key.startswith(other)
