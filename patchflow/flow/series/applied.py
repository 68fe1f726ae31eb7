"""Joins the mail and the fetched tree for one question: was a series applied?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_cached
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review.patchwork import known_states
from patchflow.flow.series.applied_notices import applied_by_notice, applied_in_tree
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.get_maintainer.answer import primary_role
from patchflow.formats.patch.subject import parse_subject

if TYPE_CHECKING:
    from patchflow.domain.message import Message
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Revision, Series
    from patchflow.flow.series.applied_notices import Notice

_EVERYBODY = ("--no-git-fallback", "--no-remove-duplicates", "--git-chief-penguins")
_MOST = 3000  # commits that touch the same files since the base: beyond that the series is old news


def applied_where(here: Clone, series: Series, messages: Sequence[Message]) -> tuple[str, Notice | None]:
    """Where the last revision is known to be applied ("netdev/net-next.git (main)"; "" where nothing shows it), and
    what a notice by mail says.

    What shows it: the fetched tree, commits that a notice names and this clone has, or what Patchwork said when it was
    asked. What was shown once stays (a tree may be rebased, patches amended) until somebody who may says that it was
    dropped: then the tree as it is now has the last word.
    """
    last = series.last
    if last is None:
        return "", None
    kept = here.repository.state.series(series.change_id).applied
    known = _kept(kept, last)
    facts = here.profile_of(series)
    takers = cache(lambda: _takers(here, last, facts))  # asked for where a mail has the words, and once
    notice = applied_by_notice(last, messages, bots(), lambda who: who.key in takers())
    dropped = notice is not None and notice.dropped
    if known[:1] == ["yes"] and not dropped:
        return known[1], None
    name = f"{facts.tree.name}/{facts.tree.branch}"
    tip = (here.repository.try_resolve(f"refs/remotes/{name}") if facts.tree.name else None) or ""
    where = ""
    if tip and known[:2] != ["no", tip] and _looked_up(here, last, tip):
        where = notice.where if notice and not dropped else name
    elif notice and not dropped and not notice.parts and _shown_elsewhere(here, series, last, notice):
        where = notice.where
    if where or (known[:2] != ["no", tip] and (tip or known)):
        with here.store.ledger.lock():  # what somebody else was shown meanwhile stays
            latest = _kept(kept, last)
            if latest[:1] == ["yes"] and latest != known:
                return latest[1], None
            write_atomic(kept, json.dumps([last.root, *(["yes", where] if where else ["no", tip])]).encode())
    return where, notice


def _shown_elsewhere(here: Clone, series: Series, last: Revision, notice: Notice) -> bool:
    """Whether commits that this clone has, or Patchwork, bear a notice out."""
    return _named(here, series, last, notice) or _accepted(here, series, last)


def _kept(path: Path, last: Revision) -> list[str]:
    """What is kept of this revision: yes and where, or no and the tip that was looked at."""
    root, *known = read_cached(path, lambda content: [str(one) for one in json.loads(content)] or None) or [""]
    return known if root == last.root and len(known) == 2 else []


def _takers(here: Clone, last: Revision, facts: Profile) -> set[str]:
    """Whose word counts (keys of addresses): whom MAINTAINERS names as a maintainer of what the revision changes, with
    any address of a person who has two there, those of an entry of MAINTAINERS that it changes, and in the kernel Linus
    Torvalds, whom get_maintainer.pl leaves out; and whom the profile names as takers."""
    from patchflow.flow.recipients.for_series import directory_of, read_address
    from patchflow.flow.recipients.policy import changed_entries
    from patchflow.formats.patch.compose import render

    repository = here.repository
    commits = [one.commit for one in last.messages if one.commit and repository.try_resolve(one.commit)]
    try:
        words = _EVERYBODY if facts.project == "kernel" else _EVERYBODY[:2]
        directory = directory_of(str(repository.folder), words=words)
        patches = [repository.patch(one) for one in commits]
        rows = directory.for_patches([render(one) for one in patches]).rows
        roles = (*facts.to_roles, "chief penguin")
        named = {read_address(row.email).key for row in rows if primary_role(row.role) in roles}
        entries = [entry for one in patches for entry in changed_entries(one, directory)]
        named |= {read_address(text).key for entry in entries for text in entry.maintainers()}
        if facts.takers and (matcher := here.subsystems.matcher):
            sections = [one for one in matcher.index.all_sections() if one.name in facts.takers]
            named |= {read_address(text).key for one in sections for text in one.maintainers()}
    except PatchflowError:
        return set()
    return named


def _accepted(here: Clone, series: Series, last: Revision) -> bool:
    """Whether Patchwork said, when it was asked, that every patch was accepted."""
    said = {one.message_id: one.state for one in known_states(here, series)}
    patches = [one.message_id for one in last.messages if one.part]
    return bool(patches) and all(said.get(one) in ("accepted", "mainlined") for one in patches)


def _named(here: Clone, series: Series, last: Revision, notice: Notice) -> bool:
    """Whether the commits that a notice names are the patches, committed by somebody: not the branch's own."""
    own = {*(one.commit for one in last.messages), *(patch.commit for patch in series.patches)}
    found = [here.repository.try_resolve(one) for one in notice.commits]
    commits = [one for one in found if one and one not in own]
    # A mail may name any commit, the root of all files, too: their diffs are read where a title is one of ours.
    named = [(one, here.repository.patch(one, with_diff=False).message) for one in commits]
    return bool(commits) and _are_patches(here, last, named)


def _looked_up(here: Clone, last: Revision, tip: str) -> bool:
    """Looks the patches up in a tree's new commits."""
    return _are_patches(here, last, commits_since(here, last, tip))


def commits_since(here: Clone, last: Revision, tip: str) -> list[tuple[str, str]]:
    """The commits (hash, message) that a tree has since a revision's base that touch its files, the newest first."""
    repository = here.repository
    sent = [message for message in last.messages if message.commit and repository.try_resolve(message.commit)]
    paths = sorted({path for message in sent for path in repository.patch(message.commit).paths})
    base = repository.merge_base(last.base, tip) if repository.try_resolve(last.base) else None
    if not paths or base is None:
        return []
    rows = here.git.run("log", f"-n{_MOST}", "--format=%H%x00%B%x01", f"{base}..{tip}", "--", *paths).text
    found = [row.strip("\n").partition("\0") for row in rows.split("\x01") if "\0" in row]
    return [(commit, text) for commit, _, text in found]


def _are_patches(here: Clone, last: Revision, commits: Sequence[tuple[str, str]]) -> bool:
    """Whether the patches of a revision are among these commits (hash, message)."""
    titles = {parse_subject(message.subject).title for message in last.messages}
    same = [here.repository.patch(commit) for commit, text in commits if text.split("\n", 1)[0] in titles]
    ids = here.git.patch_ids(same)
    return applied_in_tree(
        last,
        [(commit, text, ids.get(commit, "")) for commit, text in commits],
        {message.message_id: message.patch_id for message in last.messages if message.patch_id},
    )
