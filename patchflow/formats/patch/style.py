"""A subject's prefix, and how the summary begins: with a capital letter, a small one, or a name that says neither."""

from __future__ import annotations

import re

from patchflow import lazy_re

PREFIX = lazy_re.compile(r"^(?:\[[^\]]*\]\s*)?([\w./,+ -]{1,50}?):\s")

# Words that begin a summary and are no names: only of these is a letter's case a question of style.
_VERBS = frozenset(
    "add adjust align allocate allow annotate apply avoid call change check clarify clean cleanup clear consolidate "
    "constify convert correct create declare defer define delete describe disable document drop enable ensure expand "
    "export expose extend extract factor fix fixup free get handle hide honor honour hook implement improve increase "
    "initialize initialise inline introduce keep let limit make mark mend merge modify move optimize optimise pass "
    "prepare prevent print propagate protect provide put read reduce refactor register release remove rename reorder "
    "reorganize replace report reset restore restrict return reuse revert rework rewrite save select set show silence "
    "simplify skip sort split start stop store support suppress switch track try turn unify update use validate wait "
    "warn wrap write".split()
)


def summary_at(subject: str) -> int:
    """Where the summary begins behind `subsys: driver: `, 0 where there is no prefix."""
    head = re.match(r"(?:[\w./,{}*+-]+(?: [\w./,{}*+-]+){0,2}: )+", subject)
    return head.end() if head else 0


def case_of(subject: str) -> str:
    """ "capital" or "small" where the summary begins with an ordinary word, "" where that is a name or no word."""
    at = summary_at(subject)
    word = subject[at:].split(" ", 1)[0].rstrip(",")
    if not at or word.lower() not in _VERBS:
        return ""
    return "small" if word.islower() else "capital" if word[1:].islower() else ""
