"""What QEMU's trace events are called and hold, and how a binary trace begins: read without numpy."""

from __future__ import annotations

import re

from patchflow import lazy_re
from patchflow.values import dataclass

MAGIC = 0xF2B177CB0AA429B4
_STRINGS = ("const char*", "char*", "const char *", "char *")
HEAD = 24  # bytes of number, time, length, thread
_DEFINED = lazy_re.compile(r"^\s*(?P<properties>(?:\w+\s+)*)(?P<name>\w+)\((?P<arguments>[^)]*)\)\s*\"?")


@dataclass(frozen=True, slots=True)
class EventFormat:
    """An event as trace-events-all defines it: its arguments' names, and which of them are strings."""

    name: str
    arguments: tuple[str, ...]
    strings: tuple[bool, ...]

    @property
    def length(self) -> int:
        """Bytes of each of its records; 0 where strings make that vary."""
        return 0 if any(self.strings) else HEAD + 8 * len(self.arguments)


def parse_events(text: str) -> list[EventFormat]:
    """The events of a trace-events-all file, in its order."""
    found: list[EventFormat] = []
    for row in text.split("\n"):
        if row.lstrip().startswith("#") or not (match := _DEFINED.match(row)):
            continue
        words = [word.strip() for word in match["arguments"].split(",") if word.strip() not in ("", "void")]
        if "vcpu" in match["properties"].split():
            words.insert(0, "void *__cpu")  # as tracetool adds it
        names = tuple(re.split(r"[\s*]+", word)[-1] for word in words)
        strings = tuple(word.startswith(_STRINGS) and word.count("*") == 1 for word in words)
        found.append(EventFormat(match["name"], names, strings))
    return found


def is_simpletrace(data: bytes) -> bool:
    """Whether the file begins as the simple back end's do, in either byte order."""
    return len(data) >= 16 and data[:8] == b"\xff" * 8 and data[8:16] in (
        MAGIC.to_bytes(8, "little"), MAGIC.to_bytes(8, "big"),
    )  # fmt: skip
