"""Words that only say that remarks stand elsewhere in a mail: "A few nits below", "some comments/questions from me"."""

from __future__ import annotations

import re

from patchflow import lazy_re

_SOME = (
    r"(?:(?:please )?(?:see|find)|with|(?:i|we) (?:only |just |do )?have|i['’]ve(?: got)?|there (?:are|is)|here are|"
    r"and|but|then|also|my|some|an?|few|just|one|only|spelling|minor|small|more|couple(?: of)?|two|three|several|"
    r"further|tiny|trivial|additional|other|really|very|quick|general|little|"
    r"(?:code |coding )?style|stylistic|cosmetic|inline|ai|review|"
    r"bunch of|possible|random|last|bit of|lot of|various|(?:high|drive)[- ]\w+)"
)
_REMARKS = (
    r"(?:comments?|nits?|nit-?picks?|questions?|replies|remarks?|notes?|answers?|suggestions?|things?|stuff|"
    r"corrections?|feedback|thoughts|observations)"
)
# A verb or a pronoun among the words behind them says what is asked for: "some comments would help".
_WORD = (
    r"(?!(?:would|should|could|might|must|missing|needed|needs?|please|why|how|what|if|is|was|has|have|do|does|did|you|"
    r"we|it|i|not|but|fix|use|add|drop|remove|that|wrong)\b)"
)
_POINTER = (
    rf"{_REMARKS} ?(?:are )?(?:below|in-?line)|"
    rf"(?:{_SOME},? )+{_REMARKS}(?:(?: ?/ ?|,? (?:and|or) |, ){_REMARKS})*(?:,? {_WORD}\w+){{0,4}}"
    rf"(?: (?:on|about|regarding|in|for|from|as) {_WORD}[\w-]+(?: {_WORD}[\w'-]+){{0,14}})? ?(?:below|in-?line)?"
)
_THANKS = (
    r"thanks for (?:the|your|this) (?:\w+ )?(?:patch(?:es)?|series|review|work|update|fix|patch ?set|reply|report|"
    r"comments?|feedback|contribution|suggestion|patch series)"
)
_THEM = r"(?:it|them|that|this|those|these)"
# Upon what a tag is given: "with those fixed", "fixing it".
_AFTER = (
    rf"(?:(?:with|once) {_THEM}(?: (?:is|are))? (?:fixed|addressed|resolved|sorted)|"
    rf"(?:after )?(?:fixing|addressing) {_THEM}|"
    r"(?:other than|apart from|besides|aside from) (?:that|those))"
)


_PREAMBLE = lazy_re.compile(
    rf"(?:(?:{_THANKS}[ ,;.!-]+)?(?:{_POINTER})(?:[,.;] {_AFTER})?|{_THANKS}|{_AFTER}|"
    r"see below|inline|details (?:are )?(?:below|in-?line))"
    r"[ :.!,)-]*$"
)


def is_preamble(text: str) -> bool:
    """Whether a sentence only says that remarks follow, or thanks for the patch."""
    return bool(_PREAMBLE.match(text.lower()))  # IGNORECASE takes Python 2.5 times as long to compile


_ASIDE = lazy_re.compile(
    rf"(?:,? (?:besides|except|except for|apart from|aside from|other than|modulo) (?:{_SOME},? )+{_REMARKS}"
    rf" (?:below|in-?line)| {_AFTER})(?=[ :.!,]*$)",
    re.IGNORECASE,
)


def without_pointer(text: str) -> str:
    """The sentence without what it says at its end of where remarks stand, or that they come first."""
    return _ASIDE.sub("", text)
