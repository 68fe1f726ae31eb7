"""Asks git what get_maintainer.pl asks it, within a time, and keeps the answers by commit."""

# No pathlib here: its import alone costs a third of what `patchflow cc` may take.

from __future__ import annotations

import hashlib
import marshal
import os
import time
from collections.abc import Sequence
from shutil import which

from patchflow.adapters.kernel.checksummed_cache import prune, read_whole, write_whole
from patchflow.adapters.paths import cache_path
from patchflow.adapters.process import run
from patchflow.errors import MissingError, OutsideError
from patchflow.formats.get_maintainer.answer import History

_FORMAT = "--format=GitCommit: %H%nGitAuthor: %an <%ae>%nGitDate: %aD%nGitSubject: %s%n"
_KEPT = 2000


class GitHistory(History):
    """A tree's repository. `seconds` bounds all questions together; when they are used up, `late` says so."""

    def __init__(self, tree: str, seconds: float = 20.0) -> None:
        self.tree = tree
        self.available = os.path.exists(os.path.join(tree, ".git")) and which("git") is not None
        self.late: list[str] = []
        self._left = seconds
        self._head = ""

    def is_file(self, path: str) -> bool:
        """Whether the tree has the file."""
        return os.path.isfile(os.path.join(self.tree, path))

    def file_log(self, path: str, since: str) -> list[str]:
        """The log of a file since a date, its renames followed; kept for the commit and the day."""
        words = ("log", "--no-color", "--follow", f"--since={since}", "--numstat", "--no-merges")
        kept = (*self._place(), time.strftime("%Y-%m-%d"))
        return self._lines((*words, f"{_FORMAT}%b%n", "--", path), kept)

    def commit_log(self, commit: str) -> list[str]:
        """One commit's log with its body."""
        return self._lines(("log", "--no-color", "--numstat", f"{_FORMAT}%b%n", "-1", commit, "--"), self._place())

    def author_log(self, commit: str) -> list[str]:
        """One commit's log without its body."""
        return self._lines(("log", "--no-color", "--numstat", _FORMAT, "-1", commit, "--"), self._place())

    def blame(self, path: str, start: int = 0, length: int = 0) -> list[str]:
        """The commits that last touched lines of a file as it stands in the tree."""
        lines = ("-L", f"{start},+{length}") if length else ()
        # Blame looks at the file on disk, so its answer is not kept.
        return self._ask(("blame", "-l", *lines, "--", path))

    def author(self, commit: str) -> tuple[str, str] | None:
        """Name and address of a commit's author, after git's mailmap; None where git does not know the commit."""
        words = ("log", "-1", "--no-color", "--format=%aN%n%aE", commit, "--")
        lines = self._lines(words, self._place())
        return (lines[0], lines[1]) if len(lines) == 2 else None

    def _place(self) -> tuple[str, str]:
        if not self._head:
            found = self._ask(("rev-parse", "HEAD"))
            self._head = found[0] if found else "none"
        return os.path.realpath(self.tree), self._head

    def _lines(self, words: Sequence[str], key: Sequence[str]) -> list[str]:
        digest = hashlib.sha256("\0".join((*key, *words)).encode("utf-8", "surrogateescape")).hexdigest()
        path = os.path.join(cache_path(), "history", digest[:40])
        raw = read_whole(path)
        if raw is not None:
            try:
                return [str(line) for line in marshal.loads(raw)]
            except (ValueError, EOFError, TypeError):
                pass  # damaged: asked for again
        late = len(self.late)
        lines = self._ask(words)
        if lines and len(self.late) == late and write_whole(path, marshal.dumps(lines)):
            prune(os.path.dirname(path), _KEPT)
        return lines

    def _ask(self, words: Sequence[str]) -> list[str]:
        """git's lines without leading blanks and empty ones, as the script takes them."""
        if self._left <= 0:
            self.late.append(words[-1])
            return []
        started = time.monotonic()
        try:
            done = run(["git", *words], cwd=self.tree, timeout=self._left, check=False)
        except (OutsideError, MissingError):
            self.late.append(words[-1])
            self._left = 0.0
            return []
        self._left -= time.monotonic() - started
        return [bare for line in done.text.split("\n") if (bare := line.lstrip())]
