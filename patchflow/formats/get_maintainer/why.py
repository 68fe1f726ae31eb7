"""Why somebody stands in an answer."""

from __future__ import annotations

LINUS = ("Linus Torvalds", "torvalds@linux-foundation.org")


class Why:
    """A reason: a field that matched (F, N, K), or `in file`, `git`, `Fixes`; with its section and line."""

    __slots__ = ("detail", "kind", "line", "path", "section")

    def __init__(self, kind: str, detail: str, section: str = "", line: int = 0, path: str = "") -> None:
        self.kind, self.detail, self.section, self.line, self.path = kind, detail, section, line, path

    def __str__(self) -> str:
        """As a person reads it."""
        if self.kind in ("F", "N"):
            return f"{self.section}: {self.kind}: {self.detail} matches {self.path} (MAINTAINERS:{self.line})"
        if self.kind == "K":
            return f"{self.section}: K: {self.detail} matches a line of the patch (MAINTAINERS:{self.line})"
        return self.detail

    def key(self) -> tuple[str, str, str]:
        """What makes two reasons one to a reader: the same pattern matching another file says nothing new."""
        return self.kind, self.detail, self.section
