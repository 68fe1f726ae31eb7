"""Commits as a person names them, read in one place: `A..B`, `A...B`, or one commit."""

from __future__ import annotations

from patchflow.adapters.git.repository import GitRepository
from patchflow.domain.patch import Patch
from patchflow.errors import UsageError
from patchflow.named_tuple import NamedTuple


class CommitRange(NamedTuple):
    """Commits, oldest first; `base` is what they stand on, "" where the first has no parent."""

    base: str
    tip: str
    commits: tuple[str, ...]

    def patches(self, repository: GitRepository) -> list[Patch]:
        """The commits as patches, their diffs read together."""
        repository.preload(list(self.commits))
        return [repository.patch(commit) for commit in self.commits]


def read_range(repository: GitRepository, words: str) -> CommitRange:
    """The commits of `A..B` (those of B that A does not have; `A...B` means the same, as for git format-patch of what B
    brings; an end left out is HEAD), or the one commit that is named.

    UsageError where there are none; what cannot be resolved is told by the repository.
    """
    left, dots, right = words.partition("...") if "..." in words else words.partition("..")
    tip = repository.resolve((right if dots else left) or "HEAD")
    if not dots:
        parents = repository.parents(tip)
        return CommitRange(parents[0] if parents else "", tip, (tip,))
    above = repository.resolve(left or "HEAD")
    commits = tuple(repository.commits_between(above, tip, words))
    if not commits:
        raise UsageError(f"{words} holds no commits.", "Name a range with commits in it: HEAD~2..HEAD.")
    return CommitRange(repository.merge_base(above, tip) or "", tip, commits)
