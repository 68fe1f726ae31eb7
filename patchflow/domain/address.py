"""A mail address with its display name."""

from __future__ import annotations

from patchflow.named_tuple import NamedTuple


class Address(NamedTuple):
    """A decoded display name (may be empty) and the bare address."""

    name: str
    email: str

    @property
    def key(self) -> str:
        """What makes two addresses the same mailbox: the address in lower case."""
        return self.email.lower()

    def __str__(self) -> str:
        """As people write it in a trailer: `Name <user@host>`, unencoded."""
        return f"{self.name} <{self.email}>" if self.name else self.email
