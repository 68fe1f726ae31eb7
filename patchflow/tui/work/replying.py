"""Drafts of replies: opened, kept, judged, sent, thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review import reply
from patchflow.flow.review.reply import drafts as kept
from patchflow.flow.review.reply import writing_drafts
from patchflow.formats.mail.draft import parse_draft
from patchflow.tui.actions import key

if TYPE_CHECKING:
    from patchflow.domain.finding import Finding
    from patchflow.flow.review.reply import Kept, Sent


def drafts(directory: str) -> list[tuple[str, str]]:
    """The drafts: file, and on what and to whom each is."""
    return [(str(one.path), one.words()) for one in kept(Clone(directory))]


def draft_for(directory: str, ids: Sequence[str]) -> Kept:
    """The draft that answers these comments or this message."""
    return reply.draft_for(Clone(directory), list(ids), None, lambda text: None)


def open_draft(directory: str, path: str) -> Kept:
    """A draft that was begun before, with the mail it answers where that is at hand."""
    here = Clone(directory)
    draft = reply.read_draft(Path(path))
    parent_id = draft.header("In-Reply-To").strip("<> ")
    try:
        return reply.draft_for(here, [parent_id], None, lambda text: None)
    except PatchflowError:
        return reply.Kept(Path(path), draft, None)


def lint(directory: str, kept: Kept) -> list[Finding]:
    """What the list would object to."""
    return reply.lint(Clone(directory), kept)


def save_draft(kept: Kept, text: str) -> None:
    """Keeps what was written, even where it cannot be read as a mail yet."""
    kept.write(text)
    kept.draft = parse_draft(text)


def edit_draft(directory: str, kept: Kept) -> None:
    """The draft in the user's editor. Runs on the user's terminal."""
    reply.edit(Clone(directory), kept)


def question(directory: str, kept: Kept) -> list[str]:
    """What is asked about a reply of unknown fate; nothing where it is of none."""
    try:
        return reply.unknown_of(Clone(directory), kept.path, "patchflow reply ID --send")
    except PatchflowError:
        return []  # sending says what is wrong with the clone


def added_by_keys(directory: str, kept: Kept) -> tuple[str, ...]:
    """Whom the user's sendemail.* keys add to a reply."""
    return reply.added_by_keys(Clone(directory), kept)


def send_draft(directory: str, kept: Kept, again: bool = False, arrived: bool = False, bcc: Sequence[str] = ()) -> str:
    """Sends it; what came of it. One of unknown fate only where that was answered."""
    fate = reply.send(Clone(directory), kept, ["all"] if again else [], ["all"] if arrived else [], bcc)
    must_be_sent(fate, "The reply", f"The draft is kept; {key('send-reply')} tries again.")
    return f"The reply is out: <{fate.message_id}>."


def must_be_sent(fate: Sent, what: str, kept: str) -> None:
    """PatchflowError that says what to do where a mail did not leave, or where nobody knows."""
    if fate.state == "unknown":
        raise PatchflowError(
            f"The fate of <{fate.message_id}> is not known.",
            f"Look whether it arrived, then {key('arrived')} (it did) or {key('again')} (send it once more).",
        )
    if fate.state != "sent":
        raise PatchflowError(f"{what} is {fate.state}: {fate.detail}.", kept)


def discard_draft(kept: Kept) -> None:
    """Moves a draft out of the way; nothing written is ever deleted."""
    with writing_drafts(kept.path):
        if not kept.path.is_file():
            raise PatchflowError("This draft is gone: it was sent or discarded meanwhile.")
        discarded = kept.path.with_suffix(".discarded")
        if discarded.exists():  # an earlier one keeps its text too
            discarded.rename(f"{discarded}-{discarded.stat().st_mtime_ns}")
        kept.path.replace(discarded)
        kept.path.with_suffix(".json").unlink(missing_ok=True)
