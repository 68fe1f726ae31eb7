"""Commits written anew in another order or shape, in the object store alone: no file of the work tree is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pygit2
from pygit2.enums import FileMode, ObjectType

from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.git.store import _rewritten
from patchflow.errors import PatchflowError


@dataclass(frozen=True, slots=True)
class Pick:
    """One commit to make: of one commit, or of several melted into one; the first gives author and date.

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
    tree = _commit(raw, parent).tree_id
    for name in pick.commits:
        one = _commit(raw, name)
        tree = _applied(raw, tree, one.parents[0].tree_id, one.tree_id, one.message.split("\n", 1)[0])
    if pick.extra:
        title = first.message.split("\n", 1)[0]
        tree = _applied(raw, tree, pygit2.Oid(hex=pick.extra[0]), pygit2.Oid(hex=pick.extra[1]), title)
    old = str(first.parent_ids[0])
    if len(pick.commits) == 1 and old == parent and tree == first.tree_id and pick.message is None:
        return pick.commits[0]
    _, content = raw.read(pick.commits[0])
    made = _rewritten(content, {old: parent}, pick.message, repository.signature())
    _, _, rest = made.partition(b"\n")
    return str(raw.write(ObjectType.COMMIT, b"tree " + str(tree).encode() + b"\n" + rest))


def _commit(raw: pygit2.Repository, name: str) -> pygit2.Commit:
    return raw[name].peel(pygit2.Commit)


def _applied(raw: pygit2.Repository, onto: pygit2.Oid, old: pygit2.Oid, new: pygit2.Oid, title: str) -> pygit2.Oid:
    """The tree `onto` with what changed from `old` to `new`."""
    if onto == old:
        return new
    index = raw.merge_trees(str(old), str(onto), str(new))
    if index.conflicts is not None:
        paths = sorted({side.path for row in index.conflicts for side in row if side is not None})
        raise PatchflowError(
            f"{title!r} does not apply there: {', '.join(paths[:3])} would conflict.",
            "Nothing was changed. `git rebase -i` lets you resolve it by hand.",
        )
    # The merged index stands for every file of the tree; only what differs is written.
    return _written(raw, onto, index)


def _written(raw: pygit2.Repository, onto: pygit2.Oid, index: pygit2.Index) -> pygit2.Oid:
    base = raw[onto].peel(pygit2.Tree)
    diff = base.diff_to_index(index)
    changes: dict[str, tuple[pygit2.Oid, FileMode] | None] = {}
    for delta in diff.deltas:
        changes[delta.old_file.path] = None
    for delta in diff.deltas:
        if delta.status_char() != "D":
            row = index[delta.new_file.path]
            changes[delta.new_file.path] = (row.id, row.mode)
    return _put(raw, base, changes)


def _put(
    raw: pygit2.Repository, tree: pygit2.Tree | None, changes: dict[str, tuple[pygit2.Oid, FileMode] | None]
) -> pygit2.Oid:
    """A tree with these files put in or (None) taken out; folders that become empty go."""
    builder = raw.TreeBuilder(tree) if tree is not None else raw.TreeBuilder()
    below: dict[str, dict[str, tuple[pygit2.Oid, FileMode] | None]] = {}
    for path, change in changes.items():
        head, slash, rest = path.partition("/")
        if slash:
            below.setdefault(head, {})[rest] = change
        elif change is None:
            if tree is not None and head in tree:
                builder.remove(head)
        else:
            builder.insert(head, change[0], change[1])
    for head, inner in below.items():
        have = tree[head] if tree is not None and head in tree else None
        made = _put(raw, have if isinstance(have, pygit2.Tree) else None, inner)
        if len(raw[made].peel(pygit2.Tree)):
            builder.insert(head, made, FileMode.TREE)
        elif have is not None:
            builder.remove(head)
    return builder.write()
