"""Decides until when something is put off, and when it is due: a series of one's own or of others, or a comment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from patchflow.domain.waiting import Snooze
from patchflow.errors import UsageError
from patchflow.named_tuple import NamedTuple


class Facts(NamedTuple):
    """What is known when it is asked whether something waits again: the time, the newest -rc1 that is tagged here, and
    the tree that takes no patches now; "" for none."""

    now: datetime
    rc1: str = ""
    closed: str = ""


def snooze_for(word: str, mails: int, revision: int, facts: Facts) -> Snooze:
    """What `2026-12-24`, `answer`, `next`, `rc1` or `window` says of something with so many mails and, of others'
    series, this newest revision; UsageError for anything else, a day that is past, and a window that is open."""
    if word == "answer":
        return Snooze(mails=max(mails, 1))
    if word == "next" and revision:
        return Snooze(revision=revision)
    if word == "rc1":
        return Snooze(rc1=facts.rc1 or "none")
    if word == "window":
        if not facts.closed:
            raise UsageError("The tree takes patches now, so there is no opening to wait for.", "Name a day, or `rc1`.")
        return Snooze(window=facts.closed)
    return Snooze(until=day_of(word, facts.now, "`answer`, `rc1`, `window`" + (", or `next`" if revision else "")))


def day_of(word: str, now: datetime, other: str = "") -> datetime:
    """The day that is named (2026-12-24), in UTC where it names no zone; UsageError for anything else and a day that is
    past."""
    try:
        day = datetime.fromisoformat(word)
    except ValueError:
        also = f"; or {other}" if other else ""
        raise UsageError(f"{word!r} is not a date.", f"Name a day (2026-12-24){also}.") from None
    day = day if day.tzinfo else day.replace(tzinfo=UTC)
    if day <= now:
        raise UsageError(f"{word} is past.", "Name a day to come.")
    return day


def is_put_off(made: Snooze | None, mails: int, revision: int, facts: Facts) -> bool:
    """Whether something stays put off."""
    if made is None:
        return False
    if made.until is not None:
        return facts.now < made.until
    if made.revision:
        return revision <= made.revision
    if made.rc1:
        return made.rc1 == (facts.rc1 or "none")
    if made.window:
        return facts.closed == made.window
    return mails <= made.mails


def until_words(made: Snooze) -> str:
    """Until when, for a sentence: `24 Dec 2026`, `an answer`."""
    if made.until is not None:
        return f"{made.until:%d %b %Y}"
    if made.revision:
        return f"a version after v{made.revision}"
    if made.rc1:
        return "the next -rc1"
    return f"{made.window} opens" if made.window else "an answer"


def due_key(id: str) -> str:
    """Under which the day something is due is kept, beside what is put off."""
    return f"due {id}"


def due_since(id: str, known: Mapping[str, Snooze], now: datetime) -> datetime | None:
    """The day that something was due, where that has come."""
    made = known.get(due_key(id))
    return made.until if made and made.until and made.until <= now else None


def notes_of(known: Mapping[str, Snooze]) -> dict[str, list[str]]:
    """By id what was said of it: `put off until 24 Dec 2026`, `due 24 Dec 2026`."""
    found: dict[str, list[str]] = {}
    for key, made in known.items():
        id = key.removeprefix(due_key(""))
        found.setdefault(id, []).append(f"{'put off until' if id == key else 'due'} {until_words(made)}")
    return found
