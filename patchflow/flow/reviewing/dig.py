"""Finds the threads a commit came from: by links, title and patch id, in the mail taken in, then on lore."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from patchflow.domain.comment import Comment
from patchflow.domain.patch import Patch
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.lore import fetch_threads
from patchflow.flow.review.mail import comments_in
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.reviewing.choose import all_series
from patchflow.flow.reviewing.look import patch_ids
from patchflow.flow.reviewing.received import Mails, Note, mails_of, received_patch
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.named import named_message
from patchflow.formats.mail.series import Posting
from patchflow.formats.mail.threads import build_threads
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.patch.trailers import trailers_of
from patchflow.values import dataclass

_LINKS = ("link", "message-id")
_MOST = 40  # patches whose patch id is looked at


@dataclass(frozen=True, slots=True)
class DugRevision:
    """One revision of a series, the remarks on its patch of this title, and whether the commit is that exact change."""

    posting: Posting
    remarks: tuple[Comment, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class DugSeries:
    """A series the commit may come from, its revisions oldest first, and how it was found: link, title, patch-id."""

    how: tuple[str, ...]
    revisions: tuple[DugRevision, ...]


@dataclass(frozen=True, slots=True)
class Dug:
    """A commit and the series it comes from; `links` are the Message-IDs it names."""

    commit: Patch
    links: tuple[str, ...]
    series: tuple[DugSeries, ...]


def dig(here: Clone, word: str, note: Note, url: str = "", offline: bool = False) -> Dug:
    """The threads of a commit, or of the commit that a line (PATH:LINE) stands from.

    PatchflowError for a line that is not committed; what nobody has is no error: `series` is empty.
    """
    patch = here.repository.patch(_commit(here, word))
    named = [named_message(tag.value) for tag in trailers_of(patch.message) if tag.key.lower() in _LINKS]
    links = tuple(dict.fromkeys(id for id, _ in named if id))
    mails = _mails(here, links, patch.subject)
    if not mails.messages and links and not offline:
        intake = fetch_threads(here, links, url, linked=next((inbox for _, inbox in named if inbox), ""))
        for where, why in intake.skipped:
            note(f"{where}: {why}.")
        mails = _mails(here, links, patch.subject)
    return Dug(patch, links, tuple(_series(here, patch, links, mails)))


def _commit(here: Clone, word: str) -> str:
    path, colon, line = word.rpartition(":")
    if not colon or not line.isdecimal() or here.repository.try_resolve(word):
        return here.repository.resolve(word)
    place = Path(here.directory, path).resolve()
    try:
        name = str(place.relative_to(here.repository.folder.resolve()))
    except ValueError as error:
        raise UsageError(f"{path} is not in this tree.", "Name a file of the tree: PATH:LINE.") from error
    done = here.git.run("blame", "--porcelain", "-L", f"{line},{line}", "--", name, check=False)
    commit = done.text.partition(" ")[0]
    if done.code:
        said = done.err_text.strip().removeprefix("fatal: ")[:200]
        raise UsageError(f"{word} names no line: {said}.", "For example: net/core/dev.c:120.")
    if set(commit) == {"0"}:
        raise PatchflowError(f"{word} is not committed yet.", "`git log` shows what is.")
    return commit


def _mails(here: Clone, links: Sequence[str], title: str) -> Mails:
    store = ready_store(here)
    try:
        found = [*(store.raw_threads_of(links) if links else []), *store.raw_titled([title])] if store.exists else []
    finally:
        store.close()
    return mails_of(found)


def _series(here: Clone, patch: Patch, links: Sequence[str], mails: Mails) -> list[DugSeries]:
    comments = comments_in(here, build_threads(mails.messages))
    found = []
    for revisions in all_series(mails.messages, bots()):
        how = []
        if any(set(links) & set(one.ids) for one in revisions):
            how.append("link")
        if any(_titled(one, patch.subject) for one in revisions):
            how.append("title")
        same = _same(here, patch, revisions, mails)
        if same:
            how.append("patch-id")
        if how:
            rows = [
                DugRevision(one, _remarks(one, patch.subject, comments), bool(set(one.ids) & same)) for one in revisions
            ]
            found.append(DugSeries(tuple(how), tuple(rows)))
    return sorted(found, key=lambda one: -len(one.how))


def _titled(posting: Posting, title: str) -> list[str]:
    """The Message-IDs of a posting's patches of this title."""
    return [m.id for m in posting.patches if parse_subject(m.subject).title.lower() == title.lower()]


def _same(here: Clone, patch: Patch, revisions: Sequence[Posting], mails: Mails) -> set[str]:
    """The Message-IDs of the patches that make the commit's exact change."""
    messages = [message for one in revisions for message in one.patches][:_MOST]
    ids = patch_ids(here, [received_patch(message, mails.raw(message)) for message in messages])
    own = here.git.patch_ids([patch]).get(patch.commit, "")
    return {message for message, patch_id in ids.items() if own and patch_id == own}


def _remarks(posting: Posting, title: str, comments: Sequence[Comment]) -> tuple[Comment, ...]:
    """The remarks on this patch, or on the whole series where it is about the cover letter."""
    about = {*_titled(posting, title), *([posting.cover.id] if posting.cover else [])}
    return tuple(one for one in comments if one.patch in about)
