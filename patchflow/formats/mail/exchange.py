"""What became of a remark by the words that were exchanged below it: the last word counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from patchflow import lazy_re
from patchflow.domain.address import Address
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
    state: CommentState, words: Iterable[Said], reviewer: Address, key: Callable[[Address], str]
) -> tuple[CommentState, bool]:
    """The state of a remark after these words, which follow it in order, and whether it is asked again.

    The author's word answers it. A reviewer's word below an answer asks again, until the author answers or all who
    asked approve, agree or take it back (`settles`): what anybody else says hides nothing. `reviewer` made the remark;
    unanswered, it is taken back in so many words alone. `key` is the same for two addresses of one person.
    """
    again, asked = False, False  # `asked`: the author's last word is a question
    asking = {key(reviewer)} if state is CommentState.OPEN else set()
    for said in words:
        if not said.counts:
            continue
        who = key(said.author)
        if said.by_author:
            state, again, asked = CommentState.ANSWERED, False, said.text.rstrip().endswith("?")
            asking.clear()
        elif not said.settles or (asked and _YES.match(said.text)):
            again = again or state is not CommentState.OPEN
            state = CommentState.OPEN
            asking |= {who} if again else set()  # before an answer others explain as often as they ask
        elif who in asking and (again or _WITHDRAWN.search(said.text)):
            asking.remove(who)
            if not asking:
                state, again = CommentState.ANSWERED, False
    return state, again
