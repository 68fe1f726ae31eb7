"""What `status` and its like printed, kept for a minute at most, until anything it was made of changes.

Prompts and status bars ask every few seconds, and an answer is mostly the one before. What the files say is in a stamp
(`clone_files.py`), with the mail index; the environment, the line and the terminal are in the key. The minute is for
the time of day, which ages and windows depend on.

The stamp is taken before the answer is made and after it, so that nothing is kept that came and went meanwhile. No
answer is kept that came with a note or a failure, or that was asked for within two seconds after something changed: a
clock of files that ticks slowly would miss the next change.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import time
from contextlib import closing, suppress

from patchflow.adapters.clone_files import clone_files, stamp_of
from patchflow.adapters.git.settings_files import reads_more
from patchflow.adapters.git.state_names import MAIL, MAIL_SOURCES
from patchflow.adapters.kernel.checksummed_cache import prune, read_whole, write_whole
from patchflow.adapters.mail.quick_index import in_step, mail_cache
from patchflow.adapters.paths import cache_path, git_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SECONDS, _SETTLED = 60, 2
_MOST = 64  # answers kept in all
# Variables that differ from one command to the next and mean nothing; and those that lead git elsewhere.
_VOLATILE = {"_", "SHLVL", "OLDPWD"}
_ELSEWHERE = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")


class KeptAnswer:
    """The answer to one command line, asked in one folder; `found` is it with the exit code, where it still holds."""

    def __init__(self, words: Sequence[str], tree: str, git: str, common: str) -> None:
        """The line, and where the clone that it is asked in lies, as `git_paths` has it."""
        self._tree, self._git, self._common = tree, git, common
        self._state = os.path.join(common, "patchflow")
        variables = sorted(item for item in os.environ.items() if item[0] not in _VOLATILE)
        width = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else 0
        key = (words, os.getcwd(), width, variables)
        name = hashlib.sha256(repr(key).encode()).hexdigest()[:32]
        self._path = os.path.join(cache_path(), "answers", name)
        self._stamp, newest = stamp_of(self._made_of())
        self._settled = time.time() - newest / 1e9 >= _SETTLED
        self.found = self._read()

    def keep(self, text: str, code: int) -> None:
        """Keeps what was printed since this was made, and the exit code."""
        if not self._settled or reads_more(self._git, self._common) or stamp_of(self._made_of())[0] != self._stamp:
            return
        if write_whole(self._path, f"{self._stamp} {code}\n{text}".encode("utf-8", "surrogateescape")):
            prune(os.path.dirname(self._path), _MOST)

    def _read(self) -> tuple[str, int] | None:
        with suppress(OSError, ValueError):
            young = 0 <= time.time() - os.stat(self._path).st_mtime < _SECONDS
            if young and (kept := read_whole(self._path)):
                head, _, text = bytes(kept).decode("utf-8", "surrogateescape").partition("\n")
                stamp, _, code = head.partition(" ")
                if stamp == self._stamp and self._in_step():
                    return text, int(code)
        return None

    def _in_step(self) -> bool:
        """Whether the mail files are as they were when they were taken in."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self._index()}?mode=ro", uri=True)) as base:
            return in_step(base, os.path.join(self._state, MAIL_SOURCES))
        return not os.path.exists(self._index())

    def _index(self) -> str:
        return os.path.join(mail_cache(self._state), "mail.sqlite")

    def _made_of(self) -> Iterator[str]:
        in_index = {os.path.join(self._state, MAIL)}
        yield from clone_files(self._tree, self._git, self._common, in_index)
        yield self._index()
        if os.path.exists(log := f"{self._index()}-wal") and os.path.getsize(log):  # an empty one comes and goes
            yield log


def kept_answer(before: Sequence[str], line: Sequence[str]) -> KeptAnswer | None:
    """The kept answer to a command and its words, with what stands `before` them; None where none is kept."""
    folder = before[1] if len(before) == 2 and before[0] == "-C" else "."
    if before and folder == ".":
        return None
    with suppress(OSError):
        if not any(name in os.environ for name in _ELSEWHERE) and (found := git_paths(folder)):
            return KeptAnswer([*before, *line], *found)
    return None
