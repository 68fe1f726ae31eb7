"""Joins comments with the branch: which of them point at lines that are different by now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from patchflow.flow.clone import Clone

if TYPE_CHECKING:
    from patchflow.domain.comment import Comment
    from patchflow.domain.series import Series


def with_touched(here: Clone, series: Series, comments: Sequence[Comment]) -> list[Comment]:
    """The comments, the open ones with `touched` where what they are about was changed since it was sent.

    That is an offer: only the user says that a comment is addressed.
    """
    sent = {m.message_id: m.commit for revision in series.revisions for m in revision.posted}
    now = {patch.subject: patch.commit for patch in series.patches}
    found: list[Comment] = []
    for comment in comments:
        old = sent.get(comment.patch, "")
        changed = False
        if comment.state == "open" and comment.file and here.repository.try_resolve(old or series.tip):
            changed = _is_touched(here, series, comment, old, now)
        found.append(comment._replace(touched=True) if changed else comment)
    return found


def _is_touched(here: Clone, series: Series, comment: Comment, old: str, now: dict[str, str]) -> bool:
    quoted = next((line.lstrip("+- ").strip() for line in reversed(comment.quote) if line.strip()), "")
    if comment.file == "cover":
        then = next((r.cover for r in series.revisions if any(m.message_id == comment.patch for m in r.messages)), "")
        text = f"{series.cover.subject}\n{series.cover.body}" if series.cover else ""
        return bool(quoted) and quoted in then and quoted not in text
    if not old:
        return False
    repository = here.repository
    new = now.get(repository.subject(old) or "", series.tip)
    if new == old:
        return False
    if comment.file == "COMMIT_MSG":
        return bool(quoted) and quoted not in repository.patch(new, with_diff=False).message
    if comment.side == "old":
        removed = [text for hunk in _hunks(here, new, comment.file) for text in hunk if text[:1] == "-"]
        return all(text[1:].strip() != quoted for text in removed)
    return any(first <= comment.line <= last for first, last in repository.changed_lines(old, new, comment.file))


def _hunks(here: Clone, commit: str, path: str) -> list[tuple[str, ...]]:
    return [hunk.lines for file in here.repository.patch(commit).files if file.path == path for hunk in file.hunks]
