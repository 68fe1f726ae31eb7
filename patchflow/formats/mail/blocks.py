"""The runs of own lines of a reply that say something, each with the quoted lines above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from patchflow.formats.mail.own_words import own_words
from patchflow.formats.mail.quotes import Line, signature_start

if TYPE_CHECKING:
    from patchflow.domain.address import Address


class Block:
    """A run of own lines in a reply: `start` and `end` (inclusive) in the body, and the comment it belongs to."""

    def __init__(self, start: int, end: int, quote: list[int], kept: list[int], settles: bool) -> None:
        self.start, self.end = start, end
        self.quote = quote  # indices of the quoted lines above it, back to the last remark
        self.kept = kept  # indices of the lines that are the remark, without trailers and the like
        self.settles = settles  # it only approves
        self.rated = False  # a bot says how bad it is
        self.belongs = ""


def blocks_of(lines: Sequence[Line], sender: Address) -> list[Block]:
    """The runs of own lines that say something, each with the quoted lines above it."""
    end = signature_start(lines)
    quote: list[int] = []
    blocks: list[Block] = []
    at = 0
    while at < end:
        if lines[at].depth:
            quote.append(at)
            at += 1
            continue
        stop = at
        while stop < end and lines[stop].depth == 0:
            stop += 1
        block = _own_block(lines, sender, at, stop, end, quote)
        if block is not None:
            last = blocks[-1] if blocks else None
            if last is not None and not any(lines[q].key for q in quote):
                last.end = block.end  # only blank quoted lines in between: one remark
                last.kept += block.kept
                last.settles = last.settles and block.settles
            else:
                blocks.append(block)
            quote = []
        at = stop
    return blocks


def review_blocks(lines: Sequence[Line]) -> list[Block]:
    """The remarks of a bot's review, each with the quoted lines above it; several may stand below the same."""
    from patchflow.formats.mail.bots.review import remark_facts, remarks

    blocks: list[Block] = []
    quote: list[int] = []
    at = 0
    while at < len(lines):
        if lines[at].depth:
            quote.append(at)
            at += 1
            continue
        stop = at
        while stop < len(lines) and not lines[stop].depth:
            stop += 1
        found = remarks([line.text for line in lines[at:stop]])
        for one in found:
            block = Block(at + one[0], at + one[-1], list(quote), [at + n for n in one], False)
            block.rated = bool(remark_facts("\n".join(lines[at + n].text for n in one))[0])
            blocks.append(block)
        quote = quote if not found and not any(lines[n].key for n in range(at, stop)) else []
        at = stop
    return blocks


def _own_block(lines: Sequence[Line], sender: Address, at: int, stop: int, end: int, quote: list[int]) -> Block | None:
    before_quote = stop < len(lines) and lines[stop].depth > 0
    run = own_words([line.text for line in lines[at:stop]], sender, before_quote, stop >= end)
    if not run.lines:
        return None
    start, last = at + run.lines[0], at + run.lines[-1]
    if before_quote and quote and _is_wrapped_rest(lines, quote[-1], start, last):
        return None
    return Block(start, last, list(quote), [at + w for w in run.lines], run.settles)


def _is_wrapped_rest(lines: Sequence[Line], above: int, start: int, last: int) -> bool:
    """Whether a single own line is the end of a quoted line that the mailer broke."""
    if start != last or start != above + 1:
        return False
    text = lines[start].text
    return (
        len(lines[above].text) > 60
        and len(text) < 40
        and text[:1].islower() is False
        and text.rstrip().endswith((";", "{", ",", ")", "*/", "@@"))
    )
