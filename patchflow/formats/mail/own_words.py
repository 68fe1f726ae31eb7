"""Which of a writer's own words in a reply are a remark: no greeting, attribution, tag, thanks, signature or footer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.trailer import Trailer
from patchflow.formats.mail.attribution import is_attribution
from patchflow.formats.mail.preamble import is_preamble, without_pointer
from patchflow.formats.mail.quotes import HEAD_LINE, ORIGINAL, is_snip
from patchflow.formats.patch.trailers import parse_trailer
from patchflow.named_tuple import NamedTuple

_GREETING = lazy_re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|evening|afternoon|day)|greetings|hi there)\b[^.?!;]{0,40}[,!:.]?$",
    re.IGNORECASE,
)
_CALLED = lazy_re.compile(r"^(?:@?[A-Z][\w.'-]{1,20}(?:,? (?:and )?[A-Z][\w.'-]{1,20}){0,2}|all|folks|everyone)[,:]$")
# "With the comments below addressed:" beside a tag.
_TAG_IF = lazy_re.compile(
    r"^(?:the |those )?nits? notwithstanding[\s.,:;!]*$|"
    r"^(?:but )?(?:with|once|after|provided|if|assuming|other than|apart from|besides) "
    r"(?:my |the |that |this |these |those |all |of |other |minor |small |few |two |both |above |below |inline )*"
    r"(?:comments?|nits?|remarks?|issues?|typos?|points?|suggestions?|fixes|changes?)? ?"
    r"(?:is |are |being |get |gets |below |above |inline |in-line )*"
    r"(?:addressed|fixed|resolved|changed|sorted(?: out)?|corrected|done|taken care of|incorporated|considered|"
    r"dealt with|applied)?[\s.,:;!]*$",
    re.IGNORECASE,
)
_CLOSING = lazy_re.compile(
    r"^(?:many |best |kind |with (?:best |kind )?|warm |thanks and |thanks & )?"
    r"(?:thanks|thank you|thx|regards|cheers|best|ciao|tnx|greetings|sincerely|br|rgds|bye|have a nice day|bests|hth|"
    r"yours|gr|mvh|mbr|vg|mfg|lg|cu|73)"
    r"(?:[ ,!.]*(?:again|in advance|all|a lot|so much|very much|for (?:the|your) "
    r"(?:review|patch|fix|work|series|quick fix)|[a-z][a-z.-]*))?[ ,!.:)]*$",
    re.IGNORECASE,
)
# Words that ask for something even where the rest is praise.
_ASKS = lazy_re.compile(
    r"\?|\b(?:but|nit|nits|except|however|please|should|could|would|maybe|although|though|apart from|just|only|"
    r"instead|wonder|need|needs|prefer|suggest|missing|question|if you|add|use|drop|remove|rename|move|split)\b",
    re.IGNORECASE,
)
# What is said of a tag's lead: "but FWIW" asks for nothing, "once the lock is taken" does.
_ANYWAY = lazy_re.compile(r"\bbut,? (?:fwiw|anyway|still|here)\b|\bi just\b", re.IGNORECASE)
_LATER = lazy_re.compile(
    r"\b(?:once|after|when|unless|assuming|provided|typo|wrong|not|never|\w+n['’]t|fix\w*|with (?!this|that|my|all))\b",
    re.IGNORECASE,
)
# How a lead begins or ends that is no sentence: "For the KVM part", "so, FWIW". Other few words are a remark.
_LEADS = lazy_re.compile(
    r"^(?:for|from|with|on|in|at|as|by|to|so|and|then|thus|hence|but|anyway|either|any|fwiw|imho|imo|still|again|also|"
    r"otherwise|given|since|having|feel|have|take|here|here['’]s|i|i['’](?:m|ve|d|ll)|we|my|mine|all|both|other|rest|"
    r"the (?:rest|whole|series|other|others)|hi|hello|hey|dear)\b|[:,…]$|\.\.\.$|"
    r"\b(?:parts?|bits?|pieces?|portions?|sides?|patch(?:es)?|series|only|you|fwiw|me)[ )-]*$",
    re.IGNORECASE,
)
_CODE = lazy_re.compile(r"^[+-]|->|=>|→|\w\(\)|\bs/[^/]+/|[=;{}]")
# What `git request-pull` says of a branch to be taken, whatever stands around it.
_PULL = lazy_re.compile(
    r"^The following changes since commit [0-9a-f]{40}:.{0,600}?^are available in the .{0,20}repository at:",
    re.M | re.S,
)
_ADDRESSED = lazy_re.compile(r"@|\b\d{1,2}:\d\d\b")
_FROM_LINE = lazy_re.compile(r"From: [^<>]{2,80}<[^<>\s]+@[^<>\s]+>")
_POLITE = lazy_re.compile(r"\b(?:thanks?|thank you|sorry|apolog\w+|applied|queued|picked|pushed)\b", re.IGNORECASE)
_REGARDS = lazy_re.compile(
    r"(?:(?:many|best|kind|warm|with (?:best|kind)) )(?:thanks|regards|wishes|greetings)", re.IGNORECASE
)
# Whom a mail was sent on to, besides: "[ Adding the author ]", "[+cc linux-mm]", "Adding Jo to Cc."
_RULED = lazy_re.compile(r"^\s*-{2,} ?(?:end )?quoted text ?-{2,}\s*$", re.IGNORECASE)
_CC_NOTE = lazy_re.compile(
    r"^(?:\[ ?(?:\+|adding|added|cc'?ing|cc|dropping|dropped|trimming|trimmed)\b[^\[\]?]{0,120}\]|"
    r"(?:adding|added|cc'?ing) [^.?!]{1,80} (?:to|on|in) (?:the )?cc(?: list)?[.!]?|cc'?ing [^.?!]{1,60}[.!]?|"
    r"\+ ?cc\b[^?]{0,100}|\+ ?(?-i:[A-Z][a-z]+(?: [A-Z][a-z]+)?)(?: (?:so|to|for|who|in case|and)\b[^?]{0,80})?)$",
    re.IGNORECASE,
)
_CUT = lazy_re.compile(r"\[ ?(?:\.{2,}|…)[^\[\]]*(?:\.{2,}|…) ?\]")  # "[ ... hunks that are not discussed ... ]"
_FROM_SENT = lazy_re.compile(r"^from: .{0,200}@.{0,200} (?:sent|date|on): ", re.IGNORECASE)
_LEGAL = lazy_re.compile(
    r"registered in .{3,40} (?:with )?(?:registration )?(?:number|no)|registered office|"
    r"this e-?mail .{0,60}confidential|intended recipient|amtsgericht|geschäftsführ|handelsregister",
    re.IGNORECASE,
)
_BANNER = lazy_re.compile(
    r"^(?:(?:caution|warning|external|notice)\b.{0,80}\b(?:originated|outside of|external (?:source|sender|e-?mail)|"
    r"opening (?:links|attachments)|unless you|do not click)\b.{0,140}|"
    r"\[ ?(?:external(?: e-?mail)?|public|confidential|(?:[\w/-]+ ){1,6}- (?:general|internal|confidential)|"
    r"(?:\w+ )?official use only.{0,40}) ?\]|internal use[ -]+confidential|[\w.-]+ mailing list --? \S+@\S+|"
    r"to unsubscribe\b.{0,150}|https?://\S+/(?:mailman/)?listinfo/\S+|sent from my \w+.{0,20}|"
    r"get outlook for \w+.{0,20})"
    r"\W{0,4}$",
    re.IGNORECASE,
)
_LONGEST_NOTICE = 8000  # characters: b4's thanks for a long series list each patch and its commit
_APPROVES = ("reviewed-by", "acked-by", "tested-by")
_MAY_BE_APPLIED = lazy_re.compile(
    r"(?i)\b(?:applied|(?:un)?queued|merged|pushed|picked|took|taken|grabbed|staged|added|committed|landed|dropped|"
    r"reverted|removed|in \S*(?:-next|-fixes)|in (?:my|our|the) \S+)\b"
)


class Run(NamedTuple):
    """The own lines of a run that say something, by index: a remark, or (`settles`) only approval, thanks or a tag."""

    lines: tuple[int, ...] = ()
    settles: bool = False


def own_words(texts: Sequence[str], sender: Address, before_quote: bool, last: bool) -> Run:
    """What a run of own lines says, without greetings, attributions, tags and signatures.

    `before_quote` says that a quoted line follows, `last` that the mail ends here.
    """
    keep = [text != "" and not _is_aside(text) for text in texts]
    _drop_attribution(texts, keep, before_quote)
    tags, others = _drop_trailers(texts, keep)
    _drop_footers(texts, keep)
    indices = [at for at, yes in enumerate(keep) if yes]
    while indices and (_GREETING.match(texts[indices[0]].strip()) or _is_preamble(texts, indices)):
        indices.pop(0)
    if before_quote and len(indices) == 1 and _CALLED.match(texts[indices[0]].strip()):
        return Run()
    while indices and (_is_closing(texts[indices[-1]], sender, last) or is_preamble(texts[indices[-1]].strip())):
        indices.pop()
    indices = _without_signature(texts, indices)
    while indices and not texts[indices[-1]].strip():
        indices.pop()
    if indices and _leads_to_trailer(texts, keep, indices[-1]):
        indices = _without_lead(texts, indices)
    words = " ".join(texts[at].strip() for at in indices).strip()
    if not re.search(r"[\w?!^]", words) or _CUT.fullmatch(words):
        return Run(tuple(tags), settles=bool(tags))
    text = "\n".join(texts[indices[0] : indices[-1] + 1])
    if tags and (_TAG_IF.match(words) or _leads_on(words) or _tells(words, "\n".join(texts[at] for at in indices))):
        return Run(tuple(tags), settles=True)  # what is meant stands elsewhere in the mail, or nothing is
    settles = says_yes(words) or _is_applied(text) or bool(_POLITE.search(words) and _tells(words, text, clauses=True))
    if not settles and (_CLOSING.match(words) or _leads_on(words)):
        return Run()
    if not settles and others:  # "Please add:" with a Fixes tag below it
        indices = sorted({*indices, *(at for at in others if at > indices[0])})
        keep = [yes or at in others for at, yes in enumerate(keep)]
    return Run(tuple(at for at in range(indices[0], indices[-1] + 1) if keep[at] or not texts[at].strip()), settles)


@lru_cache(maxsize=64)  # thousands of equal lines cost little
def _is_aside(text: str) -> bool:
    """Whether a line only tells of cut or quoted text, or of people added."""
    return bool(
        is_snip(text)
        or _RULED.match(text)
        or ORIGINAL.match(text)
        or (len(text) < 160 and _CC_NOTE.match(text.strip()))
    )


def _is_preamble(texts: Sequence[str], indices: Sequence[int]) -> bool:
    """Whether the first of these lines is a sentence of its own that only says that remarks follow."""
    text = texts[indices[0]].strip()
    below = "".join(texts[at].strip()[:1] for at in indices[1:2])
    ends = text[-1:] in ("", ".", ":", "!", ")", "-", "…") or not below or below.isupper()
    return ends and is_preamble(text)


_LONGEST_LEAD = 1000  # characters: spaces by the thousand would be looked at again from each of them
_LINKED = lazy_re.compile(r"\s*\([^()]{0,20}https?://[^()\s]{1,300}\)")


def _leads_on(words: str) -> bool:
    """Whether these words say only that all is well, and where the remarks stand: "Two small comments. Otherwise feel
    free to add:"."""
    if len(words) > _LONGEST_LEAD:
        return False
    words = _LINKED.sub("", words)
    sentences = [
        one
        for one in re.split(r"(?<=[.!:])\s+|,\s+(?:(?:but )?(?=otherwise\b)|but (?=[Ii] think\b))", words)
        if one.strip()
    ]
    return len(sentences) < 5 and all(is_preamble(one) or says_yes(without_pointer(one)) for one in sentences)


def says_yes(words: str) -> bool:
    """Whether these few words only approve or agree."""
    if len(words) > 400 or ("?" in words and len(words) > 80):
        return False
    from patchflow.formats.mail.approval import is_approval  # its patterns take longer to load than most mails to read

    return is_approval(words)


def _is_applied(words: str) -> bool:
    """Whether these words only say that patches were applied (or dropped): no remark that asks for anything."""
    if _PULL.search(words):
        return True
    if len(words) > _LONGEST_NOTICE or not _MAY_BE_APPLIED.search(words):
        return False
    from patchflow.formats.mail.applied import says_applied  # its patterns take longer to load than most mails to read

    return says_applied(words)


def _tells(words: str, text: str, clauses: bool = False) -> bool:
    """Whether these words only tell what their writer thinks or does."""
    if len(words) > 600 or "?" in words:
        return False
    from patchflow.formats.mail.telling import only_tells  # its patterns take longer to load than most mails to read

    return only_tells(text, clauses)


def _leads_to_trailer(texts: Sequence[str], keep: Sequence[bool], last: int) -> bool:
    """Whether a line is no whole sentence, and an approving tag stands below it."""
    text = texts[last].rstrip()
    if text.endswith((".", "!", "?", ";", ")")) and not text.endswith("..."):
        return False
    below = next((at for at in range(last + 1, len(texts)) if texts[at].strip()), None)
    tag = parse_trailer(texts[below]) if below is not None and not keep[below] else None
    return tag is not None and tag.key.lower().endswith(_APPROVES)


def _without_lead(texts: Sequence[str], indices: list[int]) -> list[int]:
    """Without the last paragraph where it only leads to the trailer below: `For the KVM part:` above an Acked-by."""
    start = len(indices) - 1
    while start and indices[start - 1] == indices[start] - 1:  # blank lines are none of them
        start -= 1
    words = " ".join(texts[at].strip() for at in indices[start:])
    if says_yes(words):
        return indices[:start]
    if not _LEADS.search(words) or _CODE.search(words):
        return indices  # "extra newline" above a tag is no lead
    bare = _ANYWAY.sub("", words)
    most = 12 if re.match(r"(?i)for (?:the|my) |i ", words) else 6
    return indices if len(words.split()) > most or _ASKS.search(bare) or _LATER.search(bare) else indices[:start]


def _without_signature(texts: Sequence[str], indices: list[int]) -> list[int]:
    """Without `Regards,` and the few short lines below it: a name, a company."""
    for at in range(len(indices) - 1, max(len(indices) - 6, -1), -1):
        text = texts[indices[at]].strip()
        if _CLOSING.match(text) and (text[-1] in ",.!" or _REGARDS.fullmatch(text)) and len(text.split()) <= 4:
            below = [texts[n].strip() for n in indices[at + 1 :] if texts[n].strip()]
            if len(below) <= 3 and all(len(one.split()) <= 4 and one[-1] not in "?:;" for one in below):
                return indices[:at]
    return indices


def _is_closing(text: str, sender: Address, last: bool) -> bool:
    flat = text.strip()
    if (
        _CLOSING.match(flat)
        or re.fullmatch(r"--? ?[A-Z]\w{0,12}|//? ?\w{2,12}", flat)
        or flat.lower().startswith("gr{oetje,eeting}s")
    ):
        return True
    if (
        (last or text[:3] == "\t\t\t")
        and text[:2] in ("\t\t", "  ")
        and len(text) - len(text.lstrip()) >= 2
        and flat.isalpha()
    ):
        return True  # a nickname on the right: "\t\t\t\tHonza"
    words = [word.lower() for word in re.findall(r"\w+", flat)]
    if not words or len(words) > 4:
        return False
    name = [word.lower() for word in re.findall(r"\w+", sender.name)]
    name += [one + other for one, other in pairwise(name)]  # Si-Wei signs as Siwei
    local = sender.email.partition("@")[0].lower()
    initials = "".join(word[0] for word in name)
    if last and len(words) == 1 and (len(words[0]) > 2 or len(flat) < 3) and any(n.startswith(words[0]) for n in name):
        return True  # Bartosz signs as Bart, Jo as J
    return all(word in name or word in (local, initials) for word in words) and (last or len(words) <= 2)


def _drop_attribution(texts: Sequence[str], keep: list[bool], before_quote: bool) -> None:
    """An attribution stands above a quote, and may be wrapped over several lines; right at the top of a run it, or the
    line `From: Ada <ada@example.org>`, stands above anything."""
    top = [at for at, text in enumerate(texts) if text.strip() and keep[at]][:3]
    for count in (1, 2, 3):
        head = " ".join(texts[at].strip() for at in top[:count])
        alone = count == 1 and _FROM_LINE.fullmatch(head) and top[1:2] != [top[0] + 1]
        if alone or (_ADDRESSED.search(head) and is_attribution(head)):
            for at in top[:count]:
                keep[at] = False
            break
    if not before_quote:
        return
    filled = [at for at, text in enumerate(texts) if text.strip() and keep[at]]
    for count in (1, 2, 3, 4, 5):
        tail = filled[-count:]
        if len(tail) == count and is_attribution(" ".join(texts[at] for at in tail)):
            for at in tail:
                keep[at] = False
            # One more line above may belong to it: the date on a line of its own.
            if (
                len(filled) > count
                and tail[0] - filled[-count - 1] == 1
                and _opens_attribution(texts[filled[-count - 1]])
            ):
                keep[filled[-count - 1]] = False
            return
    heads = [at for at in filled if HEAD_LINE.match(texts[at])]
    # One such line may be prose: "Subject: should name the driver".
    if (
        len(heads) > 2
        or (heads and _FROM_SENT.match(texts[heads[0]]))
        or (len(heads) == 2 and re.match(r"from: \S.*@", texts[heads[0]], re.IGNORECASE))
    ):
        for at in heads:
            keep[at] = False


def _opens_attribution(text: str) -> bool:
    return bool(re.match(r"^(?:on|am|le|at|in|el|il|op) .*\d", text.strip(), re.IGNORECASE))


def _drop_footers(texts: Sequence[str], keep: list[bool]) -> None:
    """What a company's or a list's mail server adds, and lines of a lone dot."""
    for at, text in enumerate(texts):
        if keep[at] and _is_footer(text):
            keep[at] = False


@lru_cache(maxsize=64)
def _is_footer(text: str) -> bool:
    bare = text.strip()
    return bool(bare == "." or _LEGAL.search(text) or (len(text) < 200 and _BANNER.match(bare)))


def _drop_trailers(texts: Sequence[str], keep: list[bool]) -> tuple[list[int], list[int]]:
    """Leaves out trailers; the indices of those that approve, and of the others."""
    tags: list[int] = []
    others: list[int] = []
    for at, text in enumerate(texts):
        if ":" not in text:
            continue
        trailer = parse_trailer(text)
        if text.lower().startswith("pw-bot:"):
            keep[at] = False
        elif trailer and _is_tag(trailer):
            keep[at] = False
            (tags if trailer.key.lower().endswith(_APPROVES) else others).append(at)
            if at + 1 < len(texts) and re.match(r"^\s*<\S+@\S+>\s*$", texts[at + 1]):
                keep[at + 1] = False
    return tags, others


def _is_tag(trailer: Trailer) -> bool:
    """Whether a line of a reply is a tag for the patch, and not prose with a colon in it: `Cc: the maintainers`."""
    key, value = trailer.key.lower(), trailer.value
    if key == "nacked-by" or re.search(r">[\s,;.]+\w", value):
        return False  # words behind the address: "Acked-by: A <a@b>, but ask the others, too"
    if "@" in value or re.match(r"(?:[0-9a-f]{7,40}\b|https?://|I[0-9a-f]{40}$)", value):
        return True
    return key.endswith("-by") and len(value.split()) <= 6 and not value.rstrip().endswith((".", "?", "!", ":"))
