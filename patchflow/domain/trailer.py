"""A trailer: one `Key: value` line at the end of a commit message."""

from __future__ import annotations

from patchflow.named_tuple import NamedTuple


class Trailer(NamedTuple):
    """Key and value as they were written, continuation lines joined by a space."""

    key: str
    value: str

    def __str__(self) -> str:
        """The line as it stands in a message."""
        return f"{self.key}: {self.value}"

    def same_as(self, other: Trailer) -> bool:
        """Whether two trailers say the same: keys compare without case, values without a ` # comment`."""
        return self.key.lower() == other.key.lower() and _bare(self.value) == _bare(other.value)


def _bare(value: str) -> str:
    return " ".join(value.split(" # ", 1)[0].lower().split())
