"""What became of a remark by the words that were exchanged below it: the last word counts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from patchflow import lazy_re
from patchflow.domain.comment import CommentState, Said

# Who takes a remark back needs no answer.
_WITHDRAWN = lazy_re.compile(
    r"\b(?:never ?mind|nvm|scratch that|ignore (?:me|that|this|my)|disregard|false alarm|my (?:bad|mistake)|"
    r"i was wrong|"
    r"i stand corrected|forget (?:it|that|about)|i (?:missed|overlooked|misread|misunderstood)|sorry for the noise|"
    r"i (?:withdraw|retract))\b",
    re.IGNORECASE,
)
# "Yes." to a question asks for what was asked about.
_YES = lazy_re.compile(
    r"^\W*(?:yes|yep|yeah|yup|sure|please(?: do)?|ok(?:ay)?|right|of course|absolutely|exactly|definitely|correct|"
    r"go ahead|"
    r"that works|sounds good|makes sense|agreed)\b",
    re.IGNORECASE,
)


def state_after(
    state: CommentState, words: Iterable[Said], reviewer: str = "", again: bool = False
) -> tuple[CommentState, bool]:
    """The state of a remark after these words, which follow it in order, and whether its reviewer asks again.

    The author's word answers it. A reviewer's word below an answer asks again, unless it only approves, agrees or takes
    the remark back (`settles`). `reviewer` is the key of who made the remark: only they take it back unanswered.
    """
    asked = False  # whether the author's last word is a question
    for said in words:
        if not said.counts:
            continue
        if said.by_author:
            state, again, asked = CommentState.ANSWERED, False, said.text.rstrip().endswith("?")
        elif said.settles and not (asked and _YES.match(said.text)):
            if again or state is not CommentState.OPEN or _takes_back(said, reviewer):
                state, again = (CommentState.ANSWERED if state is CommentState.OPEN else state), False
        elif state is not CommentState.OPEN:
            state, again = CommentState.OPEN, True
    return state, again


def _takes_back(said: Said, reviewer: str) -> bool:
    return said.author.key == reviewer and bool(_WITHDRAWN.search(said.text))
