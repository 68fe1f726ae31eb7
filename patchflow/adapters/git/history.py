"""History as the rules ask it, read from one repository at the series' base."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property

from patchflow.adapters.git.mail_reader import losses_of
from patchflow.adapters.git.repository import GitRepository
from patchflow.formats.patch.received import Loss
from patchflow.formats.patch.style import PREFIX

# A tree with fewer commits than this is no full clone of the kernel: a commit that is not found may exist.
_FULL = 100_000


class BaseHistory:
    """Implements rules.context.History.

    `arrived` are messages whose mails git's reader was seen to keep, each with its author's name and address:
    nobody is asked about them again. It is called when the first is asked about.
    """

    def __init__(
        self,
        repository: GitRepository,
        base: str,
        arrived: Callable[[], Collection[tuple[str, str, str]]] | None = None,
    ) -> None:
        self.repository = repository
        self.base = base
        self._arrived = arrived
        self._seen: dict[str, Sequence[str]] = {}

    @cached_property
    def complete(self) -> bool:
        """Whether all of the kernel's history is here; counted only when a commit was not found."""
        return not self.repository.is_shallow() and self.repository.commit_count(self.base, _FULL) >= _FULL

    def subject(self, commit: str) -> str | None:
        """A commit's subject, None where it is not here."""
        return self.repository.subject(commit)

    def full(self, commit: str) -> str | None:
        """The whole hash of an abbreviated one."""
        return self.repository.try_resolve(commit)

    def is_ancestor(self, commit: str) -> bool:
        """Whether the commit comes before the base."""
        full = self.repository.try_resolve(commit)
        return full is not None and self.repository.is_ancestor(full, self.base)

    def subjects(self, path: str) -> Sequence[str]:
        """The subjects of the newest commits that touched the path."""
        if path not in self._seen:
            self._seen[path] = self.repository.history_subjects(self.base, path)
        return self._seen[path]

    def prefixes(self, path: str) -> Sequence[str]:
        """The subsystem prefixes of the newest commits that touched the path."""
        return [match[1].strip() for subject in self.subjects(path) if (match := PREFIX.match(subject))]

    def read(self, path: str) -> str | None:
        """A file of the base."""
        content = self.repository.read_blob(self.base, path)
        return None if content is None else content.decode("utf-8", "replace")

    @cached_property
    def arrived(self) -> Collection[tuple[str, str, str]]:
        """Author's name and address, and message, of what is known to arrive."""
        return self._arrived() if self._arrived else ()

    def losses(self, name: str, email: str, message: str) -> Sequence[Loss]:
        """What of a commit's author and message `git am` would lose or change, reading it out of a mail."""
        return () if (name, email, message) in self.arrived else losses_of(name, email, message)
