"""Reads what a section of MAINTAINERS says of its trees and its Patchwork; grammar: MAINTAINERS' own introduction."""

from __future__ import annotations

import re

from patchflow import lazy_re
from patchflow.named_tuple import NamedTuple

_SCM = ("git", "quilt", "hg", "topgit")
_URL = lazy_re.compile(r"^(?:[a-z+]+://|git@)\S+$")
_MAINLINE = ("torvalds/linux", "next/linux-next", "stable/linux")


class SourceTree(NamedTuple):
    """A T: field: the tool ("git", "quilt", …), the URL, and the branch where one is written ("" else)."""

    scm: str
    url: str
    branch: str

    @property
    def name(self) -> str:
        """What the tree is called by: the last word of its URL that says something (`net-next`, `mst/vhost`)."""
        return tree_name(self.url)


def parse_tree(value: str) -> SourceTree | None:
    """A T: field; None where it names no URL. The tool may be left out, a branch may follow the URL."""
    words = value.split()
    scm = words.pop(0) if words and words[0] in _SCM else "git"
    if not words or not _URL.match(words[0]):
        return None
    branch = words[1] if len(words) > 1 else ""
    return SourceTree(scm, words[0].rstrip("/"), branch.strip("()"))


def tree_key(url: str) -> str:
    """What two URLs of one tree share: host and path without scheme, user, `.git` and the hosts' two ways in."""
    bare = re.sub(r"^[a-z+]+://", "", url.strip()).rstrip("/").removesuffix(".git").lower()
    bare = bare.partition("@")[2] or bare
    host, _, path = bare.replace(":", "/", 1).partition("/") if ":" in bare.split("/")[0] else bare.partition("/")
    if host in ("git.kernel.org", "gitolite.kernel.org", "kernel.googlesource.com", "ra.kernel.org"):
        host, path = "git.kernel.org", path.removeprefix("pub/scm/")
    return f"{host}/{path}"


def is_mainline(url: str) -> bool:
    """Whether a URL is Linus', linux-next's or the stable trees': what everybody's work stands on."""
    return tree_key(url).endswith(_MAINLINE)


def tree_name(url: str) -> str:
    """The last word of a URL that says which tree it is: `net-next`; `xfs-linux`; `mkp/scsi` gives `scsi`."""
    parts = tree_key(url).split("/")
    last = parts[-1]
    if last == "kernel" and len(parts) > 2:
        return "-".join(parts[1:-1])  # gitlab.freedesktop.org/drm/misc/kernel
    if last in ("linux", "linux-2.6", "repo") and len(parts) > 2:
        return f"{parts[-2]}/{last}"
    return last


def next_of(trees: list[SourceTree], fix: bool) -> SourceTree | None:
    """Of a section's trees the one that takes fixes, or new work: X and X-next where both are there, else the first.

    A branch of fixes (`fixes`, `for-linus`) is told apart from the other branch of one tree in the same way.
    """
    if not trees:
        return None
    ready = [tree for tree in trees if _is_next(tree)]
    fixes = [tree for tree in trees if not _is_next(tree)]
    if ready and fixes:
        return fixes[0] if fix else ready[0]
    marked = [tree for tree in trees if re.search(r"fixes|for-linus|urgent", tree.branch)]
    others = [tree for tree in trees if tree not in marked]
    if marked and others:
        return marked[0] if fix else others[0]
    return trees[0]


def _is_next(tree: SourceTree) -> bool:
    return bool(re.search(r"(?:^|[-_/])next$", tree.name) or re.search(r"next", tree.branch))


def parse_patchwork(value: str) -> tuple[str, str] | None:
    """A Q: field that is a Patchwork: its server and its project; None for every other tracker."""
    match = re.match(r"^(https?://[^/\s]+(?:/[^/\s]+)*?)/(?:project|projects)/([\w.-]+)(?:/|$)", value.strip())
    return (match[1], match[2]) if match else None


def lore_archive(list_address: str) -> str:
    """Where lore keeps a list, by the names that its documentation gives: the local part of the address."""
    local = list_address.partition("@")[0].lower()
    return f"https://lore.kernel.org/{_LORE.get(local, local)}/"


# lore's name where it is not the list's own (https://lore.kernel.org/).
_LORE = {"linux-kernel": "lkml", "devicetree": "linux-devicetree"}
