"""Counts in words."""

from __future__ import annotations


def many(count: int, word: str) -> str:
    """A count with its word, in the plural where it is not one."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
