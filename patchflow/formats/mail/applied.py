"""The words in which maintainers and bots say that patches were applied, or dropped again.

Forms: b4's thanks with its list of commits, patchwork-bot's summary, tip-bot's, Andrew Morton's and Greg's notes of one
patch each, and people's own sentences. A question, a condition, a plan and a refusal are none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from patchflow import lazy_re
from patchflow.formats.mail.applied_words import AppliedWords
from patchflow.formats.mail.approval import is_approval

_VERB = r"(?:re-?)?(?:applied|queued(?:\s+up)?|merged|pushed(?:\s+out)?|picked(?:\s+up)?|committed|staged|added|landed)"
_DROP = r"(?:dropped|reverted|removed|backed\s+out|un-?applied|unqueued)"
# What a sentence about patches has for its subject or object: no other noun. Mails are hostile: what is repeated is
# atomic (what a word took is not tried again in pieces), and long sentences are not read (_LONGEST).
_PATCHES = (
    r"(?>(?:both|all|the|this|these|that|those|my|your|it|them|they|one|ones|two|three|four|first|last|next|rest|of|other|"
    r"whole|entire|remaining|following|series|set|patch(?:\(es\)|es|set)?|commits?|fix(?:es)?|change|v\d+|and|part|only|just|now|"
    r"above|\#?\d+(?:/\d+)?(?:\s*(?:[-–]|to)\s*\#?\d+(?:/\d+)?)?)(?!\w)\s*|[,&+–-]\s*)+"
)
_PLEASED = (
    r"(?>(?:ok(?:ay)?|great|cool|good|nice|perfect|lgtm|looks\s+good|alright|right|done|thanks|thank\s+you|many\s+thanks|"
    r"cheers|fair\s+enough|sure|yes|yep|and|so|fyi|hi|hello)\b[^.!;,:?–-]{0,40}[,:–-]+\s*)*"
)
_LONGEST = 500  # characters of a sentence, and of a title
_WHO = r"(?:(?:i|we)(?:\s*['’]ve|\s+have|\s+had)?\s+)"
_HOW = r"(?:(?:now|just|already|also|manually|finally|both|provisionally|tentatively)\s+)*"
_IS = r"(?:(?:is|are|was|were|has|have|been|got|gets|now|just|already|all|both|has\s+been|have\s+been)\s+)*"
_START = lazy_re.compile(rf"^{_PLEASED}{_HOW}(?P<verb>{_VERB}|taken|{_DROP})\b(?P<rest>.*)$", re.IGNORECASE)
_ACTIVE = lazy_re.compile(
    rf"^{_PLEASED}{_WHO}{_HOW}(?P<verb>{_VERB}|took|taken|grabbed|{_DROP})\s+(?P<what>{_PATCHES})(?P<rest>.*)$",
    re.IGNORECASE,
)
_ACTIVE_UP = lazy_re.compile(
    rf"^{_PLEASED}{_WHO}{_HOW}(?P<verb>{_VERB}|took|taken|{_DROP})(?P<rest>\s*$|\s*,.*|\s+(?:in)?to\s.*)$",
    re.IGNORECASE,
)
_PASSIVE = lazy_re.compile(
    rf"^{_PLEASED}(?P<what>{_PATCHES})(?:(?:up)\s+)?{_IS}(?P<verb>{_VERB}|taken|{_DROP})\b(?P<rest>.*)$", re.IGNORECASE
)
_THERE = lazy_re.compile(
    rf"^{_PLEASED}(?P<what>{_PATCHES})?(?:(?:is|are|['’]s)\s+)?(?:now\s+|already\s+)*in\s+"
    r"(?P<where>(?:my|our|the|their)\s+(?:\S+\s+){0,2}?(?:tree|branch|queue)|\S*(?:-next|-fixes|-testing|mainline|\.git))\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_UNREAL = lazy_re.compile(
    r"\b(?:not|\w+n['’]t|never|cannot|unable|will|would|['’](?:ll|d)|could|should|shall|may|might|must|please|to\s+be|"
    r"want|going\s+to|about\s+to|needs?|can|before|until|unless|once|if|when|after|why|who|whether|how)\b",
    re.IGNORECASE,
)
_SPOILT = lazy_re.compile(
    r"\b(?:locally|cleanly|fine|on\s+top\s+of\s+(?!that)|by\s+mistake|for\s+(?:testing|review|now\s+to\s+test)|to\s+test|"
    r"in\s+my\s+test|unless|once\s|(?<!to\ssee\s)if\s|but\s+(?:it|the\s+build|this)\s+(?:fails?|breaks?|does)|with\s+(?:conflicts|fuzz)|"
    r"and\s+it\s+fails|here\s*$|fails?\s+to)",
    re.IGNORECASE,
)
_WHERE = lazy_re.compile(
    r"\b(?:(?:in)?to|onto|for|on|in)\s+(?:(?:the|my|our|your|this)\s+)*[`'\"]?"
    r"(?P<where>(?:https?|git)://\S+(?:\s\([\w./-]+\))?|[\w][\w./+-]*(?:\s\([\w./-]+\))?|-mm(?:\s+[\w-]+)?)",
    re.IGNORECASE,
)
_LEADS_ON = lazy_re.compile(
    r"\s*(?:$|[.,!;:(–-]|(?:up|to|into|onto|for|in|on|with|now|already|as|and|from|by|through|via|thanks|because|after)\b)",
    re.IGNORECASE,
)
_OBJECT = lazy_re.compile(rf"\s*{_PATCHES}(?:[.,!;:]|$|(?:up|(?:in)?to|for|with|as|by)\b)", re.IGNORECASE)
# "It was merged in 5.10": a subject that may be anything needs a tree.
_VAGUE = lazy_re.compile(
    r"(?:it|that|those|they|them|ones?|my|your|(?:the|this|that|my|your)\s+(?:change|fix|one))", re.IGNORECASE
)
_TREE = lazy_re.compile(
    r"-next\b|-fixes\b|-testing\b|^(?:fixes|next|mainline|for-\S+|net|bpf|urgent|\S+/\S+|\S+\.git.*)$"
)
_NOWHERE = set("now it be top all both tree branch queue next this them today review me".split())
_HASH = lazy_re.compile(r"\b[0-9a-f]{12,40}\b")
_COUNTED = lazy_re.compile(r"\b\d+\s+(?:patch(?:\(es\)|es)?|commits?)(?!\w)")  # "2 patches": how many, not which
_ROW = lazy_re.compile(r"[0-9a-f]{12,40}\s")  # a commit and its title, as in a list
# What maintainers' forms for b4's thanks say, whatever the patch (Mark Brown's, Christian Brauner's).
_FORM = lazy_re.compile(
    r"Patches in the \S+ branch should appear in linux-next|Please report any outstanding bugs that were missed|"
    r"It['’]s encouraged to provide Acked-bys|If possible patch trailers will be updated|"
    r"Note that commit hashes shown below|If in doubt, please check the listed branch|"
    r"All being well this means that it will be integrated|You may get further e-mails resulting from automated|"
    r"If any updates are required or you are submitting further|"
    r"Please add any relevant lists and maintainers to the CCs"
)
# What a committer changed, in the brackets it has in the commit: `[ Reworded. - Miguel ]`, `[ bp: Massage. ]`.
_CHANGED = lazy_re.compile(r"\[ ?(?:\w[\w-]*: [^?]{1,400}|[^?]{1,400} [-–—] ?\w[\w .-]{0,40})\]", re.DOTALL)
_ENTRY = lazy_re.compile(r"^\s*(?:-\s*)?\[(?:[^\]]*[,\s])?(\d+)/(\d+)\]\s")
_COMMIT_LINE = lazy_re.compile(
    r"^(?:tree|branch|merge commit):\s+\S+\s*$|^\s+(?:commit: [0-9a-f]{7,}|\(no commit info\)|https?://\S+)\s*$"
)
_OF = lazy_re.compile(
    r"(?<![\w./])#?(\d{1,3})(?:/\d{1,3})?(?:\s*(?:[-–]|to)\s*#?(\d{1,3})(?:/\d{1,3})?)?(?![\w/]|\.\d)"
)
_ORDINAL = lazy_re.compile(r"\bfirst\s+(one|two|three|four|\d+)\b", re.IGNORECASE)
_FIRST = lazy_re.compile(r"\bfirst(?:\s+(?:patch|one))?\b", re.IGNORECASE)
_COUNT = {"one": 1, "two": 2, "three": 3, "four": 4}
_TITLED = (
    # Andrew Morton's, with the reason for a removal a sentence later.
    lazy_re.compile(
        r"\bThe patch titled\s+(?:Subject:\s*)?(?P<title>.{1,500}?)\s+has been (?P<verb>added to|removed from) the\s+"
        r"(?P<where>\S+(?:\s+\S+)?)\s+(?:tree|branch)",
        re.DOTALL,
    ),
    # Greg Kroah-Hartman's, and the stable queue's.
    lazy_re.compile(
        r"\bI(?:'ve| have) just (?P<verb>added) the patch titled\s+(?P<title>.{1,500}?)\s+to "
        r"(?:my (?P<where>\S+) git|the (?P<stable>\S+-stable)) tree",
        re.DOTALL,
    ),
)
_LIVES_ON = lazy_re.compile(r"\b(?:dropped|removed) because it was (?:merged|folded) into\b")
# b4's older thanks name the tree on a line of its own.
_URL = lazy_re.compile(r"(?m)^[ \t]+(?:https?|git)://\S+?/([\w.-]+\.git)(?:[ \t]+([\w./-]+))?[ \t]*$")
_WHOLE = lazy_re.compile(r"\b(?:both|all|series|set|patches|them|entire|whole)\b", re.IGNORECASE)
_THIS = lazy_re.compile(r"(?:this|that|these|those|it|they|one|the)\b", re.IGNORECASE)
_THANKS = lazy_re.compile(r"(?:many\s+)?(?:thanks?|thank\s+you|cheers|great|nice|good)\b[^?]{0,40}", re.IGNORECASE)
# What the maintainer does next, or did to the patch in passing: "I'll rebase that on rc1", "I fixed the indentation".
_BESIDES = lazy_re.compile(
    r"(?:and |so |then |also )*(?:(?:i|we)(?:(?:['’]ll|['’]m going to| will| am going to)\b|(?:['’]ve| have)? "
    r"(?:also |just |only |slightly )*(?:updated|fixed|changed|added|picked up|took|removed|adjusted|tweaked|reworded|"
    r"squashed|folded|rebased|corrected|renamed)\b)|(?:it|they|this|these|that)(?:['’]ll| will) (?:become|go|be in|"
    r"appear|show up|land|get into|hit)\b)"
    r"(?!.*(?:\b(?:you|your|but|please|not|never|unless|if|should|\w+n['’]t)\b|\?))[^?]{1,300}",
    re.IGNORECASE,
)
_ASKS = lazy_re.compile(
    r"\b(?:but|please|should|could|would|must|needs?|why|next\s+time|follow[- ]?ups?|can\s+you)\b|\?"
    r"|\b(?:in|by|with|from)\s+(?:the\s+)?(?:\w+\s+)?(?:patch|commit|v\d)|\binto\s+(?:the|a|this|one)\b",
    re.IGNORECASE,
)


def read_applied(own: Sequence[str]) -> AppliedWords | None:
    """What a mail's own lines (quoted ones are empty) say of patches being applied or dropped; the last sentence that
    does counts."""
    text = "\n".join(own)
    for form in _TITLED:
        if match := form.search(text):
            kept = match["verb"].startswith("added") or bool(_LIVES_ON.search(" ".join(text.split())))
            given = match.groupdict()
            return AppliedWords(kept, _place(given["where"] or given["stable"]), title=" ".join(match["title"].split()))
    listed, commits = _listed(own)
    found: AppliedWords | None = None
    for sentence in _sentences(own):
        found = read_sentence(sentence) or found
    if found is None:
        return None
    hashes = commits or tuple(dict.fromkeys(_HASH.findall(text)))
    if not found.where and (tree := _URL.search(text)):
        found = found._replace(where=f"{tree[1]} ({tree[2]})" if tree[2] else tree[1])
    return found._replace(commits=hashes, parts=listed or found.parts, whole=found.whole and not listed)


def says_applied(words: str) -> bool:
    """Whether these words say nothing but that patches were applied: no remark on them. In doubt it is a remark."""
    paragraphs = [one.strip() for one in re.split(r"\n\s*\n", words)]
    words = "\n\n".join(one for one in paragraphs if not (_FORM.match(one) or _CHANGED.fullmatch(one)))
    words = "\n".join(line for line in words.split("\n") if not (_ENTRY.match(line) or _COMMIT_LINE.match(line)))
    sentences = [one for one in _sentences(words.split("\n")) if not _FORM.match(one)]
    said = [one for one in sentences if _only_applied(one)]
    sentences = [one for one in sentences if one in said or not _BESIDES.fullmatch(one)]
    rest = [one for one in sentences if one not in said and len(one) > 3]
    if not said or _ASKS.search(" ".join(sentences)):
        return False
    return all(_THANKS.fullmatch(one) or is_approval(one) for one in rest)


def _only_applied(sentence: str) -> bool:
    """Whether a sentence is of patches alone: "This is taken with the lock held" may be of the code, unless it names a
    tree."""
    found = read_sentence(sentence)
    return found is not None and found.applied and not (_THIS.match(sentence) and not _TREE.search(found.where))


def read_sentence(sentence: str) -> AppliedWords | None:
    """What one sentence says; None for questions, plans, conditions, refusals and everything else."""
    if sentence.endswith("?") or len(sentence) > _LONGEST:
        return None
    for form in (_THERE, _PASSIVE, _ACTIVE, _ACTIVE_UP, _START):
        match = form.match(sentence)
        if match is None:
            continue
        given = match.groupdict()
        verb, rest, what = given.get("verb") or "", given.get("rest") or "", given.get("what") or ""
        before = sentence[: match.start("rest")]
        if _UNREAL.search(before) or _SPOILT.search(rest):
            continue
        if form is _START and not _may_stand_alone(verb, rest):
            continue
        if form is _THERE and not what and not sentence.lower().startswith("in "):
            continue
        if form is _ACTIVE and not _LEADS_ON.match(rest):
            continue
        meant = f"{what} {_head(rest)}"
        parts = _parts(meant)
        place = _place(given.get("where") or "") or _named_place(rest)
        if form is _PASSIVE and _VAGUE.fullmatch(what.strip()) and not _TREE.search(place):
            continue
        applied = re.fullmatch(_DROP, verb, re.IGNORECASE) is None
        return AppliedWords(applied, place, parts=parts, whole=bool(_WHOLE.search(meant)) and not parts)
    return None


def _may_stand_alone(verb: str, rest: str) -> bool:
    """Whether a verb at the beginning of a sentence is said of the patches: "Applied.", "Merged to x", "Added both",
    and not "Added a comment below"."""
    if verb.lower() in ("added", "removed", "committed") and re.match(r"\s*(?:in|for|on|by|as|with)\b", rest):
        return False
    return bool(_LEADS_ON.match(rest) or _OBJECT.match(rest))


def _head(rest: str) -> str:
    """What follows a verb at once, up to where it leads to another thing."""
    return re.split(r"[,;!(]|\.(?!\d)|\b(?:to|into|for|on|onto|waiting|but|except|please|with)\b", rest, maxsplit=1)[0]


def _parts(words: str) -> tuple[int, ...]:
    numbers: list[int] = []
    if match := _ORDINAL.search(words):
        count = _COUNT.get(match[1].lower()) or int(match[1])
        numbers += range(1, min(count, 999) + 1)
    elif _FIRST.search(words):
        numbers.append(1)
    for first, last in _OF.findall(re.sub(r"\bv\d+\b|\bfirst\s+\d+", " ", _COUNTED.sub(" ", words))):
        numbers += range(int(first), min(int(last or first), int(first) + 999) + 1)
    return tuple(dict.fromkeys(numbers))


def _named_place(rest: str) -> str:
    for match in _WHERE.finditer(rest):
        if place := _place(match["where"]):
            return place
    return ""


def _place(where: str) -> str:
    words = " ".join(where.split()).rstrip(",.;:!")
    words = re.sub(r"^(?:https?|git)://\S*/(?=[\w.-]+)", "", words)
    words = re.sub(r"^(?:my|our|the|their)\s+", "", words, flags=re.IGNORECASE)
    words = re.sub(r"\s+(?:tree|branch|queue)$", "", words, flags=re.IGNORECASE)
    return "" if words.lower() in _NOWHERE or words.isdigit() else words


def _listed(lines: Sequence[str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The patches that a list of b4's thanks or of patchwork-bot's summary names with a commit, and these commits."""
    parts: list[int] = []
    commits: list[str] = []
    for at, line in enumerate(lines):
        if match := _ENTRY.match(line):
            for below in lines[at + 1 : at + 3]:
                if _ENTRY.match(below):
                    break
                if found := _HASH.search(below):
                    parts.append(int(match[1]))
                    commits.append(found[0])
                    break
    return tuple(parts), tuple(commits)


def _sentences(lines: Sequence[str]) -> Iterator[str]:
    """The sentences of a text, paragraph by paragraph, whatever lines they are broken over."""
    paragraph: list[str] = []
    for line in [*lines, ""]:
        text = " ".join(line.split())
        told = _ENTRY.match(line) or _ROW.match(text) or text.startswith(("commit:", "https://", "http://"))
        if text and not told:
            paragraph.append(text)
            continue
        for sentence in re.split(r"(?<=[.!?;])\s+|\s+[–—]\s+|(?<=\w)\s*:\)\s*", " ".join(paragraph)):
            if words := sentence.strip(" \t-*#"):
                yield words
        paragraph = []
