"""Marks comments; of those that were addressed the changelog of a revision that is open already tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from patchflow.adapters.git.underway import underway, work_trees
from patchflow.domain.comment import Comment, CommentState
from patchflow.domain.series import Cover, Series
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import mark_comments
from patchflow.flow.series.respin import with_addressed
from patchflow.flow.templates import changelog_form


def mark(
    here: Clone, marks: Mapping[str, tuple[str, str]], seen: Mapping[str, Sequence[str]], comments: Sequence[Comment]
) -> None:
    """Keeps states and reasons of comments, and the changelog that tells of them, in one undoable step."""
    done = [
        one._replace(state=CommentState.ADDRESSED, reason=marks[one.id][1])
        for one in comments
        if one.id in marks and marks[one.id][0] == CommentState.ADDRESSED
    ]
    mark_comments(here, marks, seen, lambda: _covers(here, done) if done else ())


def _covers(here: Clone, done: Sequence[Comment]) -> list[tuple[Series, Cover]]:
    """The series that have such a revision, each with its new cover letter. One that git is at work on is left alone:
    b4 keeps a cover in a commit."""
    found: list[tuple[Series, Cover]] = []
    for name in here.store.shown():
        with suppress(PatchflowError):  # `status` tells what is wrong with a series
            series = here.store.load(name, with_diffs=False)
            sent = {message.message_id for revision in series.revisions for message in revision.posted}
            own = [one for one in done if one.patch in sent]
            at_work = any(at == name and underway(git_dir) for git_dir, at in work_trees(here.repository.common))
            if own and not at_work:
                form = changelog_form(here, here.profile_of(series))
                if cover := with_addressed(series, own, form):
                    found.append((series, cover))
    return found
