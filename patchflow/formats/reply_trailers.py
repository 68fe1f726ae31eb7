"""The trailers a reply gives: Reviewed-by and the like, on unquoted lines of their own."""

from __future__ import annotations

import re

from patchflow.domain.message import Message
from patchflow.domain.trailer import Trailer
from patchflow.formats.quoting import own_lines
from patchflow.formats.trailers import parse_trailer, person

# What others may give to a patch by mail. Signed-off-by is the submitter's own, Cc and Link are no judgement.
GIVEN = frozenset(
    "reviewed-by acked-by tested-by reported-by suggested-by co-developed-by reported-and-tested-by nacked-by "
    "reviewed-and-tested-by acked-and-tested-by debugged-by fixes closes link".split()
)
_MAILTO = re.compile(r"<mailto:[^<>]*>")
_ADDRESS_LINE = re.compile(r"^\s*<?\S+@\S+>?\s*$")


def reply_trailers(message: Message) -> list[Trailer]:
    """The trailers on unquoted lines of their own in a reply, above its signature; wrapped addresses joined."""
    lines = own_lines(message.body)
    found: list[Trailer] = []
    for at, line in enumerate(lines):
        if not line or line[0] in " \t":
            continue
        if line in ("-- ", "--", "---") and found:
            break
        trailer = parse_trailer(_MAILTO.sub("", line).rstrip())
        if trailer is None or trailer.key.lower() not in GIVEN:
            continue
        below = lines[at + 1] if at + 1 < len(lines) else None
        if person(trailer.value) is None and below and _ADDRESS_LINE.match(below):
            trailer = Trailer(trailer.key, f"{trailer.value} {below.strip()}")
        found.append(trailer)
    return found
