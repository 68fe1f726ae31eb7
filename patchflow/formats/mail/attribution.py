"""The line that mailers put above what they quote: `On …, Ada wrote:`, in any language and form."""

from __future__ import annotations

import re

from patchflow import lazy_re

# The last words of the line that mailers put above a quote; what stands in front is judged apart, in linear time.
_WROTE = lazy_re.compile(
    r"(?:(?<!\w)(?:wrote|writes|said|schrieb|a écrit|escribió|ha scritto|schreef|написал|пишет|napisał(?:\(a\))?|"
    r"skrev|kirjoitti|nap[sí]sal(?:a|\(a\))?|napsal(?:a|\(a\))?|escreveu|yazdı|írta|a scris|rašė|viết)|"
    r"写道|寫道|작성|のメール)"
    r"\W{0,3}(?:(?:[^.?!]|(?<=\b[A-Z])\.){0,40}[::])?[ :-]*$",
    re.IGNORECASE,
)
_WHEN = lazy_re.compile(
    r"^(?:on|at|am|le|el|il|op|em|den|w dniu|quoting|in|в|在|-+ ?on)\b|^\W{0,3}\d{4}", re.IGNORECASE
)
# In whatever language: a colon behind an address, or behind a date with its time.
_DATED = lazy_re.compile(r"\b(?:19|20)\d\d\b.{0,60}\b\d{1,2}[:.]\d\d\b|\b\d{1,2}[:.]\d\d\b.{0,60}\b(?:19|20)\d\d\b")
_YEAR_FIRST = lazy_re.compile(r"(?:19|20)\d\d ?[年년].{0,40}\d{1,2}[:：]\d\d")
_OTHER_ATTRIBUTION = lazy_re.compile(
    r"^\* [^<>]{3,60}<[^<> ]+@[^<> ]+> \[[^\]]*\]:$|^quoting [^:]{3,120}:$|^(?:on|at) [^:]*\d[^<>]*<[^<> ]+@[^<> ]+>:$"
    r"|^[^<>]{2,60}<[^<> ]+@[^<> ]+> (?:於|于) ?\d{4}[^::]*[::]|^[^<>:]{2,60}<[^<> ]+@[^<> ]+>\s*[:：]$"
    r"|^quoting [^:]{2,80}\(\d{4}-\d\d-\d\d[^()]{0,20}\):?$|^\+{3} [^\[\]]{2,60} \[[^\[\]]{6,40}\]:$",
    re.IGNORECASE,
)


def is_attribution(text: str) -> bool:
    """Whether this is the `On … wrote:` line that mailers put above what they quote."""
    flat = " ".join(text.split())
    if not flat or len(flat) >= 300:
        return False
    wrote = _WROTE.search(flat)
    if wrote is None:
        named = flat[-1] in ":：" and "@" in flat and len(flat) < 160 and bool(_DATED.search(flat))
        return named or bool(_OTHER_ATTRIBUTION.match(flat)) or (flat[-1] in ":：" and bool(_YEAR_FIRST.match(flat)))
    head = flat[: wrote.start()]
    if _WHEN.match(head) or "@" in head or re.search(r"\b\d{1,2}[:.]\d\d\b", head):
        return True
    return 3 <= len(head) <= 80 and not re.search(r"[.?!]", re.sub(r"\b[A-Z]\.", "", head))
