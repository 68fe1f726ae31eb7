"""Commits written anew in another order or shape, in the object store alone: no file of the work tree is touched."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence

from patchflow.adapters.git.commands import GitCommands
from patchflow.adapters.git.index import entries_of, tree_with
from patchflow.adapters.git.libgit2 import ObjectType, pygit2
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.git.store import _rewritten
from patchflow.errors import ConflictError
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Pick:
    """One commit to make: of one commit, or of several squashed into one; the first gives author and date.

    `message` replaces its message; `extra` is a pair of trees whose difference goes into it as well.
    """

    commits: tuple[str, ...]
    message: str | None = None
    extra: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Unmerged:
    """A path that a patch does not merge with: mode and blob before the patch, of what is there, and of the patch (""
    for none). `title` is the patch's."""

    path: str
    title: str
    sides: tuple[str, str, str]

    @property
    def key(self) -> str:
        """The same for the same three contents: what was resolved once is resolved wherever that comes again."""
        return hashlib.sha1("\n".join((self.path, *self.sides)).encode("utf-8", "surrogateescape")).hexdigest()


class Replay:
    """Makes commits on others. `resolved` says of a file that does not merge what it is to be: mode and blob, "" for
    gone, None where that is not known. `final` is the tree the last commit is to have, where that is known
    beforehand: a file that no later commit touches is as it is there.
    """

    def __init__(
        self,
        repository: GitRepository,
        git: GitCommands,
        resolved: Callable[[Unmerged], str | None] = lambda one: None,
        final: str = "",
        drops_empty: bool = False,
    ) -> None:
        self.repository = repository
        self.git = git
        self.resolved = resolved
        self.final = final
        self.drops_empty = drops_empty
        self.files: list[Unmerged] = []
        self.dropped: list[str] = []

    def __call__(self, onto: str, picks: Sequence[Pick]) -> str:
        """Makes the commits on top of `onto` and returns the last; ConflictError where one does not apply.

        A commit that comes out as it was keeps its hash; with `drops_empty` one that changes nothing any more is left
        out.
        """
        parent = onto
        for number, pick in enumerate(picks):
            parent = self._make(parent, pick, picks[number + 1 :])
        return parent

    def _make(self, parent: str, pick: Pick, later: Sequence[Pick]) -> str:
        raw = self.repository.raw
        first = _commit(raw, pick.commits[0])
        below = tree = str(_commit(raw, parent).tree_id)
        changes = False
        for name in pick.commits:
            one = _commit(raw, name)
            before = str(_commit(raw, str(one.parent_ids[0])).tree_id)
            changes = changes or before != str(one.tree_id)
            tree = self._applied(tree, before, str(one.tree_id), one.message.split("\n", 1)[0], later)
        if pick.extra:
            tree = self._applied(tree, *pick.extra, first.message.split("\n", 1)[0], later)
        if self.drops_empty and changes and tree == below:
            self.dropped.append(pick.commits[0])
            return parent
        old = str(first.parent_ids[0])
        if len(pick.commits) == 1 and old == parent and tree == str(first.tree_id) and pick.message is None:
            return pick.commits[0]
        return commit_like(self.repository, pick.commits[0], tree, parent, pick.message)

    def _applied(self, onto: str, old: str, new: str, title: str, later: Sequence[Pick]) -> str:
        """The tree `onto` with what changed from `old` to `new`, merged by git: it fetches what is missing here."""
        if onto == old:
            return new
        base = _stand_in(self.repository, old)
        ours, theirs = _stand_in(self.repository, onto, base), _stand_in(self.repository, new, base)
        settings = ("-c", "merge.directoryRenames=false", "-c", "merge.renames=true")
        words = ("merge-tree", "--write-tree", "--no-messages", "-z", ours, theirs)
        done = self.git.run(*settings, *words, check=False, timeout=600)
        if done.code not in (0, 1):
            raise self.repository.unfetched(done)
        tree, *rows = os.fsdecode(done.out).split("\0")
        if done.code == 0:
            return tree
        found = _unmerged(rows, title)
        self.files += found
        wanted = {one: self._answer(one, later) for one in found}
        if left := [one for one, answer in wanted.items() if answer is None]:
            names = sorted({one.path for one in left})
            raise ConflictError(
                f"{left[0].title!r} does not apply there: {', '.join(names[:3])} would conflict.",
                "Nothing was changed. The terminal UI resolves it file by file; `git rebase -i` does by hand.",
                self.files,
                left,
            )
        return tree_with(self.git, tree, {one.path: answer or "" for one, answer in wanted.items()})

    def _answer(self, one: Unmerged, later: Sequence[Pick]) -> str | None:
        answer = self.resolved(one)
        if answer is not None or not self.final:
            return answer
        paths = {path for pick in later for name in pick.commits for path in self.repository.paths_of(name)}
        if one.path in paths:
            return None
        return entries_of(self.git, self.final, [one.path]).get(one.path, "")


def commit_like(repository: GitRepository, commit: str, tree: str, parent: str, message: str | None = None) -> str:
    """A commit with another's author, date and (by default) message, byte for byte, of another tree and parent."""
    old = str(_commit(repository.raw, commit).parent_ids[0])
    made = _rewritten(repository.raw.read(commit)[1], {old: parent}, message, repository.signature())
    rest = made.partition(b"\n")[2]
    return str(repository.raw.write(ObjectType.COMMIT, b"tree " + tree.encode() + b"\n" + rest))


def _unmerged(rows: Sequence[str], title: str) -> list[Unmerged]:
    """What `git merge-tree -z` says does not merge: mode, blob, stage and, behind a tab, the path."""
    sides: dict[str, list[str]] = {}
    for row in filter(None, rows):
        what, _, path = row.partition("\t")
        mode, blob, stage = what.split(" ")
        sides.setdefault(path, ["", "", ""])[int(stage) - 1] = f"{mode} {blob}"
    return [Unmerged(path, title, (before, here, there)) for path, (before, here, there) in sides.items()]


def _commit(raw: pygit2.Repository, name: str) -> pygit2.Commit:
    return raw[name].peel(pygit2.Commit)


def _stand_in(repository: GitRepository, tree: str, *parents: str) -> str:
    """A commit of a tree that no ref names: git merges commits, and finds between them the tree both come from."""
    rows = [f"tree {tree}", *(f"parent {one}" for one in parents), "author x <x> 0 +0000", "committer x <x> 0 +0000"]
    return str(repository.raw.write(ObjectType.COMMIT, ("\n".join(rows) + "\n\nx\n").encode()))
