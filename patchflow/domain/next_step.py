"""The one thing to do next about a series."""

from __future__ import annotations

from patchflow.named_tuple import NamedTuple
from patchflow.values import dataclass


class Command(NamedTuple):
    """A command that a next step names; who shows the step may offer its own way to `id` instead of `line`."""

    id: str
    line: str

    def __str__(self) -> str:
        return f"`{self.line}`"


COMMIT = Command("commit", "git commit -s")
CHECK = Command("check", "patchflow check")
COVER = Command("cover", "patchflow cover --edit")
TODO = Command("todo", "patchflow todo")
RESPIN = Command("respin", "patchflow respin")
TRAILERS = Command("trailers", "patchflow trailers")
NUDGE = Command("nudge", "patchflow reply --nudge")
FETCH = Command("fetch", "patchflow fetch")
SEND = Command("send", "patchflow send")
SEND_RFC = Command("send-rfc", "patchflow send --rfc")
DEP = Command("dep", "patchflow dep check")
RESUME = Command("resume", "patchflow send --resume")


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next: its `id`, and a sentence in parts, commands among them."""

    id: str
    parts: tuple[str | Command, ...]

    @classmethod
    def of(cls, id: str, *parts: str | Command) -> NextStep:
        """From the parts of its sentence."""
        return cls(id, parts)

    @property
    def words(self) -> str:
        """The whole sentence, with commands in backquotes."""
        return "".join(map(str, self.parts))

    @property
    def command(self) -> str:
        """The command line that does it, "" where there is none."""
        return next((part.line for part in self.parts if isinstance(part, Command)), "")
