"""The trailers a reply gives: Reviewed-by and the like, on unquoted lines of their own; and the malformed ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from patchflow import lazy_re
from patchflow.domain.message import Message
from patchflow.domain.trailer import Trailer
from patchflow.formats.mail.quotes import own_lines
from patchflow.formats.patch.trailers import person
from patchflow.formats.safe import cleaned
from patchflow.named_tuple import NamedTuple

# What others may give to a patch by mail. Signed-off-by is the submitter's own, Cc is no judgement.
GIVEN = frozenset(
    "reviewed-by acked-by tested-by reported-by suggested-by co-developed-by reported-and-tested-by nacked-by "
    "reviewed-and-tested-by acked-and-tested-by debugged-by fixes closes link".split()
)
_BY = "|".join(sorted((key for key in GIVEN if key.endswith("-by")), key=len, reverse=True))
_MAILTO = lazy_re.compile(r"<mailto:[^<>]*>")
_ADDRESS_LINE = lazy_re.compile(r"^\s*<?\S+@\S+>?\s*$")
_STRAIGHT = lazy_re.compile(rf"^({_BY}|fixes|closes|link) ?:( ?)(\S.*)$", re.IGNORECASE)
# A tag that is meant: known, and with a colon or an address behind it; or with a key that only looks like one.
_MEANT = lazy_re.compile(rf"(?<![\w-])({_BY})(?![\w-])([*_`~]*)( ?:[*_`~]*|(?= .*<\S+@\S+>))(.*)$", re.IGNORECASE)
_LIKE_ONE = lazy_re.compile(r"^([A-Z][a-z]+(?:[- ][A-Za-z]+)*[- ]by) ?: (.*<\S+@\S+>.*)$", re.IGNORECASE)
_PERSON = lazy_re.compile(r"^(?P<name>[^<>]*)<(?P<email>[^<>\s]+)>(?P<tail>.*)$")
_BARE = lazy_re.compile(r"^(?P<name>)(?P<email>[^<>\s,@]+@[^<>\s,]*[^<>\s,.;:!?])(?P<tail>.*)$")
_NOTE = lazy_re.compile(r"^(?:| #.*| ?\([^()]*\)| ?\[[^\[\]]*\])$")
_MARKUP = lazy_re.compile(r"^(?:[^\w\s]+|\d{1,2}[.)])(?: [^\w\s]+)?$")
_COMMIT = lazy_re.compile(r"^(?:commit )?[0-9a-f]{8,40}\b", re.IGNORECASE)
_URL = lazy_re.compile(r"^<?https?://[^\s<>]+>?(?: #.*)?$")
_SCISSORS = lazy_re.compile(r"^[-\s]*(?:8<|>8|%<|>%)[-\s].*$|^From [0-9a-f]{40} |^(?:From|Subject): ")
_LONGEST = 300


class Offer(NamedTuple):
    """A trailer as it stands in a reply; `why` it cannot be taken, "" where it can."""

    trailer: Trailer
    why: str = ""


def reply_trailers(message: Message) -> list[Trailer]:
    """The trailers a reply gives that are well formed."""
    return [one.trailer for one in offers(message) if not one.why]


def offers(message: Message) -> list[Offer]:
    """The trailers on unquoted lines in a reply; wrapped addresses joined. What is no line `Key: value` says why."""
    if "-by" not in (low := message.body.lower()) and not re.search(r"(?m)^(?:fixes|closes|link)\s*:| by ?: ", low):
        return []
    lines = own_lines(message.body)
    inside = patch_inside(lines)
    found: list[Offer] = []
    ended = in_diff = False
    for at, line in enumerate(lines):
        if not line:
            continue
        if line in ("-- ", "--", "---") and any(not one.why for one in found):
            ended = True
        in_diff = line.startswith("diff --git ") or (in_diff and line[0] in "+-@ \\i")
        if in_diff:
            continue
        below = lines[at + 1] if at + 1 < len(lines) else None
        offer = _read(line, below)
        if offer and not offer.why and at in inside:
            offer = offer._replace(why="it belongs to the patch in this reply")
        if offer and not offer.why and ended:
            offer = offer._replace(why="it stands below the signature")
        if offer:
            found.append(offer)
    return found


def patch_inside(lines: Sequence[str | None]) -> range:
    """Where the message of a whole patch stands that somebody wrote into a reply; empty where none does."""
    diff = next((at for at, line in enumerate(lines) if line and line.startswith("diff --git ")), 0)
    cuts = [at for at, line in enumerate(lines[:diff]) if line and _SCISSORS.match(line)]
    if cuts:
        return range(cuts[0], diff)
    end = next((at for at in range(diff - 1, -1, -1) if lines[at] == "---"), 0)
    start = end
    while start > 0 and (lines[start - 1] or "").strip():
        start -= 1
    signed = any((line or "").lower().startswith("signed-off-by:") for line in lines[start:end])
    return range(start, diff) if signed else range(0)


def _read(line: str, below: str | None) -> Offer | None:
    """The tag on one line, or what is meant to be one."""
    raw = _MAILTO.sub("", line).rstrip()
    text = " ".join(cleaned(" ".join(raw.splitlines())).split())
    if not (match := _STRAIGHT.match(text)):
        return _malformed(raw, text)
    key, blank, value = match.groups()
    if person(value) is None and below and key.lower().endswith("-by") and _ADDRESS_LINE.match(below):
        value = f"{value} {' '.join(cleaned(below).split())}"
    why = next((why for why in (*_written(raw), "" if blank else "no blank stands behind its colon") if why), "")
    return Offer(Trailer(key, _cut(value)), why or _fault(key.lower(), value))


def _malformed(raw: str, text: str) -> Offer | None:
    if match := _MEANT.search(text):
        key, _, colon, value = match.groups()
        front = text[: match.start()].strip()
        why = next(filter(None, _written(raw)), "")
        if front and not why:
            why = f"`{front}` stands in front of it" if _MARKUP.match(front) else "it stands in a sentence"
        return Offer(Trailer(key, _cut(value.strip())), why or ("it is not plain text" if colon else "it has no colon"))
    if (match := _LIKE_ONE.match(text)) and match[1].lower() not in ("signed-off-by", *GIVEN):
        return Offer(Trailer(match[1], _cut(match[2])), f"{match[1]} is not a tag that is known")
    return None


def _written(raw: str) -> Iterator[str]:
    """What is wrong with how the line is written."""
    yield "it is not one line" if len(raw.splitlines()) > 1 else ""
    yield "it holds characters that are not seen" if cleaned(raw) != raw else ""
    yield "it is indented" if raw[:1].isspace() else ""


def _fault(key: str, value: str) -> str:
    """What is wrong with the value; "" where it is as it should be."""
    if len(value) > _LONGEST:
        return "it is too long"
    if key == "fixes":
        return "" if _COMMIT.match(value) else "it names no commit"
    if key in ("link", "closes"):
        return "" if _URL.match(value) else "it is not a plain link"
    if re.search(rf"(?<![\w-])(?:{_BY}|signed-off-by|cc|fixes|link|closes) ?:", value, re.IGNORECASE):
        return "two tags stand in one line"
    match = _PERSON.match(value) or _BARE.match(value)
    if match is None or "@" not in match["email"]:
        return "it names nobody with a mail address"
    name, email, tail = match["name"].strip(), match["email"], match["tail"].rstrip()
    if not email.isascii():
        return "its address is not plain ASCII"
    others = re.findall(r"[^\s<>\"'(),;]+@[^\s<>\"'(),;]+", name + tail.partition(" #")[0])
    if any(other.lower() != email.lower() for other in others):
        return "it names two addresses"
    return "" if _NOTE.match(tail) else f"`{tail.strip()[:20]}` stands behind it"


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
