"""The repository as a git hook asks it: a few git commands, no library, the hook's own GIT_* kept."""

from __future__ import annotations

import os
import re

from patchflow.adapters.process import Completed, run
from patchflow.domain.address import Address
from patchflow.errors import MissingError, OutsideError

# A tree with fewer commits than this is no full clone of the kernel: a commit that is not found may exist.
_FULL = 100_000
_PREFIX = re.compile(r"^(?:\[[^\]]*\]\s*)?([\w./,+ -]{1,50}?):\s")
_IDENT = re.compile(r"^(.*?) ?<([^<>]*)> \d+")
_HISTORY_SECONDS = 2.0


class QuickGit:
    """The hook's repository. Implements rules.context.History, at HEAD."""

    def __init__(self) -> None:
        """MissingError where no repository is around."""
        done = self._git("rev-parse", "--git-dir", "--git-common-dir", "--show-toplevel", check=False)
        rows = done.text.split("\n")
        if done.code != 0 or len(rows) < 3:
            raise MissingError("The hook runs in no work tree of a git repository.")
        self.git_dir, self.common, self.folder = (os.path.realpath(row) for row in rows[:3])
        self._settings: dict[str, str] | None = None
        self._complete: bool | None = None

    def _git(self, *words: str, check: bool = True, timeout: float = 30.0) -> Completed:
        return run(["git", *words], keep_git=True, check=check, timeout=timeout)

    # The repository

    def config(self, key: str) -> str:
        """The value of a git config key from the place that wins, "" where it is not set."""
        if self._settings is None:
            self._settings = {}
            for row in self._git("config", "--list", "--null", check=False).text.split("\0"):
                name, _, value = row.partition("\n")
                self._settings[name] = value
        return self._settings.get(key, "")

    def settings(self) -> dict[str, str]:
        """Every git config key with the value that wins."""
        self.config("")
        return dict(self._settings or {})

    def branch(self) -> str:
        """The branch HEAD stands on, "" where it is detached."""
        return self._git("symbolic-ref", "--quiet", "--short", "HEAD", check=False).text.strip()

    def is_kernel(self) -> bool:
        """Whether the work tree is a kernel's."""
        return all(
            os.path.exists(os.path.join(self.folder, *p)) for p in (("MAINTAINERS",), ("scripts", "checkpatch.pl"))
        )

    def is_merging(self) -> bool:
        """Whether the commit being made is a merge."""
        return os.path.exists(os.path.join(self.git_dir, "MERGE_HEAD"))

    def identity(self, who: str = "AUTHOR") -> Address:
        """Author (or COMMITTER) of the commit being made, as git works it out."""
        match = _IDENT.match(self._git("var", f"GIT_{who}_IDENT", check=False).text)
        return Address(match[1], match[2]) if match else Address("", "")

    def staged(self) -> str:
        """The index (the one git hands the hook) against HEAD, as a diff; "" where nothing is staged."""
        out = self._git(
            "diff", "--cached", "--no-color", "--no-ext-diff", "--src-prefix=a/", "--dst-prefix=b/", "-M", timeout=120
        ).out
        return out.decode("utf-8", "surrogateescape")

    def staged_paths(self) -> list[str]:
        """The paths that differ between the index and HEAD."""
        text = self._git("diff", "--cached", "--name-only", "-z", check=False).text
        return [path for path in text.split("\0") if path]

    def add_trailer(self, path: str, trailer: str) -> None:
        """Adds a trailer to a message file, above its comments, where it does not stand yet."""
        self._git("interpret-trailers", "--in-place", "--if-exists", "addIfDifferent", "--trailer", trailer, path)

    # History, as the rules ask it

    @property
    def complete(self) -> bool:
        """Whether all of the kernel's history is here; counted only when a commit was not found."""
        if self._complete is None:
            shallow = self._git("rev-parse", "--is-shallow-repository", check=False).text.strip() == "true"
            count = self._git("rev-list", "--count", f"--max-count={_FULL}", "HEAD", check=False).text.strip()
            self._complete = not shallow and count.isdigit() and int(count) >= _FULL
        return self._complete

    def subject(self, commit: str) -> str | None:
        """A commit's subject by (abbreviated) hash, None where it is not here."""
        done = self._git("log", "-1", "--no-show-signature", "--format=%s", f"{commit}^{{commit}}", "--", check=False)
        return done.text.strip() if done.code == 0 else None

    def is_ancestor(self, commit: str) -> bool:
        """Whether the commit comes before HEAD."""
        return self._git("merge-base", "--is-ancestor", commit, "HEAD", check=False).code == 0

    def prefixes(self, path: str) -> list[str]:
        """The subsystem prefixes of the newest commits that touched the path, newest first.

        Nothing where git takes too long: without a commit graph it walks all of a kernel's history.
        """
        return self.prefixes_of([path])

    def prefixes_of(self, paths: list[str]) -> list[str]:
        """The same of several paths."""
        words = ["log", "-30", "--no-merges", "--no-show-signature", "--format=%s", "HEAD", "--", *paths]
        try:
            done = self._git(*words, check=False, timeout=_HISTORY_SECONDS)
        except OutsideError:
            return []
        return [match[1].strip() for line in done.text.split("\n") if (match := _PREFIX.match(line))]

    def read(self, path: str) -> str | None:
        """A file of HEAD."""
        done = self._git("cat-file", "blob", f"HEAD:{path}", check=False)
        return done.text if done.code == 0 else None
