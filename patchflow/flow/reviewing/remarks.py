"""Decides what became of one's own remarks on an earlier revision: settled, ignored, open, or gone with their
patch."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from patchflow.domain.comment import Comment, CommentState
from patchflow.values import dataclass

_TEXTS = ("COMMIT_MSG", "cover", "")


class Fate(StrEnum):
    """What the newest revision made of a remark."""

    SETTLED = "settled"
    IGNORED = "ignored"
    OPEN = "open"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark of one's own on an earlier revision, its fate, and why."""

    comment: Comment
    fate: Fate
    why: str


def own_remarks(
    comments: Iterable[Comment], mine: Collection[str], titles: Collection[str], paths: Collection[str]
) -> list[Remark]:
    """The fates of the remarks of these addresses (in lower case) on revisions that a newer one replaces.

    `titles` (in lower case) and `paths` are those of the newest revision's patches.
    """
    own = [one for one in comments if one.author.email.lower() in mine and one.later is not None]
    return [_fate(one, titles, paths) for one in own]


def _fate(one: Comment, titles: Collection[str], paths: Collection[str]) -> Remark:
    later = one.later
    assert later is not None
    answered = one.state is not CommentState.OPEN or any(said.by_author and said.counts for said in one.exchange)
    if one.file not in _TEXTS and one.file not in paths and one.patch_subject.lower() not in titles:
        return Remark(one, Fate.GONE, "the patch it is about was dropped")
    if later.gone:
        return Remark(one, Fate.SETTLED, "its line was changed")
    if answered and not one.asked_again:
        return Remark(one, Fate.SETTLED, "the author answered")
    if later.gone is None:
        about = {"": "it is about the patch as a whole", "cover": "it is about the cover letter"}
        why = about.get(one.file, "whether its line was changed cannot be told")
        return Remark(one, Fate.OPEN, f"{why}, and nobody answered")
    place = f"{later.file}:{later.line}" if later.line else later.file
    return Remark(one, Fate.IGNORED, f"its line is still there ({place})")
