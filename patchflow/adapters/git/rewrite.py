"""Commits written anew in another order or shape, in the object store alone: no file of the work tree is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from patchflow.adapters.git.libgit2 import ObjectType, pygit2
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.git.store import _rewritten
from patchflow.adapters.process import run
from patchflow.errors import PatchflowError


@dataclass(frozen=True, slots=True)
class Pick:
    """One commit to make: of one commit, or of several squashed into one; the first gives author and date.

    `message` replaces its message; `extra` is a pair of trees whose difference goes into it as well.
    """

    commits: tuple[str, ...]
    message: str | None = None
    extra: tuple[str, str] | None = None


def replay(repository: GitRepository, onto: str, picks: Sequence[Pick]) -> str:
    """Makes the commits on top of `onto` and returns the last; PatchflowError where one does not apply.

    A commit that comes out as it was keeps its hash.
    """
    parent = onto
    for pick in picks:
        parent = _make(repository, parent, pick)
    return parent


def _make(repository: GitRepository, parent: str, pick: Pick) -> str:
    raw = repository.raw
    first = _commit(raw, pick.commits[0])
    tree = str(_commit(raw, parent).tree_id)
    for name in pick.commits:
        one = _commit(raw, name)
        before = str(_commit(raw, str(one.parent_ids[0])).tree_id)
        tree = _applied(repository, tree, before, str(one.tree_id), one.message.split("\n", 1)[0])
    if pick.extra:
        tree = _applied(repository, tree, *pick.extra, first.message.split("\n", 1)[0])
    old = str(first.parent_ids[0])
    if len(pick.commits) == 1 and old == parent and tree == str(first.tree_id) and pick.message is None:
        return pick.commits[0]
    _, content = raw.read(pick.commits[0])
    made = _rewritten(content, {old: parent}, pick.message, repository.signature())
    _, _, rest = made.partition(b"\n")
    return str(raw.write(ObjectType.COMMIT, b"tree " + tree.encode() + b"\n" + rest))


def _commit(raw: pygit2.Repository, name: str) -> pygit2.Commit:
    return raw[name].peel(pygit2.Commit)


def _applied(repository: GitRepository, onto: str, old: str, new: str, title: str) -> str:
    """The tree `onto` with what changed from `old` to `new`, merged by git: it fetches what a partial clone lacks."""
    if onto == old:
        return new
    base = _stand_in(repository, old)
    ours, theirs = _stand_in(repository, onto, base), _stand_in(repository, new, base)
    words = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs]
    settings = ("-c", "merge.directoryRenames=false", "-c", "merge.renames=true")
    done = run(["git", "-C", str(repository.folder), *settings, *words], check=False, timeout=600)
    tree, *paths = done.text.split("\0")
    if done.code == 1:
        raise PatchflowError(
            f"{title!r} does not apply there: {', '.join(sorted({*paths} - {''})[:3])} would conflict.",
            "Nothing was changed. `git rebase -i` lets you resolve it by hand.",
        )
    if done.code:
        raise repository.unfetched(done)
    return tree


def _stand_in(repository: GitRepository, tree: str, *parents: str) -> str:
    """A commit of a tree that no ref names: git merges commits, and finds between them the tree both come from."""
    rows = [f"tree {tree}", *(f"parent {one}" for one in parents), "author x <x> 0 +0000", "committer x <x> 0 +0000"]
    return str(repository.raw.write(ObjectType.COMMIT, ("\n".join(rows) + "\n\nx\n").encode()))
