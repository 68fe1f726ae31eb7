"""What newer revisions made of remarks on older ones: the line is gone, or still there and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from patchflow.domain.bot import Bot
from patchflow.domain.comment import Comment, Later
from patchflow.domain.message import Message
from patchflow.domain.ours import NOTHING, Ours
from patchflow.formats.mail.series import Posting, join_revisions, postings_of, when_posted
from patchflow.formats.patch.patch_lines import COMMIT_MSG, COVER, Part, Place, places_of_cover, places_of_patch
from patchflow.formats.patch.subject import parse_subject

_SAYS_LITTLE = 6  # characters: shorter lines (a brace, `else`) stand in many places


def with_later(
    comments: Sequence[Comment],
    messages: Iterable[Message],
    bots: Sequence[Bot] = (),
    ours: Ours = NOTHING,
) -> list[Comment]:
    """The comments, those on revisions that a newer one at hand replaces with what became of their line there.

    `ours` joins the revisions that we sent whatever they are called. Only another of our own replaces one of those:
    anybody can post a "v9" in our name. Of our own the highest number is the newest, whatever a machine's clock said.
    A preview replaces nothing, and nothing replaces it.
    """
    if not comments:
        return []
    newest: dict[str, tuple[Posting, Posting]] = {}
    postings = [one for one in postings_of(messages, bots) if ours.previews.isdisjoint(one.ids)]
    for revisions in join_revisions(postings, ours.series):
        mine = tuple(one for one in revisions if not ours.mails.isdisjoint(one.ids))
        revisions = mine or revisions
        # A single patch sent anew into the thread replaces nothing but itself.
        whole = [one for one in revisions if len(one.patches) * 2 >= one.parts] or list(revisions)
        last = max(whole, key=lambda one: (one.revision if mine else 0, when_posted(one.first), one.revision))
        for posting in revisions:
            if (posting.revision, posting.rfc) != (last.revision, last.rfc):
                newest.update(dict.fromkeys(posting.ids, (posting, last)))
    looks: dict[str, _Look] = {}
    found: list[Comment] = []
    for comment in comments:
        if pair := newest.get(comment.patch):
            look = looks.setdefault(pair[1].first.id, _Look(pair[1]))
            comment = comment._replace(later=look.of(comment, pair[0]))
        found.append(comment)
    return found


class _Look:
    """The lines of a revision, laid out when the first remark asks for them."""

    def __init__(self, posting: Posting) -> None:
        self.posting = posting
        self._places: dict[str, tuple[Place, ...]] = {}

    def of(self, comment: Comment, was: Posting) -> Later:
        """What became of the line a comment on the posting `was` is about."""
        number = self.posting.revision
        lines = [text for text in comment.quote if text.strip()]
        wanted = next((_bare(text) for text in reversed(lines[-4:]) if len(_bare(text)) >= _SAYS_LITTLE), "")
        if not comment.file or not wanted or self.posting.resend:
            return Later(number, None)
        best: tuple[int, str, Place] | None = None
        patches = self._patches(comment, was)
        for patch in patches:
            for place in self._of(patch, comment.file == COVER):
                if place.file == comment.file and place.part is not Part.TAIL and _bare(place.text) == wanted:
                    far = abs(place.line - comment.line)
                    if best is None or far < best[0]:
                        best = (far, patch.id, place)
        if best is not None:
            return Later(number, False, best[1], best[2].file, best[2].line)
        return Later(number, True if patches else None)

    def _patches(self, comment: Comment, was: Posting) -> list[Message]:
        """Where the line would be now; none where the revision at hand lacks the patch."""
        if comment.file == COVER:
            return [self.posting.cover] if self.posting.cover else []
        old = next((m for m in was.patches if m.id == comment.patch), None)
        title = parse_subject(old.subject).title.lower() if old else ""
        same = [m for m in self.posting.patches if parse_subject(m.subject).title.lower() == title]
        if comment.file == COMMIT_MSG:
            return same
        # Lines move between the patches of a series; of two that show it at the same place, the patch itself is meant.
        others = [m for m in self.posting.patches if m not in same]
        return [*same, *others] if self.posting.complete or same else []

    def _of(self, patch: Message, is_cover: bool) -> tuple[Place, ...]:
        if patch.id not in self._places:
            self._places[patch.id] = tuple((places_of_cover if is_cover else places_of_patch)(patch.body))
        return self._places[patch.id]


def _bare(text: str) -> str:
    """A line of a patch without its mark and without white space; "" for a removed one, which is in no newer file."""
    return "" if text.startswith("-") else "".join(text[1:].split()) if text[:1] in "+ " else "".join(text.split())
