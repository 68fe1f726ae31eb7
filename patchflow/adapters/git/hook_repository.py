"""The repository as a git hook asks it: a few git commands, no library, the hook's own GIT_* kept."""

from __future__ import annotations

import os

from patchflow import lazy_re
from patchflow.adapters.git.mail_reader import losses_of
from patchflow.adapters.quick_process import output_of
from patchflow.domain.address import Address
from patchflow.errors import MissingError, OutsideError
from patchflow.formats.patch.style import PREFIX

# A tree with fewer commits than this is no full clone of the kernel: a commit that is not found may exist.
_FULL = 100_000
_IDENT = lazy_re.compile(r"^(.*?) ?<([^<>]*)> \d+")
_HISTORY_SECONDS = 2.0
# `git diff` as a mail will hold it, whatever diff.* says.
PLAIN_DIFF = (
    "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "--src-prefix=a/", "--dst-prefix=b/", "-M", "-U3",
    "--inter-hunk-context=0", "--submodule=short",
)  # fmt: skip


class QuickGit:
    """The hook's repository. Implements rules.context.History, at HEAD."""

    def __init__(self) -> None:
        """MissingError where no repository is around."""
        # git starts hooks at the top of the work tree; asking it costs more than looking.
        if "GIT_DIR" not in os.environ and os.path.isdir(".git"):
            self.folder = os.getcwd()
            self.git_dir = os.path.join(self.folder, ".git")
        else:
            code, text = self._ask("rev-parse", "--absolute-git-dir", "--show-toplevel")
            if code != 0:
                raise MissingError("The hook runs in no work tree of a git repository.")
            self.git_dir, self.folder = text.split("\n")[:2]
        self._settings: dict[str, str] | None = None
        self._complete: bool | None = None
        self._subjects: dict[str, list[str]] = {}

    def _ask(self, *words: str, seconds: float = 30.0) -> tuple[int, str]:
        code, out = output_of(["git", *words], seconds)
        return code, out.decode("utf-8", "replace")

    # The repository

    def config(self, key: str) -> str:
        """The value of a git config key from the place that wins, "" where it is not set."""
        if self._settings is None:
            # Settings and identities in one command.
            _, text = self._ask("var", "-l")
            self._settings = dict(row.partition("=")[::2] for row in text.split("\n") if row)
        return self._settings.get(key, "")

    def branch(self) -> str:
        """The branch HEAD stands on, "" where it is detached."""
        with open(os.path.join(self.git_dir, "HEAD"), encoding="utf-8") as file:
            kind, _, name = file.read().strip().partition("ref: refs/heads/")
        if name == ".invalid":  # what a reftable repository keeps there
            return self._ask("symbolic-ref", "--quiet", "--short", "HEAD")[1].strip()
        return "" if kind else name

    def chosen_profile(self) -> str:
        """The profile that was chosen for the branch HEAD stands on, "" where none was."""
        self.config("")
        named = any(key.endswith(".patchflow-profile") for key in self._settings or {})
        return self.config(f"branch.{self.branch()}.patchflow-profile") if named else ""

    def is_kernel(self) -> bool:
        """Whether the work tree is a kernel's, with its checkpatch.pl or (a sparse checkout) without."""
        here = [
            os.path.exists(os.path.join(self.folder, p)) for p in ("MAINTAINERS", "scripts/checkpatch.pl", "Kbuild")
        ]
        return here[0] and any(here[1:])

    def is_merging(self) -> bool:
        """Whether the commit being made is a merge."""
        return os.path.exists(os.path.join(self.git_dir, "MERGE_HEAD"))

    def identity(self, who: str = "AUTHOR") -> Address:
        """Author (or COMMITTER) of the commit being made, as git works it out."""
        match = _IDENT.match(self.config(f"GIT_{who}_IDENT"))
        return Address(match[1], match[2]) if match else Address("", "")

    def staged(self) -> str:
        """The index (the one git hands the hook) against HEAD, as a diff; "" where nothing is staged."""
        words = ["git", "diff", "--cached", *PLAIN_DIFF]
        code, out = output_of(words, 120)
        if code != 0:
            raise OutsideError(f"`{' '.join(words)}` ended with status {code}.")
        return out.decode("utf-8", "surrogateescape")

    def staged_paths(self) -> list[str]:
        """The paths that differ between the index and HEAD."""
        text = self._ask("diff", "--cached", "--name-only", "-z")[1]
        return [path for path in text.split("\0") if path]

    def add_trailer(self, path: str, trailer: str) -> None:
        """Adds a trailer to a message file, above its comments, where it does not stand yet."""
        self._ask("interpret-trailers", "--in-place", "--if-exists", "addIfDifferent", "--trailer", trailer, path)

    # History, as the rules ask it

    @property
    def complete(self) -> bool:
        """Whether all of the kernel's history is here; counted only when a commit was not found."""
        if self._complete is None:
            shallow = self._ask("rev-parse", "--is-shallow-repository")[1].strip() == "true"
            count = self._ask("rev-list", "--count", f"--max-count={_FULL}", "HEAD")[1].strip()
            self._complete = not shallow and count.isdigit() and int(count) >= _FULL
        return self._complete

    def subject(self, commit: str) -> str | None:
        """A commit's subject by (abbreviated) hash, None where it is not here."""
        code, text = self._ask("log", "-1", "--no-show-signature", "--format=%s", f"{commit}^{{commit}}", "--")
        return text.strip() if code == 0 else None

    def full(self, commit: str) -> str | None:
        """The whole hash of an abbreviated one, None where it is not here or means several."""
        code, text = self._ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
        return text.strip() if code == 0 else None

    def is_ancestor(self, commit: str) -> bool:
        """Whether the commit comes before HEAD."""
        return self._ask("merge-base", "--is-ancestor", commit, "HEAD")[0] == 0

    def subjects(self, path: str) -> list[str]:
        """The subjects of the newest commits that touched the path, newest first; asked once a path.

        Nothing where git takes too long: without a commit graph it walks all of a kernel's history.
        """
        if path not in self._subjects:
            self._subjects[path] = self._newest([path])
        return self._subjects[path]

    def prefixes(self, path: str) -> list[str]:
        """The subsystem prefixes of the newest commits that touched the path, newest first."""
        return _prefixes(self.subjects(path))

    def prefixes_of(self, paths: list[str]) -> list[str]:
        """The same of several paths."""
        return _prefixes(self._newest(paths))

    def _newest(self, paths: list[str]) -> list[str]:
        words = ["log", "-30", "--no-merges", "--no-show-signature", "--format=%s", "HEAD", "--", *paths]
        try:
            return self._ask(*words, seconds=_HISTORY_SECONDS)[1].split("\n")
        except OutsideError:
            return []

    def read(self, path: str) -> str | None:
        """A file of HEAD."""
        code, text = self._ask("cat-file", "blob", f"HEAD:{path}")
        return text if code == 0 else None

    losses = staticmethod(losses_of)


def _prefixes(subjects: list[str]) -> list[str]:
    return [match[1].strip() for subject in subjects if (match := PREFIX.match(subject))]
