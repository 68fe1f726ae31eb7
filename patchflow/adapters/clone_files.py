"""Which files a command that only reads looks at, and a stamp of them: what it found can be kept until one changes.

They are the repository's refs, settings and operations under way, its `.git/patchflow`, what the tree says of itself
(MAINTAINERS, .mailmap), the user's settings and profiles, and pages that were fetched; the program is in each stamp.
The mail is not among them: its index tells by itself (`look_at`). tests/cli/test_kept_answer.py holds that nothing else
is opened.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
from contextlib import closing, suppress
from functools import cache
from operator import attrgetter

from patchflow import __version__
from patchflow.adapters.git.settings_files import reads_more, settings_files
from patchflow.adapters.git.state_names import MAIL, MAIL_SOURCES
from patchflow.adapters.mail.quick_index import in_step, mail_cache
from patchflow.adapters.paths import config_path, pages_folder, share_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_NAME = attrgetter("name")
_PROGRAM = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_TREE = ("", "Documentation/process", "scripts", ".scripts")  # folders of a tree in which it speaks of itself
# Of a git folder: what nothing that is shown depends on, and what is looked at with all that is below it.
_NOT_READ = {"index", "objects", "logs", "hooks", "COMMIT_EDITMSG", "FETCH_HEAD"}
_READ_WHOLE = ("refs", "reftable", "info", "patchflow", "rebase-merge", "rebase-apply", "sequencer")
# Of the mail index what changes with each intake: the files, and the newest message.
_OF_INDEX = ("SELECT * FROM sources", "SELECT max(id) FROM messages", "SELECT value FROM facts WHERE name = 'made'")
Place = tuple[str, str, str]  # where a clone lies, as `git_paths` has it


def stamp_of(paths: Iterable[str]) -> tuple[str, int]:
    """A digest of this program, of the names, and of the files' sizes and times of change; and the newest of these, in
    nanoseconds.

    What is not there counts as such, a folder by its name alone. No program can set the time back, as it can the time
    of writing.
    """
    return _stamp(paths, *_program())


@cache
def _program() -> tuple[str, int]:
    return _stamp(below(_PROGRAM), __version__, 0)


def stamp_of_files(paths: Iterable[str]) -> str:
    """The digest of the names, sizes and times alone."""
    return _stamp(paths, "", 0)[0]


def _stamp(paths: Iterable[str], begin: str, newest: int) -> tuple[str, int]:
    lines = [begin]
    for path in paths:
        try:
            found = os.stat(path)
        except OSError:
            lines.append(path)
            continue
        if stat.S_ISDIR(found.st_mode):
            lines.append(path)
        else:
            lines.append(f"{path}\0{found.st_ino}\0{found.st_size}\0{found.st_ctime_ns}")
            newest = max(newest, found.st_ctime_ns)
    digest = hashlib.sha256("\0\0".join(lines).encode("utf-8", "surrogateescape"))
    return digest.hexdigest(), newest


def clone_files(tree: str, git: str, common: str, closed: Collection[str] = ()) -> Iterator[str]:
    """The files, for a clone that lies as `git_paths` has it; without those of `closed`, and what is below them."""
    work_trees = _inside(os.path.join(common, "worktrees"))  # what is underway in one holds a branch up in all
    for folder in sorted({git, common, *work_trees}):
        yield from (path for path in _inside(folder) if os.path.basename(path) not in _NOT_READ)
        for name in _READ_WHOLE:
            yield from below(os.path.join(folder, name), closed)
        if folder != common:
            yield _place(folder)
    for name in _TREE:
        yield from _inside(os.path.join(tree, name))
    yield from settings_files(git, common)
    yield from (os.path.expanduser(f"~/.get_maintainer.{name}") for name in ("conf", "ignore"))
    yield from below(config_path())
    for name in ("profiles", "templates"):  # which may be links to folders elsewhere
        yield from _inside(os.path.join(config_path(), name))
    if pages_folder() not in closed:
        yield from _inside(pages_folder())
    yield from (share_path("kernel", "bots.toml"), *below(share_path("kernel", "profiles")))


def look_at(clone: Place, closed: Collection[str] = ()) -> tuple[str, bool]:
    """A stamp of all that says where a clone's series stand: the files but what is `closed`, the settings that the
    environment gives, and the mail taken in; and whether it is the whole truth: git's settings name no other files, and
    the index can be read and is in step with the mail files.
    """
    own = os.path.join(clone[2], "patchflow")
    closed = {*closed, os.path.join(own, MAIL)}  # the index has the mail
    settings = sorted(item for item in os.environ.items() if item[0].startswith("GIT_CONFIG_"))
    parts, whole = [stamp_of(clone_files(*clone, closed))[0], repr(settings)], not reads_more(*clone[1:])
    index = os.path.join(mail_cache(own), "mail.sqlite")
    if os.path.exists(index):
        try:
            with closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True, timeout=1)) as base:
                whole &= in_step(base, os.path.join(own, MAIL_SOURCES))
                parts += [repr(base.execute(asked).fetchall()) for asked in _OF_INDEX]
        except sqlite3.Error:
            whole = False
    return hashlib.sha256("".join(parts).encode("utf-8", "surrogateescape")).hexdigest(), whole


def has_b4(common: str) -> bool:
    """Whether b4 keeps any branch of a clone, told without opening it: its settings stand in the clone's own file."""
    try:
        with open(os.path.join(common, "config"), "rb") as file:
            return b"b4-prep-" in file.read().lower()
    except OSError:
        return True


def _place(folder: str) -> str:
    """The file in a work tree that leads to its git folder; the name of the folder's own note of it where that is
    damaged."""
    note = os.path.join(folder, "gitdir")
    with suppress(OSError, ValueError), open(note, encoding="utf-8", errors="surrogateescape") as file:
        return os.path.join(folder, file.read(4096).partition("\0")[0].strip())
    return note


def below(folder: str, closed: Collection[str] = ()) -> Iterator[str]:
    """The folder, and everything below it but what is `closed`."""
    yield folder
    for entry in _entries(folder):
        if entry.path in closed or entry.name == "__pycache__":
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from below(entry.path, closed)
        else:
            yield entry.path


def _inside(folder: str) -> list[str]:
    """The folder, and what stands in it."""
    return [folder, *(entry.path for entry in _entries(folder))]


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What stands there but locks, which say nothing and come and go."""
    try:
        with os.scandir(folder) as found:
            return sorted((entry for entry in found if not entry.name.endswith(".lock")), key=_NAME)
    except OSError:
        return []
