"""What `status` and its like printed, kept for a minute at most, until anything it was made of changes.

Prompts and status bars ask every few seconds, and an answer is mostly the one before. It depends on the repository's
refs, settings and operations under way, on its `.git/patchflow`, on what the tree says of itself (MAINTAINERS,
.mailmap), on mail files and their index, on the user's settings and profiles, on pages that were fetched, and on the
program: when each of these files last changed is in a stamp. The environment, the line and the terminal are in the key.
The minute is for the time of day, which ages and windows depend on. tests/cli/test_kept_answer.py holds that nothing
else is opened.

No answer is kept that came with a note or a failure, that was made while something changed, or within two seconds
after: a clock of files that ticks slowly would miss the next change.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import time
from contextlib import closing, suppress

from patchflow.adapters.file_stamp import stamp_of
from patchflow.adapters.mail.quick_index import in_step, mail_cache
from patchflow.adapters.paths import cache_path, config_path, git_paths, private_folder, share_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Command -> the words that may stand beside it where its answer is kept: none of them writes, or names a file.
_WORDS = {
    "status": {"--all", "--json"},
    "todo": {"--all", "--json"},
    "review": {"list", "waiting", "--json"},
}
_SECONDS, _SETTLED = 60, 2
_MOST = 64  # answers kept in all
_TREE = ("", "Documentation/process", "scripts", ".scripts")  # folders of a tree in which it speaks of itself
# Of a git folder: what no answer depends on, and what is looked at with all that is below it.
_NOT_READ = {"index", "objects", "logs", "hooks", "COMMIT_EDITMSG", "FETCH_HEAD"}
_READ_WHOLE = ("refs", "reftable", "patchflow", "rebase-merge", "rebase-apply", "sequencer")
# Variables that differ from one command to the next and mean nothing; and those that lead git elsewhere.
_VOLATILE = {"_", "SHLVL", "OLDPWD"}
_ELSEWHERE = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")


class KeptAnswer:
    """The answer to one command line, asked in one folder; `found` is it with the exit code, where it still holds."""

    def __init__(self, words: Sequence[str], tree: str, git: str, common: str) -> None:
        """The line, and where the clone that it is asked in lies, as `git_paths` has it."""
        self._tree, self._git, self._common = tree, git, common
        variables = sorted(item for item in os.environ.items() if item[0] not in _VOLATILE)
        width = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else 0
        key = (words, os.getcwd(), width, variables)
        name = hashlib.sha256(repr(key).encode()).hexdigest()[:32]
        self._path = os.path.join(cache_path(), "answers", name)
        self._stamp, self._newest = stamp_of(self._made_of())
        self.found = self._read()

    def keep(self, text: str, code: int) -> None:
        """Keeps what was printed since this was made, and the exit code."""
        settled = time.time() - self._newest / 1e9 > _SETTLED
        if not settled or stamp_of(self._made_of())[0] != self._stamp or any(map(_includes, self._settings())):
            return
        with suppress(OSError):  # a cache that cannot be written is no reason to fail
            folder = os.path.dirname(self._path)
            private_folder(folder)
            made = f"{self._path}.{os.getpid()}"
            with open(made, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                file.write(f"{self._stamp} {code}\n{text}")
            os.replace(made, self._path)
            others = sorted(os.scandir(folder), key=lambda one: one.stat().st_mtime, reverse=True)
            for one in others[_MOST:]:
                os.unlink(one.path)

    def _read(self) -> tuple[str, int] | None:
        with suppress(OSError, ValueError):
            if not 0 <= time.time() - os.stat(self._path).st_mtime < _SECONDS:
                return None
            with open(self._path, encoding="utf-8", errors="surrogateescape", newline="") as file:
                stamp, _, code = file.readline().rstrip("\n").partition(" ")
                if stamp == self._stamp and self._in_step():
                    return file.read(), int(code)
        return None

    def _in_step(self) -> bool:
        """Whether the mail files are as they were when they were taken in."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self._index()}?mode=ro", uri=True)) as base:
            return in_step(base, os.path.join(self._common, "patchflow", "mail-sources"))
        return not os.path.exists(self._index())

    def _index(self) -> str:
        return os.path.join(mail_cache(os.path.join(self._common, "patchflow")), "mail.sqlite")

    def _made_of(self) -> Iterator[str]:
        for git in sorted({self._git, self._common}):
            yield from (entry for entry in _entries(git) if os.path.basename(entry) not in _NOT_READ)
            for folder in _READ_WHOLE:
                yield from _below(os.path.join(git, folder), os.path.join(self._common, "patchflow", "mail"))
        for folder in _TREE:
            yield from _entries(os.path.join(self._tree, folder))
        yield from self._settings()
        yield from (os.path.expanduser(f"~/.get_maintainer.{name}") for name in ("conf", "ignore"))
        yield from _below(config_path())
        yield from _entries(os.path.join(cache_path(), "pages"))
        yield self._index()
        if os.path.exists(log := f"{self._index()}-wal") and os.path.getsize(log):  # an empty one comes and goes
            yield log
        for folder in (share_path("kernel", "profiles"), os.path.dirname(os.path.dirname(os.path.abspath(__file__)))):
            yield from _below(folder)
        yield share_path("kernel", "bots.toml")

    def _settings(self) -> Iterator[str]:
        """The files of git's settings, and where libgit2 looks for them."""
        yield from (os.path.join(self._common, "config"), os.path.join(self._git, "config.worktree"))
        yield from (os.path.expanduser("~/.gitconfig"), os.environ.get("GIT_CONFIG_GLOBAL", ""))
        yield os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), "git", "config")
        yield from ("/etc/gitconfig", "/usr/local/etc/gitconfig", os.environ.get("GIT_CONFIG_SYSTEM", ""))


def kept_answer(before: Sequence[str], line: Sequence[str]) -> KeptAnswer | None:
    """The kept answer to a command and its words, with what stands `before` them; None where none is kept."""
    folder = before[1] if len(before) == 2 and before[0] == "-C" else "."
    if (before and folder == ".") or not _WORDS[line[0]].issuperset(line[1:]):
        return None
    with suppress(OSError):
        if not any(name in os.environ for name in _ELSEWHERE) and (found := git_paths(folder)):
            return KeptAnswer([*before, *line], *found)
    return None


def _entries(folder: str) -> list[str]:
    """The folder, and what stands in it."""
    try:
        return [folder, *sorted(entry.path for entry in os.scandir(folder))]
    except OSError:
        return [folder]


def _below(folder: str, closed: str = "") -> Iterator[str]:
    """The folder, and everything below it; of the folder `closed`, whose files are never rewritten, just itself."""
    yield folder
    for at, folders, files in os.walk(folder):
        yield from (os.path.join(at, name) for name in sorted((*folders, *files)))
        folders[:] = [name for name in folders if name != "__pycache__" and os.path.join(at, name) != closed]


def _includes(path: str) -> bool:
    """Whether a file of settings has git read others, which a stamp does not know."""
    with suppress(OSError), open(path, "rb") as file:
        return b"[include" in file.read().lower()
    return False
