"""git bisect in a git folder of its own: the clone's HEAD, refs and work trees know nothing of it."""

from __future__ import annotations

import re
from pathlib import Path

from patchflow import lazy_re
from patchflow.adapters.git.clean import CleanGit
from patchflow.errors import OutsideError

_FIRST = lazy_re.compile(r"^([0-9a-f]{40,64}) is the first '?bad'? commit", re.MULTILINE)  # quoted since git 2.55
_ANY = lazy_re.compile(r"^[0-9a-f]{40,64}$", re.MULTILINE)


class Bisection:
    """Which commit between a good and a bad one was the first bad one; git chooses what is tried next."""

    def __init__(self, git: CleanGit, good: str, bad: str) -> None:
        self._git = git
        self.first = ""
        self.could_be: tuple[str, ...] = ()
        (git.folder / "HEAD").write_text(f"{bad}\n")  # git bisect wants one that is there
        self._take("start", "--no-checkout", bad, good)

    @property
    def next(self) -> str:
        """The commit to try now, "" where all is known."""
        done = self._git.run("rev-parse", "--verify", "-q", "BISECT_HEAD", check=False)
        return "" if self.first or self.could_be or done.code else done.text.strip()

    def say(self, word: str) -> None:
        """What became of that commit: good, bad or skip. OutsideError where git names it once more."""
        asked = self.next
        said = self._take(word)
        if self.next == asked:
            raise OutsideError(f"`git bisect {word}` names {asked[:12]} once more, and says: {said or 'nothing'}.")

    def _take(self, *words: str) -> str:
        """Hands a word to git; the end of what it said."""
        done = self._git.run("bisect", *words, check=False)
        if match := _FIRST.search(done.text):
            self.first = match[1]
        elif done.code == 2 and (found := _ANY.findall(done.text)):
            self.could_be = tuple(found)
        said = " ".join((done.err_text or done.text).split())[-300:]
        if done.code and not (self.first or self.could_be):
            raise OutsideError(f"`git bisect {words[0]}` failed: {said or 'it said nothing'}.")
        return said


def lay_out(git: CleanGit, folder: Path, commit: str) -> None:
    """Makes the folder hold just the files of a commit; what is not a file of it, a build's leavings, stays there."""
    folder.mkdir(exist_ok=True)
    (folder / ".git").write_text(f"gitdir: {git.folder}\n")  # for a build that asks git where it stands
    words = ["-c", "core.bare=false", f"--work-tree={folder}", "checkout", "-q", "-f", "--detach", commit]
    git.run(*words)
