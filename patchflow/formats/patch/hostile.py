"""What a stranger's diff may not do to a work tree: paths that leave it, git's own folder, links, odd modes.

git refuses most of this itself; here it is refused before git sees it, whatever the version and the file system.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from patchflow import lazy_re
from patchflow.formats.patch.diff import unquoted

_HUNK = lazy_re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_NAMES = ("rename from ", "rename to ", "copy from ", "copy to ")
_MODES = ("new file mode ", "new mode ", "deleted file mode ", "old mode ")
_PLAIN_MODES = ("100644", "100755")
_LINK, _SUBMODULE = "120000", "160000"
# Characters that a file system may leave out when it compares names (HFS+), as git's own is_hfs_dotgit has them.
_IGNORED = lazy_re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_LONGEST = 1000
# The short name that NTFS makes of .git
_SHORT_NAME = lazy_re.compile(r"git~\d+")


def first_hostile(diffs: Iterable[str]) -> tuple[int, str] | None:
    """The first diff of a series that may not be applied (from 0), and why, in words that follow "it"; None where
    nothing is wrong with them.

    The diffs are looked at in their order: no path may lie below a link that an earlier one makes, and no two files
    that they bring may differ in nothing but the case of letters.
    """
    links: set[str] = set()
    new: dict[str, str] = {}
    for number, diff in enumerate(diffs):
        for file in _files(diff):
            if why := _of_file(file, links, new):
                return number, why
    return None


def why_bad_path(path: str) -> str:
    """Why a path may not be written below a work tree; "" where it may."""
    if path.startswith("/"):
        return f"names a file by its absolute path ({path})"
    parts = path.split("/")
    if ".." in parts:
        return f"leads out of the tree ({path})"
    if any(part in ("", ".") for part in parts):
        return f"has an empty part or a dot in a path ({path})"
    if any(_is_git(part) for part in parts):
        return f"reaches into git's own folder ({path})"
    if "\\" in path or any(ord(sign) < 32 or ord(sign) == 127 for sign in path):
        return f"has a control character or a backslash in a path ({path})"
    if any(part.startswith("-") for part in parts):
        return f"names a file like an option of a command ({path})"
    return "has a path of more than 1,000 characters" if len(path) > _LONGEST else ""


def new_paths(diffs: Iterable[str]) -> list[str]:
    """The paths that the diffs bring: of new files, and of what is renamed or copied to."""
    return [path for diff in diffs for file in _files(diff) for path in file.brought()]


def count_files(diff: str) -> int:
    """How many files git would find in a text that holds a diff, wherever each begins."""
    return sum(1 for file in _files(diff) if file.paths)


class _File:
    """What the header of one file's diff says, and a link's target."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.modes: list[str] = []
        self.new: list[str] = []
        self.is_new = False
        self.added: list[str] = []

    def brought(self) -> list[str]:
        return [*self.new, *(dict.fromkeys(self.paths) if self.is_new else ())]


def _files(diff: str) -> Iterator[_File]:
    lines = diff.split("\n")
    current: _File | None = None
    at = 0
    while at < len(lines):
        line = lines[at].rstrip("\r")
        at += 1
        starts = line.startswith("diff --git ")
        plain = line.startswith("--- ") and at < len(lines) and lines[at].startswith("+++ ")
        if starts or (plain and (current is None or current.added or any(current.paths))):
            if starts or (current and current.added):
                if current:
                    yield current
                current = _File()
            current = current or _File()
        if starts and current:
            current.paths += _of_heading(line[11:])
        elif plain and current:
            current.paths += [*_side(line[4:]), *_side(lines[at].rstrip("\r")[4:])]
            current.is_new = current.is_new or line[4:].startswith("/dev/null")
            at += 1
        elif current is not None and (match := _HUNK.match(line)):
            at = _skip(lines, at, match, current)
        elif current is not None:
            _extended(current, line)
    if current:
        yield current


def _extended(current: _File, line: str) -> None:
    for word in _NAMES:
        if line.startswith(word):
            current.paths.append(unquoted(line[len(word) :]))
            if word.endswith("to "):
                current.new.append(current.paths[-1])
    for word in _MODES:
        if line.startswith(word):
            current.modes.append(line[len(word) :].strip())
            current.is_new = current.is_new or word.startswith("new file")
    if match := re.match(r"index [0-9a-f]+\.\.[0-9a-f]+ (\d+)$", line):
        current.modes.append(match[1])


def _skip(lines: list[str], at: int, match: re.Match[str], current: _File) -> int:
    """The index behind a hunk, by its counts, as git reads it."""
    old, new = (1 if count is None else int(count) for count in match.groups())
    while at < len(lines) and (old > 0 or new > 0):
        mark = lines[at][:1]
        if mark not in ("+", "-", " ", "\\", ""):
            break
        if mark == "+":
            current.added.append(lines[at][1:])
        old -= mark in ("-", " ", "")
        new -= mark in ("+", " ", "")
        at += 1
    current.added = current.added or [""]
    return at


def _of_heading(text: str) -> list[str]:
    """The paths of `diff --git a/X b/X`; a name with blanks is told from its two halves being the same."""
    if text.startswith('"') or text.endswith('"'):
        found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', text)
        return [path for quoted, plain in found for path in _paths(unquoted(f'"{quoted}"') if quoted else plain)]
    half = len(text) // 2
    if len(text) % 2 and text[half] == " " and text[:half].partition("/")[2] == text[half + 1 :].partition("/")[2]:
        return [*_paths(text[:half]), *_paths(text[half + 1 :])]
    return [path for one in text.split(" ") if one for path in _paths(one)]


def _side(text: str) -> list[str]:
    name = unquoted(text.split("\t", 1)[0].strip())
    return [] if name == "/dev/null" else _paths(name)


def _paths(name: str) -> list[str]:
    """What git could take a name for: it takes off the first part, whatever that is, or (of a diff without a heading)
    nothing. The a/ and b/ that it writes itself are no folders."""
    first, _, rest = name.partition("/")
    return [one for one in ([rest] if first in ("a", "b") else [name, rest]) if one] or [name]


def _of_file(file: _File, links: set[str], new: dict[str, str]) -> str:
    for path in file.paths:
        if why := why_bad_path(path):
            return why
        if link := next((one for one in links if path.startswith(f"{one}/")), ""):
            return f"writes below a link that it makes itself ({link})"
        if path in links and file.new:
            return f"moves a link that it makes itself, which leads elsewhere from there ({path})"
    for mode in file.modes:
        if mode == _SUBMODULE:
            return f"brings a submodule ({file.paths[0] if file.paths else '?'})"
        if mode not in (*_PLAIN_MODES, _LINK):
            return f"gives a file the mode {mode[:20]}"
    if _LINK in file.modes:
        target = "".join(file.added)
        for path in file.paths or ["?"]:
            where = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if target.startswith("/") or where.split("/")[0] == ".." or (target and why_bad_path(where)):
                return f"makes a link that leads out of the tree ({path} -> {target})"
        links.update(file.paths)
    for path in file.brought():
        other = new.setdefault(path.casefold(), path)
        if other != path:
            return f"brings two files whose names differ in the case of letters only ({other}, {path})"
    return ""


def _is_git(part: str) -> bool:
    name = _IGNORED.sub("", part).casefold().rstrip(" .").split(":", 1)[0]
    return name == ".git" or _SHORT_NAME.fullmatch(name) is not None
