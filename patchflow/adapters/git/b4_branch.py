"""b4's settings of a tree, and the revisions that b4 itself sent, read from its history and its tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow.adapters.process import run
from patchflow.domain.series import Cover, Revision, SentMessage
from patchflow.formats.patch import b4

if TYPE_CHECKING:
    from patchflow.adapters.git.commands import GitCommands
    from patchflow.adapters.git.repository import GitRepository
    from patchflow.domain.patch import Patch

# What a tree's .b4-config may say to patchflow: whom and which words. Its keys that name commands are not read.
_FROM_TREE = ("send-series-to", "send-series-cc", "send-prefixes", "send-presubject")


def setting(repository: GitRepository, key: str) -> tuple[str, str]:
    """A setting of b4's and where it stands: git config (b4.*) first, then the tree's .b4-config; else "", ""."""
    value = repository.config(f"b4.{key}")
    if value is not None:
        return value, "git config"
    path = repository.folder / ".b4-config"
    if key not in _FROM_TREE or not path.is_file():
        return "", ""
    done = run(["git", "config", "--file", str(path), "--no-includes", "--get", f"b4.{key}"], check=False, timeout=20)
    return (done.text.strip(), ".b4-config") if done.code == 0 else ("", "")


def sent_by_b4(
    repository: GitRepository, commands: GitCommands, tracking: b4.Tracking, have: Sequence[Revision]
) -> list[Revision]:
    """The revisions of b4's history that patchflow has no record of, oldest first."""
    known = {revision.number for revision in have}
    found: list[Revision] = []
    for key, roots in tracking.history.items():
        match = re.fullmatch(r"v(\d+)", key)
        if match and roots and int(match[1]) not in known:
            found.append(_revision(repository, commands, tracking, int(match[1]), roots[-1]))
    return sorted(found, key=lambda revision: revision.number)


def _revision(
    repository: GitRepository, commands: GitCommands, tracking: b4.Tracking, number: int, root: str
) -> Revision:
    """One revision: its patches from the tag where there is one, its date from the tag or the Message-ID."""
    name = f"sent/{tracking.change_id}-v{number}"
    prefix = " ".join(["PATCH", *tracking.prefixes])
    tag = repository.tag(name)
    base = re.search(r"(?m)^base-commit: ([0-9a-f]{40})$", tag[1]) if tag else None
    if tag is None or base is None or repository.try_resolve(base[1]) is None:
        only = SentMessage(0, root, f"[{prefix} v{number}]")
        return Revision(number, _date_in(root), "", "", prefix, (only,))
    tip, text, when = tag
    patches = [repository.patch(commit) for commit in repository.commits_between(base[1], tip)]
    ids = b4.message_ids(root, len(patches))
    cover = text.partition("\n\n")
    first = 1 if len(ids) == len(patches) else 0
    messages = tuple(_messages(ids, first, patches, prefix, number, cover[0], commands.patch_ids(patches)))
    letter = f"{cover[0]}\n\n{cover[2].rpartition(chr(10) + '---' + chr(10))[0]}"
    return Revision(number, when, base[1], tip, prefix, messages, cover=letter, start=base[1])


def _messages(
    ids: list[str], first: int, patches: list[Patch], prefix: str, number: int, subject: str, patch_ids: dict[str, str]
) -> list[SentMessage]:
    found: list[SentMessage] = []
    for part, message_id in enumerate(ids, first):
        patch = patches[part - 1] if part else None
        title = f"[{prefix} v{number} {part}/{len(patches)}] {patch.subject if patch else subject}"
        commit = patch.commit if patch else ""
        found.append(SentMessage(part, message_id, title, patch_id=patch_ids.get(commit, ""), commit=commit))
    return found


def _date_in(root: str) -> datetime:
    match = re.match(r"(\d{8})-", root)
    try:
        return datetime.strptime(match[1] if match else "", "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def as_now(repository: GitRepository, revisions: Sequence[Revision], patches: Sequence[Patch]) -> list[Revision]:
    """The revisions with their patches named by the commits of today, where those are the same patch.

    b4's cover commit is the first of the branch: each change of it gives every commit above a new hash.
    """
    now = {_same(repository, patch): patch.commit for patch in patches}
    names = {patch.commit for patch in patches}
    moved: list[Revision] = []
    for revision in revisions:
        messages = []
        for message in revision.messages:
            commit = message.commit
            if commit and commit not in names and repository.try_resolve(commit):
                commit = now.get(_same(repository, repository.patch(commit, with_diff=False)), commit)
            messages.append(replace(message, commit=commit))
        moved.append(replace(revision, messages=tuple(messages)))
    return moved


def _same(repository: GitRepository, patch: Patch) -> tuple[str, str, str, str]:
    """What two commits have in common that differ in their parents alone."""
    return repository.tree(patch.commit), patch.message, str(patch.author), str(patch.date)


def floor(cover: Cover | None, tracking: b4.Tracking, revisions: Sequence[Revision]) -> int:
    """The revision that is open. b4 counts up as soon as one was sent; to us it is open once its changelog stands."""
    sent = revisions[-1].number if revisions else 0
    if sent and tracking.revision == sent + 1 and not b4.is_open(cover, tracking.revision):
        return sent
    return tracking.revision
