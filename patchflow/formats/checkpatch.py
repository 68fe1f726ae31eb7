"""What checkpatch.pl prints (with --show-types and --no-summary), read into findings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchflow import lazy_re
from patchflow.domain.finding import Finding, Severity

SOURCE = "scripts/checkpatch.pl"
FAILED = "checkpatch"  # the rule of a finding that says the script itself failed
_SEVERITY = {"ERROR": Severity.ERROR, "WARNING": Severity.WARNING, "CHECK": Severity.WARNING}
_HEAD = lazy_re.compile(r"^(ERROR|WARNING|CHECK):(?:([A-Z0-9_]+): )?(.*)$")
_PLACE = lazy_re.compile(r"^#(\d+): FILE: (.+):(\d+):$")
_MESSAGE_PLACE = lazy_re.compile(r"^#(\d+):\s*$")
_OF_THE_MESSAGE = ("MISSING_SIGN_OFF", "COMMIT_MESSAGE")  # types that the script gives no place
_CLEAN = " has no obvious style problems and is ready for submission."


def split_sections(text: str, names: Sequence[str]) -> dict[str, str]:
    """The output for each of several files, by the name it was given under; a file that is not there has none."""
    found: dict[str, str] = {}
    rest = text
    for at, name in enumerate(names):
        mark = f"{'-' * len(name)}\n{name}\n{'-' * len(name)}\n"
        _, there, rest = rest.partition(mark)
        if not there:
            break
        following = names[at + 1] if at + 1 < len(names) else ""
        end = f"{'-' * len(following)}\n{following}\n{'-' * len(following)}\n" if following else ""
        found[name] = rest.partition(end)[0] if end else rest
    return found


def read_section(text: str, patch: str) -> list[Finding]:
    """The findings on one patch; output that is neither findings nor the word that there are none is an error."""
    found = parse_output(text, patch)
    if found or _CLEAN in text:
        return found
    said = " ".join(text.split())[:300] or "nothing at all"
    return [broken(f"checkpatch.pl says what is not understood: {said}")]


def broken(text: str) -> Finding:
    """The finding that the script itself failed: it stops a send as any error does."""
    return Finding(FAILED, Severity.ERROR, text, source=SOURCE)


def parse_output(text: str, patch: str) -> list[Finding]:
    """Findings in the output; places in the message become COMMIT_MSG."""
    message_start = _message_start(patch)
    found: list[Finding] = []
    for block in re.split(r"\n\n+", text):
        lines = block.strip("\n").split("\n")
        head = _HEAD.match(lines[0]) if lines else None
        if not head:
            continue
        file, line = ("COMMIT_MSG", 1) if head[2] in _OF_THE_MESSAGE else ("", 0)
        for row in lines[1:]:
            if place := _PLACE.match(row):
                file, line = place[2], int(place[3])
            elif place := _MESSAGE_PLACE.match(row):
                file, line = "COMMIT_MSG", _message_line(int(place[1]), message_start)
            else:
                continue
            break
        found.append(
            Finding(f"checkpatch:{head[2] or 'UNKNOWN'}", _SEVERITY[head[1]], head[3].strip(), file, line, SOURCE)
        )
    return found


def words_on(document: str, kind: str) -> str:
    """What Documentation/dev-tools/checkpatch.rst says of a type of message (SPACING); "" where it says nothing."""
    found = re.search(rf"^  \*\*{re.escape(kind)}\*\*\n((?:    .*\n|\s*\n)+)", document, re.MULTILINE)
    if not found:
        return ""
    from inspect import cleandoc

    return cleandoc(found[1])


def _message_start(patch: str) -> int:
    """The line number (from 1) of the first line below the mail headers."""
    for number, line in enumerate(patch.split("\n"), start=1):
        if not line.strip():
            return number + 1
    return 1


def _message_line(number: int, start: int) -> int:
    """A line of the patch file as a line of the commit message: its subject is line 1, its body begins at 3."""
    return 1 if number < start else number - start + 3


def touched_files(patch: str) -> list[str]:
    """The files as checkpatch.pl takes them from `diff --git` and `+++` lines, each time it does so."""
    found: list[str] = []
    for line in patch.split("\n"):
        match = re.match(r"^diff --git.*?(\S+)$", line) or re.match(r"^\+\+\+\s+(\S+)", line)
        if match:
            found.append(re.sub(r"^[^/]*/", "", match[1]))
    return found
