"""Looks at a series that came by mail: what it is, what it stands on, what changed, who reviewed it, what is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from patchflow.adapters.git.scratch import Made, commits_on, commits_on_blobs
from patchflow.domain.comment import Comment
from patchflow.domain.message import Message
from patchflow.domain.patchwork import PatchState
from patchflow.domain.received import ReceivedPatch
from patchflow.domain.thread import Thread
from patchflow.domain.verdict import Verdict
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import comments_in, sent_replies
from patchflow.flow.review.signatures import judged
from patchflow.flow.review.who import my_addresses, people_here
from patchflow.flow.reviewing.bases import Base, find_base
from patchflow.flow.reviewing.changed import Changed, interdiff, pairs_of_range_diff, unchanged
from patchflow.flow.reviewing.choose import Chosen, choose
from patchflow.flow.reviewing.preimages import preimages
from patchflow.flow.reviewing.received import Mails, read_patches, received_patches
from patchflow.flow.reviewing.remarks import Remark, own_remarks
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.base_info import BaseInfo, base_info
from patchflow.formats.mail.classify import has_diff
from patchflow.formats.mail.collected_trailers import Given, collect_trailers
from patchflow.formats.mail.series import Posting
from patchflow.formats.mail.threads import build_threads
from patchflow.values import dataclass


@dataclass(frozen=True)
class Taken:
    """A series as it was taken out of mail: which posting was chosen, and what it says it stands on."""

    mails: Mails
    chosen: Chosen
    info: BaseInfo

    @cached_property
    def patches(self) -> tuple[ReceivedPatch, ...]:
        """Its patches, each as git reads its mail, for which git is started."""
        return read_patches(self.chosen, self.mails)

    @property
    def faults(self) -> tuple[str, ...]:
        """Why it cannot be applied, a sentence each; none where it can."""
        posting = self.chosen.posting
        numbers = ", ".join(map(str, self.chosen.missing))
        missing = [f"Part {numbers} of {posting.parts} is not at hand."] if numbers else []
        return (*missing, *(f"Patch {one.part} ({one.message_id}): {one.fault}." for one in self.patches if one.fault))


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a series.

    `given` are the tags its patches were given by mail, by Message-ID; `open` the remarks that wait; `yours` one's own
    remarks on earlier revisions; `unchanged` the patches that are as they were in the revision `reviewed`, the last one
    that one answered (0: none), `repeat` the tags one gave them then and `repeat_in` the
    mails these stand in; `tests` what Patchwork said of them;
    `attested` what the signatures of its mails are worth, where that can be told.
    """

    taken: Taken
    base: Base
    given: tuple[tuple[str, tuple[Given, ...]], ...] = ()
    changed: Changed | None = None
    open: tuple[Comment, ...] = ()
    yours: tuple[Remark, ...] = ()
    reviewed: int = 0
    unchanged: frozenset[str] = frozenset()
    repeat: tuple[tuple[str, str], ...] = ()
    repeat_in: tuple[str, ...] = ()
    tests: tuple[PatchState, ...] = ()
    attested: tuple[tuple[str, Verdict], ...] = ()
    notes: tuple[str, ...] = ()


def take(mails: Mails, wanted: str = "", revision: int = 0) -> Taken:
    """The series that is meant among these mails; UsageError where that is open."""
    chosen = choose(mails.messages, bots(), wanted or mails.wanted, revision)
    posting = chosen.posting
    bodies = [message.body for message in (*([posting.cover] if posting.cover else []), *posting.patches)]
    info = base_info(bodies)
    mails = _about(mails, chosen, bool(info.prerequisites))
    return Taken(mails, chosen, info)


def _about(mails: Mails, chosen: Chosen, needs_others: bool) -> Mails:
    """The threads of a series, and its author's other patches where it needs some first: of a list's mail, not all."""
    ids = {id for one in chosen.revisions for id in one.ids}
    author = chosen.posting.author.key
    threads = [thread.messages for thread in build_threads(mails.messages)]
    kept = [
        message
        for messages in threads
        if any(m.id in ids or (needs_others and m.sender.key == author and has_diff(m.body)) for m in messages)
        for message in messages
    ]
    return Mails(tuple(kept), mails.raws, mails.wanted)


def look(here: Clone, taken: Taken, tests: Sequence[PatchState] = (), ask_dns: bool = False) -> Look:
    """All that can be said of a series without applying it in a work tree.

    `tests` are what Patchwork said; `ask_dns` asks for the keys of DKIM.
    """
    posting = taken.chosen.posting
    notes = list(taken.chosen.notes)
    base = base_of(here, taken)
    messages = [*taken.mails.messages, *_own_mails(here, taken)]
    people = people_here(here, messages)
    threads = build_threads(messages)
    collected = collect_trailers(threads, bots(), people=people)
    comments = comments_in(here, threads, people)
    mine = {one.lower() for one in my_addresses(here)}
    before = taken.chosen.before
    old = received_patches(before.patches, taken.mails) if before else ()
    ids = patch_ids(here, [*taken.patches, *old])
    reviewed = _reviewed(taken, comments, threads, mine)
    seen = received_patches(reviewed.patches, taken.mails) if reviewed else ()
    same = unchanged(seen, taken.patches, {**ids, **patch_ids(here, seen)})
    given = {one.message_id: one.given for one in collected.patches}
    titles = {one.patch.subject.lower() for one in taken.patches}
    paths = {path for one in taken.patches for path in one.patch.paths}
    own = {id for one in posting.patches for id in (one.id,)} | ({posting.cover.id} if posting.cover else set())
    repeat = _repeatable(taken, seen, given, same, mine)
    return Look(
        taken,
        base,
        tuple((one.message_id, given.get(one.message_id, ())) for one in taken.patches),
        _changed(here, before.revision, old, taken.patches, base, ids) if before else None,
        tuple(one for one in comments if one.patch in own and one.waits),
        tuple(own_remarks((one for one in comments if one.revision < posting.revision), mine, titles, paths)),
        reviewed.revision if reviewed else 0,
        same,
        tuple((patch, text) for patch, text, _ in repeat),
        tuple(mail for _, _, mail in repeat),
        tuple(tests),
        tuple((one.message_id, verdict) for one in taken.patches for verdict in judged(here, one.raw, ask_dns)),
        tuple(notes),
    )


def _own_mails(here: Clone, taken: Taken) -> list[Message]:
    """What was sent from here about any of the revisions, and did not come back by mail."""
    have = {message.id for message in taken.mails.messages}
    ids = {id for one in taken.chosen.revisions for id in one.ids}
    return [message for message in sent_replies(here, ids) if message.id not in have]


def base_of(here: Clone, taken: Taken) -> Base:
    """What the series stands on; nothing is looked for where a patch is hostile or cut off."""
    if taken.faults:
        named = here.repository.try_resolve(taken.info.commit) if taken.info.commit else None
        return Base(named or "", "base-commit" if named else "not searched, because the series cannot be applied")
    files = preimages([one.patch.diff for one in taken.patches])
    return find_base(here, taken.info.commit, files, taken.chosen.posting.first.date)


def patch_ids(here: Clone, patches: Sequence[ReceivedPatch]) -> dict[str, str]:
    """Message-ID -> git's stable patch id."""
    names = {f"{number:040x}": one.message_id for number, one in enumerate(patches, 1)}
    found = here.git.patch_ids(
        replace(one.patch, commit=name) for name, one in zip(names, patches, strict=True) if not one.fault
    )
    return {names[name]: patch_id for name, patch_id in found.items() if name in names}


def _changed(
    here: Clone, since: int, old: Sequence[ReceivedPatch], new: Sequence[ReceivedPatch], base: Base,
    ids: dict[str, str],
) -> Changed:  # fmt: skip
    """The range-diff of two revisions, made of commits on scratch; where they cannot be made, the mails compared."""
    if not any(one.fault for one in (*old, *new)):
        left, right = (_commits(here, patches, base) for patches in (old, new))
        if left and right:
            text = here.git.range_diff((left.base, left.tip), (right.base, right.tip))
            return Changed(since, "range-diff", pairs_of_range_diff(text), text.rstrip("\n"))
    return interdiff(since, old, new, ids)


def _commits(here: Clone, patches: Sequence[ReceivedPatch], base: Base) -> Made | None:
    plain = [one.patch for one in patches]
    made = commits_on_blobs(here.git, preimages([one.diff for one in plain]), plain)
    if made is not None and not made.said:
        return made
    made = commits_on(here.git, base.commit, plain) if base.commit else None
    return made if made is not None and not made.said else None


def _reviewed(taken: Taken, comments: Sequence[Comment], threads: Sequence[Thread], mine: set[str]) -> Posting | None:
    """The newest earlier revision that the user answered; None where there is none."""
    answered = {one.patch for one in comments if one.author.email.lower() in mine}
    mails = {message.id: message for thread in threads for message in thread.messages}
    answered |= {id for m in mails.values() if m.sender.email.lower() in mine for id in m.in_reply_to}
    older = [
        one
        for one in taken.chosen.revisions
        if one.patches and one.first.id != taken.chosen.posting.first.id and answered & set(one.ids)
    ]
    return older[-1] if older else None


def _repeatable(
    taken: Taken, seen: Sequence[ReceivedPatch], given: dict[str, tuple[Given, ...]], same: frozenset[str],
    mine: set[str],
) -> tuple[tuple[str, str, str], ...]:  # fmt: skip
    """(Message-ID, tag, mail) of each patch that is as the user reviewed it, with the tag they gave it in that mail."""
    tags = {
        one.patch.subject.lower(): (str(tag.trailer), tag.message)
        for one in seen
        for tag in given.get(one.message_id, ())
        if tag.sender.email.lower() in mine and not tag.mismatch
    }
    return tuple(
        (one.message_id, *tags[one.patch.subject.lower()])
        for one in taken.patches
        if one.message_id in same and one.patch.subject.lower() in tags
    )
