"""Unified diffs as git writes them and as mail damages them: our own line walk, which never refuses."""

from __future__ import annotations

import re
from dataclasses import field

from patchflow import lazy_re
from patchflow.domain.diff import FileDiff, Hunk
from patchflow.values import dataclass

_GIT = lazy_re.compile(r'^diff --git (?:"?a/(?P<old>.+?)"?) (?:"?b/(?P<new>.+?)"?)$')
_HUNK = lazy_re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$")


@dataclass
class _Open:
    """A file being read."""

    old: str = ""
    new: str = ""
    old_mode: str = ""
    new_mode: str = ""
    binary: bool = False
    hunks: list[Hunk] = field(default_factory=list)

    def close(self) -> FileDiff:
        return FileDiff(self.old, self.new, tuple(self.hunks), self.binary, self.old_mode, self.new_mode)


def parse_diff(text: str) -> tuple[FileDiff, ...]:
    """The files of a diff, wherever it begins in the text. Counts in `@@` that lie are cut to what is there."""
    lines = text.split("\n")
    files: list[FileDiff] = []
    current: _Open | None = None
    index = 0
    while index < len(lines):
        line = lines[index]
        if line.startswith("diff --git "):
            if current:
                files.append(current.close())
            current = _from_git(line)
        elif line.startswith("--- ") and index + 1 < len(lines) and lines[index + 1].startswith("+++ "):
            old, new = _path(line[4:], "a/"), _path(lines[index + 1][4:], "b/")
            if current is None or current.hunks:
                if current:
                    files.append(current.close())
                current = _Open()
            current.old, current.new = old, new
            index += 1
        elif current is not None and (match := _HUNK.match(line)):
            hunk, index = _read_hunk(lines, index, match)
            current.hunks.append(hunk)
            continue
        elif current is not None and not current.hunks:
            _extended(current, line)
        index += 1
    if current:
        files.append(current.close())
    return tuple(files)


_HEAD = lazy_re.compile(
    r"diff --git |index |(?:old|new|deleted file|new file) mode |(?:dis)?similarity index |"
    r"(?:rename|copy) (?:from|to) |Binary files |--- |\+\+\+ |\\"
)
# What a file's part of a diff does not end with; an empty file is put in or taken out by its mode and index lines.
_UNFINISHED = lazy_re.compile(r"diff --git |index |--- |\+\+\+ ")
_EMPTY = lazy_re.compile(r"(?:new|deleted) file mode [^\n]*\nindex [0-9a-f]+\.\.[0-9a-f]+$")
_BINARY = lazy_re.compile(r"(?:literal|delta) \d+$")


def split_tail(text: str) -> tuple[str, str, str]:
    """A text that begins with a diff, cut where its hunk counts say that the diff ends: the diff, what stands below it
    (a signature, base-commit), and how the diff is damaged ("" where it is whole)."""
    lines = text.split("\n")
    at, damage, before, above = 0, "", "", ""
    while at < len(lines) and not damage:
        line = lines[at]
        if line.startswith("diff --git ") and _UNFINISHED.match(above) and not _EMPTY.match(f"{before}\n{above}"):
            break
        if match := _HUNK.match(line):
            hunk, end = _read_hunk(lines, at, match)
            if (hunk.old_count, hunk.new_count) != tuple(1 if n is None else int(n) for n in match.group(2, 4)):
                damage = f"the hunk `{line[:40]}` ends before its counts say so"
            at = end
        elif line == "GIT binary patch":
            at = _binary_end(lines, at + 1)
        elif _HEAD.match(line):
            at += 1
        else:
            break
        before, above = above, line
    tail = lines[at:]
    if not damage and _UNFINISHED.match(above) and not _EMPTY.match(f"{before}\n{above}"):
        damage = f"nothing of the diff is left below `{above[:40]}`"
    elif not damage and any(_HUNK.match(line) or line.startswith("diff --git ") for line in tail):
        damage = f"the diff is broken off at `{next((line for line in tail if line), '')[:40]}`"
    if at >= len(lines):
        return text, "", damage
    return "".join(f"{line}\n" for line in lines[:at]), "\n".join(tail), damage


def _binary_end(lines: list[str], at: int) -> int:
    """The index behind a binary patch: blocks of `literal N` or `delta N`, each ended by an empty line."""
    while at < len(lines) and _BINARY.match(lines[at]):
        while at < len(lines) and lines[at]:
            at += 1
        at += at < len(lines)
    return at


def _from_git(line: str) -> _Open:
    match = _GIT.match(line.rstrip("\r"))
    return _Open(match["old"], match["new"]) if match else _Open()


def _extended(current: _Open, line: str) -> None:
    """git's extended header lines: modes, renames, new and removed files, binary."""
    word, _, value = line.rstrip("\r").rpartition(" ")
    if word == "new file mode":
        current.old, current.new_mode = "", value
    elif word == "deleted file mode":
        current.new, current.old_mode = "", value
    elif word == "old mode":
        current.old_mode = value
    elif word == "new mode":
        current.new_mode = value
    elif line.startswith("rename from "):
        current.old = _path(line[12:], "")
    elif line.startswith("rename to "):
        current.new = _path(line[10:], "")
    elif line.startswith(("Binary files ", "GIT binary patch")):
        current.binary = True


def _path(text: str, side: str) -> str:
    """A path of a `---` or `+++` line, without prefix, quotes, and the tab some tools put before a date."""
    name = text.rstrip("\r").split("\t", 1)[0].strip()
    if name.startswith('"') and name.endswith('"') and len(name) > 1:
        name = _unquote(name[1:-1])
    if name == "/dev/null":
        return ""
    return name[2:] if name[:2] in (side, "a/", "b/") and side else name


def unquoted(name: str) -> str:
    """A name as it stands in a diff's header, without git's C-style quotes."""
    return _unquote(name[1:-1]) if len(name) > 1 and name[0] == name[-1] == '"' else name


def _unquote(text: str) -> str:
    """git's C-style quoting of unusual names: octal bytes are UTF-8."""
    raw = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8) & 0xFF]), text.encode("utf-8", "surrogateescape"))
    raw = raw.replace(b"\\t", b"\t").replace(b"\\n", b"\n").replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    return raw.decode("utf-8", "replace")


def _read_hunk(lines: list[str], index: int, match: re.Match[str]) -> tuple[Hunk, int]:
    """The hunk that begins at lines[index], and the index behind it."""
    old_start, new_start = int(match[1]), int(match[3])
    old_left = int(match[2]) if match[2] is not None else 1
    new_left = int(match[4]) if match[4] is not None else 1
    body: list[str] = []
    old_seen = new_seen = 0
    index += 1
    while index < len(lines):
        line = lines[index]
        mark = line[:1]
        if mark == "\\":
            body.append(line)
            index += 1
            continue
        if old_left <= 0 and new_left <= 0:
            break
        if mark in ("-", "+") or mark == " " or line in ("", "\r"):
            # An empty line is a context line whose one blank a mailer ate.
            old_used, new_used = int(mark != "+"), int(mark != "-")
            if line == "" and index == len(lines) - 1:
                break
            body.append(line or " ")
        else:
            break
        old_left, new_left = old_left - old_used, new_left - new_used
        old_seen, new_seen = old_seen + old_used, new_seen + new_used
        index += 1
    return Hunk(old_start, old_seen, new_start, new_seen, match[5], tuple(body)), index
