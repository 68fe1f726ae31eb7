"""Which files git's settings stand in, what they include, and the mailmap they name: told without git, whose start
takes longer than `status` may take where nothing changed."""

from __future__ import annotations

import os
from contextlib import suppress

from patchflow import lazy_re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTION = lazy_re.compile(rb'\s*\[\s*([\w.-]+)(?:\s+"(?:[^"\\]|\\.)*")?\s*\]')
_NAMES = {b"include": b"path", b"includeif": b"path", b"mailmap": b"file"}  # the key of a section that names a file
_QUOTED = (b'"', b"\\", b"%(")  # git reads such a value in ways of its own


def settings_files(git: str, common: str) -> Iterator[str]:
    """The files of git's settings, where libgit2 looks for them, and what they name, whether or not it is there and the
    condition of an include holds; for a clone whose git folder, and the one that all work trees share, are these."""
    seen = dict.fromkeys(_usual(git, common))
    todo = list(seen)
    while todo:
        new = [one for one in named_in(todo.pop()) or () if one not in seen]
        seen.update(dict.fromkeys(new))
        todo += new
    yield from seen


def reads_more(git: str, common: str) -> bool:
    """Whether git's settings have git read files that are not among these."""
    said = [os.fsencode(value) for name, value in os.environ.items() if name.startswith("GIT_CONFIG_")]
    if any(word in one.lower() for one in said for word in (b"include", b"mailmap")):
        return True
    return any(named_in(path) is None for path in settings_files(git, common))


def named_in(path: str) -> list[str] | None:
    """The files that a file of settings names; None where that cannot be told."""
    text = b""
    with suppress(OSError), open(path, "rb") as file:
        text = file.read().removeprefix(b"\xef\xbb\xbf")
    if not any(b"[" + section in text.lower() for section in _NAMES):
        return []
    found, section = list[str](), b""
    for line in text.split(b"\n"):
        if line.rstrip(b"\r").endswith(b"\\"):
            return None  # it goes on in the next one
        while head := _SECTION.match(line):
            section, line = head[1].lower(), line[head.end() :]
        key, _, value = line.partition(b"=")
        if section not in _NAMES or not (key := key.strip().lower()) or key.startswith((b"#", b";")):
            continue
        if key != _NAMES[section] or any(sign in value for sign in _QUOTED):
            return None
        name = os.path.expanduser(os.fsdecode(value.partition(b"#")[0].partition(b";")[0].strip()))
        if section == b"mailmap" and not os.path.isabs(name):
            return None  # from the tree, or from where git runs
        found.append(os.path.join(os.path.dirname(path), name))
    return found


def _usual(git: str, common: str) -> Iterator[str]:
    yield from (os.path.join(common, "config"), os.path.join(git, "config.worktree"))
    yield from (os.path.expanduser("~/.gitconfig"), os.environ.get("GIT_CONFIG_GLOBAL", ""))
    yield os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), "git", "config")
    yield from ("/etc/gitconfig", os.environ.get("GIT_CONFIG_SYSTEM", ""))
    # A git that was installed elsewhere has its system's settings there.
    yield from (os.path.join(os.path.dirname(one), "etc", "gitconfig") for one in os.get_exec_path())
