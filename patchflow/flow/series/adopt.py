"""What is known of a branch from before patchflow: b4's settings, git-publish, mails sent by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.adapters.git.git_publish import published
from patchflow.flow.review.mail import ours
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.series.b4 import usual_prefixes, usual_presubject
from patchflow.flow.series.dependencies import patch_ids_of
from patchflow.flow.series.earlier_revisions import Tagged, as_patches, posted, revisions_of
from patchflow.flow.series.prepare import Earlier, default_base, followed
from patchflow.formats.mail.series import postings_of
from patchflow.formats.patch.subject import is_release

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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
    revisions = _revisions(here, branch, facts, base_ref, told)
    return base_ref, Earlier(
        tuple(revisions), told.cover if told else None, told.people if told else (),
        (told.prefixes if told else ()) or prefixes, presubject,
    )  # fmt: skip


def _revisions(here: Clone, branch: str, facts: Profile, base_ref: str, told: Published | None) -> list[Revision]:
    """The revisions that were sent, from git-publish's tags and the mail taken in."""
    repository = here.repository
    tip = repository.resolve(f"refs/heads/{branch}")
    base_ref = base_ref or followed(repository, branch) or default_base(repository, facts)
    base = repository.merge_base(repository.resolve(base_ref), tip) or tip

    def between(tip: str) -> list[Patch]:
        return [repository.patch(commit) for commit in repository.commits_between(base_of(tip), tip)]

    def base_of(tip: str) -> str:
        return repository.merge_base(base, tip) or base

    now = [repository.patch(commit) for commit in repository.commits_between(base, tip, f"{base_ref} and {branch}")]
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
        and one.rfc == subject.rfc
        and recorded.isdisjoint(one.ids)
        and (one.tree == subject.tree or not (is_release(one.tree) or is_release(subject.tree)))
        and any(who.key in lists for who in (*one.first.to, *one.first.cc))
    ]
    found = posted(wanted, here.repository.identity(), titles)
    return found[max(found)] if found else None
