"""A line of commands as it is typed: what its last word may become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def completions(text: str, words: Mapping[str, Sequence[str]]) -> list[str]:
    """The line with its last word made whole, in each way there is; `words` are those that may follow a command ("" for
    the first word). Options are offered where one is begun, or where nothing else may follow."""
    head, blank, last = text.rpartition(" ")
    typed = head.split()
    known = (" ".join(typed[:count]) for count in range(len(typed), -1, -1))
    after = words.get(next((name for name in known if name in words), ""), ())
    fits = [word for word in after if word.startswith(last) and word not in typed]
    plain = [word for word in fits if not word.startswith("-")]
    return [f"{head}{blank}{word}" for word in (plain if plain and not last.startswith("-") else fits)]
