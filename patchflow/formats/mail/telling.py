"""Words that tell what their writer thinks or does, and ask for nothing: beside a tag they are no remark.

A sentence is one where it speaks of the writer ("I've taken this for a spin"), approves or thanks, and where no word in
it asks, doubts, denies or turns: in doubt it is a remark.
"""

from __future__ import annotations

from patchflow import lazy_re
from patchflow.formats.mail.approval import is_approval
from patchflow.formats.mail.preamble import is_preamble

_LONGEST = 600  # characters
# These are held against words in small letters.
# What asks for nothing though a word of it might: left out before words that ask are looked for.
_IDIOMS = lazy_re.compile(
    r"\b(?:(?:so |and |then )*(?:please )?(?:feel free to|you (?:can|may)) (?:also )?(?:add|include|carry|keep)"
    r"(?: my\b)?|"
    r"(?:do|did|have|has) ?n(?:o|['’])t (?:see|have|find|spot|notic\w+|seen|found|spotted) (?:any ?|a )(?:thing )?"
    r"(?:\w+ )?(?:unusual|comments?|issues?|problems?|objections?|regressions?|concerns?)|"
    r"(?:do|did|have|has) not (?:see|have|find|notice) (?:any )?(?:further|more|other) (?:comments?|questions?)|"
    r"(?:can['’]t|cannot|could not|couldn['’]t) (?:do|be) much better|if needed|(?:but |and )?(?:fwiw|np)\b|"
    r"(?:just |only )?(?:a few|a bunch of|some|a couple of) (?:\w+ )?(?:nits?|nit-?picks|comments)(?: below)?|"
    r"i(?:['’]ll| will|['’]ve| have|['’]m| am) (?:(?:\w+ly|just|now|also|then) )*"
    r"(?!not\b|confus|surpris|worri|afraid|unsure|missing|see|get|got|hit|a\b)\w+)"
)
# Words that ask, doubt, deny, compare or tell of a fault.
_ASKS = lazy_re.compile(
    r"\?|[{}]|\);|\bs/\S+/|\b(?:but|nits?|except|however|although|though|otherwise|please|should|could|would|may|"
    r"maybe|might|must|needs?|prefer\w*|suggest\w*|instead|rather|wonder\w*|question\w*|why|how|what|where|who|if|when|"
    r"once|after|unless|until|without|only|just|can|always|never|not|no|nor|cannot|\w+n['’]t|\w+['’]d|add|use|drop|"
    r"remove|rename|move|split|fix|(?<!this )(?<!the )(?<!updated )change|rebase|resend|respin|"
    r"missing|wrong|typos?|odd|strange|weird|ugly|bad|unclear|"
    r"confus\w+|surpris\w+|redundant|superfluous|repeated|duplicated?|un(?:necessary|needed|used|related)|needless|"
    r"different|seems?|appears?|bug|buggy|leaks?|race|racy|crash\w*|hangs?|br[eo]ak\w*|fail\w*|errors?|warnings?|"
    r"regress\w*|worse|hmm*|hrm+|ouch|ugh|nack|nak|also|too|either|"
    r"same (?:here|as|for|comments?|questions?|remarks?|problem|issue|thing|in)|ditto|think|believe|guess|assume|"
    r"suspect|feels?|"
    r"bet|find|found|expect\w*|get|got|gets|see|sees|saw|seen|hit|hits)\b"
)
_OF_ME = lazy_re.compile(r"\b(?:i|i['’]\w+|my|me|myself)\b|^(?:and |so )?(?:tested|queued|applied|lgtm|assuming)\b")
_THANKS = lazy_re.compile(r"(?:(?:and|but|first off|many|big|ok|ah|oh|np),? )*(?:thanks?|thank you|cheers)\b")
_SENTENCE = lazy_re.compile(r"(?<=[.!?;:])\s+|\s*\n\s*\n\s*")


def only_tells(text: str, clauses: bool = False) -> bool:
    """Whether each sentence of a text (its paragraphs apart) tells of its writer, approves or thanks, and none asks;
    with `clauses` each part between commas does."""
    if len(text) > _LONGEST:
        return False
    sentences = [one for one in (" ".join(s.split()) for s in _SENTENCE.split(text)) if one]
    return bool(sentences) and all(_tells(one) and (not clauses or _each_tells(one)) for one in sentences)


def _each_tells(sentence: str) -> bool:
    return _thanks(sentence) or all(map(_tells, sentence.split(", ")))


def _thanks(sentence: str) -> bool:
    sentence = sentence.lower()
    thanks = _THANKS.match(sentence)
    return thanks is not None and "," not in sentence[thanks.end() :].rstrip(",")


def _tells(sentence: str) -> bool:
    if is_approval(sentence) or is_preamble(sentence):
        return True
    sentence = sentence.lower()
    rest = _IDIOMS.sub(" ", sentence)
    if _ASKS.search(rest):
        return False
    return not rest.strip(" .,:;!-") or bool(_OF_ME.search(sentence)) or _thanks(sentence)
