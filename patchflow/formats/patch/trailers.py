"""Trailers of commit messages: the last block of `Key: value` lines, read and rewritten."""

from __future__ import annotations

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.trailer import Trailer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE = lazy_re.compile(r"^([A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*)\s*:\s+(\S.*)$")
_PERSON = lazy_re.compile(r"^(?P<name>[^<]*)<(?P<email>[^<>\s@]+@[^<>\s]+)>")
_BARE = lazy_re.compile(r"^\s*(?P<email>[^<>\s,@]+@[^<>\s,]+)")
# Words that stand in front of a colon in prose and in logs, and are no trailer keys.
_PROSE = frozenset("note example subject from to date http https ftp warning error todo fixme summary".split())
KNOWN = frozenset(
    (
        "signed-off-by acked-by reviewed-by tested-by reported-by suggested-by co-developed-by fixes link closes cc "
        "reported-and-tested-by message-id change-id assisted-by debugged-by based-on-patch-by originally-by "
        "reviewed-and-tested-by acked-and-tested-by nacked-by cover-letter"
    ).split()
)


def parse_trailer(line: str) -> Trailer | None:
    """The trailer on this line, None where it is prose. `Key` may be any word with -by, or a known one."""
    match = _LINE.match(line.rstrip())
    if not match:
        return None
    key, value = match.groups()
    low = key.lower()
    if low in _PROSE or not (low in KNOWN or low.endswith("-by") or "-" in low):
        return None
    return Trailer(key, value)


def split_message(message: str) -> tuple[str, list[Trailer]]:
    """The message without its last trailer block, and that block's trailers.

    The block is the run of trailer lines (with continuation lines and `[who: what]` notes) right at the end;
    blank lines between two trailer blocks do not end it, because a broken block still holds trailers:
    the rule tag-block objects to the blank line.
    """
    lines = message.rstrip("\n").split("\n")
    start = _block_start(lines)
    trailers: list[Trailer] = []
    note = False
    for line in lines[start:]:
        if note or line[:1] == "[":
            note = not line.rstrip().endswith("]")
        elif trailer := parse_trailer(line):
            trailers.append(trailer)
        elif line.strip() and line[:1] in " \t" and trailers:
            last = trailers[-1]
            trailers[-1] = Trailer(last.key, f"{last.value} {line.strip()}")
    return "\n".join(lines[:start]).rstrip("\n"), trailers


def _block_start(lines: list[str]) -> int:
    """Index of the first line of the trailer block; len(lines) where there is none."""
    start = len(lines)
    index = len(lines) - 1
    while index > 0:
        line = lines[index]
        if parse_trailer(line):
            start = index
        elif (note := _note_start(lines, index)) < index:
            index = note
            continue
        elif line.strip() and not (line[:1] in " \t[" and _above_is_trailer(lines, index)):
            break
        index -= 1
    return start


def _note_start(lines: list[str], index: int) -> int:
    """Where the `[who: what was changed]` note of several lines begins that ends here; `index` where none does."""
    if lines[index].rstrip().endswith("]") and lines[index][:1] != "[":
        for at in range(index - 1, max(index - 20, 0), -1):
            if not lines[at].strip() or parse_trailer(lines[at]):
                break
            if lines[at][:1] == "[":
                return at
    return index


def _above_is_trailer(lines: list[str], index: int) -> bool:
    return any(parse_trailer(lines[i]) for i in range(max(index - 3, 0), index))


def trailers_of(message: str) -> list[Trailer]:
    """The trailers at the end of a commit message."""
    return split_message(message)[1]


def add_trailers(message: str, new: Iterable[Trailer]) -> str:
    """The message with trailers added where the kernel wants them: before the submitter's last sign-off.

    Those that stand there already are left out. Everything else keeps its place and bytes.
    """
    have = trailers_of(message)
    fresh: list[Trailer] = []
    for trailer in new:
        if not any(trailer.same_as(other) for other in (*have, *fresh)):
            fresh.append(trailer)
    if not fresh:
        return message
    lines = message.rstrip("\n").split("\n")
    added = [str(trailer) for trailer in fresh]
    if not have:
        return "\n".join([*lines, "", *added]) + "\n"
    last = max(i for i, line in enumerate(lines) if parse_trailer(line))
    last_trailer = parse_trailer(lines[last])
    at = last if last_trailer and last_trailer.key.lower() == "signed-off-by" else len(lines)
    return "\n".join([*lines[:at], *added, *lines[at:]]) + "\n"


def person(value: str) -> Address | None:
    """The person a trailer names: `Name <user@host> # note` or a bare address; None where there is none."""
    match = _PERSON.match(value) or _BARE.match(value)
    if not match:
        return None
    groups = match.groupdict()
    return Address((groups.get("name") or "").replace('"', "").strip(), groups["email"])
