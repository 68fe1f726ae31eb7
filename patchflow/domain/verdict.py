"""What a signature of a mail is worth."""

from __future__ import annotations

from patchflow.named_tuple import NamedTuple


class Verdict(NamedTuple):
    """One signature: of which kind (patatt, dkim), whose it claims to be, and what came of it: good, bad, no key, or
    unreadable. `foreign`: who signed is not who sent the mail."""

    kind: str
    identity: str
    result: str
    foreign: bool = False

    @property
    def beside(self) -> str:
        """As it stands beside the sender's name: `patatt good`, `dkim good of relay.example`."""
        return f"{self.kind} {self.result}" + (f" of {self.identity or '?'}" if self.foreign else "")

    def as_row(self) -> dict[str, str | bool]:
        """As it stands in a document."""
        return self._asdict()
