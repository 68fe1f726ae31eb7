"""The revisions of a branch that were sent before patchflow knew it: out of the mail, and out of git-publish's tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.message import Message
from patchflow.domain.patch import Patch
from patchflow.domain.series import Revision, SentMessage
from patchflow.formats.mail.series import Posting, join_revisions
from patchflow.formats.patch.subject import parse_subject
from patchflow.values import dataclass

_DIFF = lazy_re.compile(r"(?m)^diff --git ")


@dataclass(frozen=True, slots=True)
class Tagged:
    """One tag of git-publish's: NAME-vN with the cover letter as its message."""

    number: int
    tip: str
    base: str
    cover: str
    date: datetime
    patches: tuple[Patch, ...]


def posted(postings: Sequence[Posting], me: Address, titles: Sequence[str]) -> dict[int, Posting]:
    """Revision -> the posting of it, of the series by this author that has most titles in common with the branch.

    None at all where no more than half of the titles agree. A revision that was sent again counts once, the last
    time it went out.
    """
    wanted = {title.lower() for title in titles}
    mine = [posting for posting in postings if posting.author.key == me.key]

    def common(chain: Sequence[Posting]) -> int:
        return max(len(posting.titles & wanted) for posting in chain)

    chain = max(join_revisions(mine), key=common, default=())
    if not chain or 2 * common(chain) <= min(len(wanted), max(len(posting.titles) for posting in chain)):
        return {}
    return {posting.revision: posting for posting in chain}


def as_patches(posting: Posting) -> list[Patch]:
    """The diffs of a posting, each under its Message-ID instead of a commit."""
    return [as_patch(message) for message in posting.patches]


def as_patch(message: Message) -> Patch:
    """The diff of a patch mail, under its Message-ID instead of a commit."""
    start = _DIFF.search(message.body)
    diff = message.body[start.start() :] if start else ""
    return Patch(message.id, message.subject, message.sender, message.date, diff, ())


def revisions_of(
    postings: Mapping[int, Posting],
    tags: Sequence[Tagged],
    now: Sequence[Patch],
    base: str,
    tip: str,
    patch_ids: Mapping[str, str],
) -> list[Revision]:
    """The sent revisions, oldest first.

    `now` are the branch's patches as they are, between `base` and `tip`; `patch_ids` maps commits and Message-IDs
    to git's stable patch ids. A tag whose mails were not found has no messages. A revision whose
    patches are just those of now has this base and tip; one that is known from mail alone, and differs, has none to
    compare with.
    """
    by_number = {tag.number: tag for tag in tags}
    found: list[Revision] = []
    for number in sorted({*postings, *by_number}):
        posting, tag = postings.get(number), by_number.get(number)
        patches = tag.patches if tag else now
        messages = _messages(posting, patches, patch_ids) if posting else []
        same = len(messages) > 0 and [m.commit for m in messages if m.part] == [p.commit for p in patches]
        subject = parse_subject(posting.first.subject) if posting else None
        date = (posting.first.date if posting else None) or (tag.date if tag else datetime.fromtimestamp(0, UTC))
        tree = f" {posting.tree}" if posting and posting.tree else ""
        revision = Revision(
            number, date, tag.base if tag else base, tag.tip if tag else tip if same else "", f"PATCH{tree}",
            tuple(messages), rfc=bool(subject and subject.rfc), resend=bool(subject and subject.resend),
            start=tag.base if tag else base, cover=tag.cover if tag else "",
        )  # fmt: skip
        if posting and posting.cover and not revision.cover:
            revision = replace(revision, cover=f"{posting.title}\n\n{posting.cover.body}")
        found.append(revision)
    return found


def _messages(posting: Posting, patches: Sequence[Patch], patch_ids: Mapping[str, str]) -> list[SentMessage]:
    by_title = {patch.subject.lower(): patch.commit for patch in patches}
    rows = [(0, posting.cover)] if posting.cover else []
    found: list[SentMessage] = []
    for part, message in [*rows, *enumerate(posting.patches, 1)]:
        commit = by_title.get(parse_subject(message.subject).title.lower(), "") if part else ""
        own = patch_ids.get(message.id, "")
        if commit and patch_ids.get(commit, "") != own:
            commit = ""  # changed since
        found.append(
            SentMessage(part, message.id, message.subject, _names(message.to), _names(message.cc), own, commit)
        )
    return found


def _names(people: Sequence[Address]) -> tuple[str, ...]:
    return tuple(str(one) for one in people)
