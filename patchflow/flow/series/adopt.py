"""What is known of a branch from before patchflow: b4's settings, git-publish, mails sent by hand."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from patchflow.adapters.git.git_publish import published
from patchflow.errors import PatchflowError
from patchflow.flow.review.mail import ours
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.series.b4 import usual_prefixes, usual_presubject
from patchflow.flow.series.dependencies import patch_ids_of
from patchflow.flow.series.earlier_revisions import Tagged, as_patches, posted, revisions_of
from patchflow.flow.series.prepare import Earlier, default_base, followed
from patchflow.formats.mail.series import postings_of
from patchflow.formats.patch.subject import is_release, parse_subject

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from patchflow.adapters.git.git_publish import Published
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Revision, Series
    from patchflow.flow.clone import Clone
    from patchflow.formats.mail.series import Posting
    from patchflow.formats.patch.subject import Subject


def known_of(here: Clone, branch: str, facts: Profile, base_ref: str, profile: str) -> tuple[str, Earlier]:
    """The base of a branch and what is known of it; nothing beyond b4's settings where it is b4's or unknown."""
    prefixes, presubject = usual_prefixes(here), usual_presubject(here)
    if not here.repository.has_branch(branch) or here.store.b4_state(branch):
        return base_ref, Earlier(prefixes=prefixes, presubject=presubject)
    told = published(here.repository, branch, profile)
    base_ref = base_ref or here.store.setting(branch, "base") or (told.base if told else "")
    repository = here.repository
    tip = repository.resolve(f"refs/heads/{branch}")
    named = base_ref or followed(repository, branch) or default_base(repository, facts)
    base = repository.merge_base(repository.resolve(named), tip) or tip
    sent = here.store.revisions(change_id) if (change_id := here.store.setting(branch, "change-id")) else []
    base = here.store.fork_point(named, base, tip, sent)
    now = [repository.patch(commit) for commit in repository.commits_between(base, tip, f"{named} and {branch}")]
    return base_ref, Earlier(
        tuple(_revisions(here, base, tip, now, told)), told.cover if told else None, told.people if told else (),
        (told.prefixes if told else ()) or prefixes, presubject, _left_behind(here, branch, tip, now),
    )  # fmt: skip


def _left_behind(here: Clone, branch: str, tip: str, now: Sequence[Patch]) -> str:
    """The change-id under which patches of this branch were sent from here, where its settings went since, as with `git
    branch -D` before it was brought back; "" where there is none.

    Others' titles count where the branch stands on what was sent: a backport is a series of its own.
    """
    names = here.store.names()
    if branch in names:
        return ""
    used = {here.store.setting(name, "change-id") for name in names}
    ids = {ref.split("/")[2] for ref in here.repository.refs("refs/patchflow/")} - used
    found: list[tuple[int, datetime, str]] = []
    for change_id in ids:
        with suppress(PatchflowError):  # a damaged record; `doctor` tells of it
            for last in here.store.revisions(change_id)[-1:]:
                sent = {parse_subject(one.subject).title: one.commit for one in last.messages if one.part}
                same = sum(patch.commit in sent.values() for patch in now)
                if here.repository.try_resolve(last.base) and here.repository.is_ancestor(last.base, tip):
                    alike = sum(patch.subject in sent for patch in now)
                    same = max(same, alike if 2 * alike > min(len(sent), len(now)) else 0)
                if same:
                    found.append((same, last.date, change_id))
    return max(found)[2] if found else ""


def _revisions(here: Clone, base: str, tip: str, now: list[Patch], told: Published | None) -> list[Revision]:
    """The revisions that were sent, from git-publish's tags and the mail taken in."""
    repository = here.repository

    def between(tip: str) -> list[Patch]:
        return [repository.patch(commit) for commit in repository.commits_between(base_of(tip), tip)]

    def base_of(tip: str) -> str:
        return repository.merge_base(base, tip) or base

    tags = [
        Tagged(tag.number, tag.tip, base_of(tag.tip), tag.message, tag.date, tuple(between(tag.tip)))
        for tag in (told.tags if told else ())
    ]
    titles = [patch.subject for patch in now] + [p.subject for tag in tags for p in tag.patches]
    postings = _postings(here, titles)
    diffs = {
        patch.commit: patch
        for patch in (
            *now,
            *(p for tag in tags for p in tag.patches),
            *(p for one in postings.values() for p in as_patches(one)),
        )
    }
    return revisions_of(postings, tags, now, base, tip, patch_ids_of(here, list(diffs.values())))


def _postings(here: Clone, titles: Sequence[str]) -> dict[int, Posting]:
    """Our postings of these patches in the mail taken in."""
    store = ready_store(here)
    if not store.exists:
        return {}
    me = here.repository.identity()
    messages = {m.id: m for m in (*store.threads_titled(titles), *store.threads_by([me.email]))}
    return posted(postings_of(messages.values()), me, titles)


def posted_elsewhere(
    here: Clone, series: Series, number: int, subject: Subject, lists: Collection[str]
) -> Posting | None:
    """The newest posting of the series that bears this number or a later one, and that nothing here recorded: sent by
    hand, or on another machine. `subject` is the one that its first mail would have.

    One that went to none of these `lists` (addresses in lower case) was a trial, and a backport is a series of its own.
    """
    store = ready_store(here)
    titles = [patch.subject for patch in series.patches]
    postings = postings_of(store.threads_titled(titles)) if store.exists else []
    recorded = ours(here).patches if postings else frozenset()
    wanted = [
        one
        for one in postings
        if one.revision >= number
        and (one.rfc == subject.rfc or one.revision > 1)  # a first RFC, and v1 after it, are common
        and recorded.isdisjoint(one.ids)
        and (one.tree == subject.tree or not (is_release(one.tree) or is_release(subject.tree)))
        and any(who.key in lists for who in (*one.first.to, *one.first.cc))
    ]
    found = posted(wanted, here.repository.identity(), titles)
    return found[max(found)] if found else None
