"""Counts and ages in words."""

from __future__ import annotations


def many(count: int, word: str) -> str:
    """A count with its word, in the plural where it is not one."""
    return f"{count} {word}" if count == 1 else f"{count} {word}{'es' if word.endswith('ch') else 's'}"


def ago(seconds: float) -> str:
    """How long something is past, in its largest unit; `just now` below a minute, and by a clock that is behind."""
    for size, word in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{many(int(seconds // size), word)} ago"
    return "just now"


def nothing_new(waits: int) -> str:
    """What a look says that found nothing new, while so many things wait.

    >>> nothing_new(1)
    'Nothing new; 1 thing waits for you.'
    """
    return f"Nothing new; {many(waits, 'thing')} wait{'s' if waits == 1 else ''} for you." if waits else "Nothing new."
