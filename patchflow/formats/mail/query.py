"""What is searched for in mail: words, and filters with the letters that lore's own search has for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from patchflow import lazy_re
from patchflow.domain.message import Message
from patchflow.errors import UsageError
from patchflow.named_tuple import NamedTuple

_FILTER = lazy_re.compile(r"(s|f|tc|t|c|dfn|d):(.+)", re.DOTALL)
_PIECE = lazy_re.compile(r"[^\W_]+")
_NAMES_FILES = ("diff --git ", "+++ ", "--- ")


class Query(NamedTuple):
    """`words` stand anywhere, each as it was written; `subjects`, `senders`, `people` (To or Cc) and `files` (paths, or
    pieces of them, that a patch touches) are searched for without case. `since` and `until` are seconds since 1970;
    `unread`: not read yet."""

    words: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    since: int = 0
    until: int = 0
    unread: bool = False

    @property
    def pieces(self) -> tuple[str, ...]:
        """The letters and digits that a full text knows words by; those of files among them."""
        found = (piece for word in (*self.words, *self.files) for piece in _PIECE.findall(word))
        return tuple(dict.fromkeys(found))

    @property
    def reads_mail(self) -> bool:
        """Whether the mail itself tells, and no index: files, people, and words of more than one piece."""
        return bool(self.files or self.people or any(_PIECE.fullmatch(word) is None for word in self.words))

    def holds(self, message: Message) -> bool:
        """Whether a mail has what only the mail tells."""
        if self.words:
            whole = f"{message.subject}\n{message.sender}\n{message.body}".lower()
            if not all(word.lower() in whole for word in self.words):
                return False
        people = [str(one).lower() for one in (*message.to, *message.cc)]
        if not all(any(word.lower() in one for one in people) for word in self.people):
            return False
        named = [row for row in message.body.split("\n") if row.startswith(_NAMES_FILES)] if self.files else []
        return all(any(path.lower() in row.lower() for row in named) for path in self.files)


def parse_query(given: Iterable[str]) -> Query:
    """What these words ask for: `s:SUBJECT`, `f:SENDER`, `t:`, `c:` or `tc:RECIPIENT`, `dfn:FILE`, `d:FROM..TO` (days
    as 2026-11-03), `is:unread`; every other word is searched for as it stands. UsageError without any."""
    found: dict[str, list[str]] = {}
    unread = False
    since = until = 0
    for word in (piece for text in given for piece in text.split()):
        match = _FILTER.fullmatch(word)
        kind, value = (match[1], match[2]) if match else ("", word)
        if word == "is:unread":
            unread = True
        elif kind == "d":
            since, until = _days(value)
        else:
            found.setdefault("tc" if kind in ("t", "c") else kind, []).append(value)
    words = tuple(word for word in found.get("", ()) if _PIECE.search(word))
    of = {kind: tuple(values) for kind, values in found.items()}
    made = Query(words, of.get("s", ()), of.get("f", ()), of.get("tc", ()), of.get("dfn", ()), since, until, unread)
    if made == Query():
        raise UsageError(f"{' '.join(given)!r} holds no word to search for.")
    return made


def _days(text: str) -> tuple[int, int]:
    first, dots, last = text.partition("..")
    try:
        days = [datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None for day in (first, last)]
        until = days[1] or (None if dots else days[0])
        return (int(days[0].timestamp()) if days[0] else 0,
                int((until + timedelta(days=1)).timestamp()) if until else 0)  # fmt: skip
    except (ValueError, OverflowError):
        raise UsageError(
            f"d:{text} is not a day or span of days.", "Write it as d:2026-11-03.. or d:2026-11-03..2026-11-20."
        ) from None
