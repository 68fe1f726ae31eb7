"""Every file and folder below a clone's `.git/patchflow`, by name: who reads or writes one asks for its place here.

What is in a file is the business of the module that keeps it; ARCHITECTURE.md ("Where state lives") says which. The one
file that is named elsewhere is `format`: state_format.py asks for it at each start, in the time of one system call.
"""

from __future__ import annotations

from pathlib import Path

from patchflow.adapters.git import state_names
from patchflow.formats.plain_name import plain_name


class SeriesDir:
    """What is kept of one series, below series/<change-id>/."""

    def __init__(self, folder: Path) -> None:
        self.cover = folder / "cover"  # the editable cover letter, where the branch is not b4's
        self.trailers = folder / "trailers.json"  # what the user said of tags
        self.tried = folder / "tried.json"  # builds and boots of a tip
        self.checked = folder / "checked"  # how many errors the last check found
        self.applied = folder / "applied"  # where the last revision was seen applied
        self.landed = folder / "landed.json"  # how far an applied revision was seen to get: linux-next, a release
        self.arrived = folder / "arrived.json"  # what the lists and the archive were seen to have of the last revision


class StateDir:
    """The folder itself (`folder`), and what stands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Who writes, and steps
        self.lock = folder / state_names.LOCK
        self.step = folder / "step.json"  # the change that is being made
        self.undo = folder / state_names.UNDO
        self.redo = folder / state_names.REDO
        # Mail and what was said of it
        self.mail = folder / state_names.MAIL  # what came from lore or standard input
        self.mail_sources = folder / state_names.MAIL_SOURCES  # the user's mail files that were taken in
        self.sent_mail = folder / "sent-mail"  # those of them that hold what the user sent with a mail program
        self.fetched = folder / "fetched.json"  # when each named source of mail was refreshed, and what came
        self.comments = folder / "comments.json"  # the user's marks
        self.mine = folder / "mine"  # mails the user said are theirs
        self.seen = folder / "seen"  # the mails that were read
        self.other_machine = (
            folder / "other-machine"
        )  # what two machines changed both, as the other one had it: flow/sync
        self.reviews = folder / "reviews"  # other people's series that are reviewed here
        self.watched = folder / state_names.WATCHED  # what `watch` told, and when it asked whom
        self.snoozed = folder / "snoozed.json"  # comments and series that were put off, and when they are due
        # Resolutions of conflicts with other kernels, as git rerere keeps them
        self.resolutions = folder / "resolutions"
        self.merged = folder / "merged"  # files as the user resolved them, until the commits they are for are made
        # Replies and sends
        self.drafts = folder / "drafts"
        self.sent_replies = self.drafts / "sent"
        self.outbox = folder / "outbox"
        # The clone itself
        self.clone_mark = folder / "clone-mark"  # a random word that this clone alone has

    def inside(self, name: str) -> Path:
        """A file by the name that a step keeps for it; see `name_of`."""
        return self.folder / name

    def name_of(self, path: Path) -> str:
        """The name of a file for a step, which must hold where the clone was moved."""
        return str(path.relative_to(self.folder))

    def series(self, change_id: str) -> SeriesDir:
        """What is kept of a series; PatchflowError where its change-id is no plain name."""
        return SeriesDir(self.folder / "series" / plain_name(change_id, "The change-id"))

    def patchwork(self, change_id: str) -> Path:
        """What Patchwork said of a series when it was asked."""
        return self.folder / "patchwork" / f"{plain_name(change_id, 'The change-id')}.json"

    def edit(self, name: str) -> Path:
        """The text of this name that is open in the user's editor."""
        return self.folder / "edit" / plain_name(name, "The text to edit")

    def merged_file(self, key: str) -> Path:
        """A file as the user resolved it."""
        return self.merged / plain_name(key, "The resolution")

    def review_draft(self, name: str) -> Path:
        """What the user wrote about a series that is reviewed, sent or not."""
        return self.reviews / plain_name(name, "The review's name") / "draft.json"

    def send_outbox(self, change_id: str, revision: int) -> Path:
        """A revision on its way to the lists."""
        return self.outbox / f"{change_id}-v{revision}"

    def reply_outbox(self, draft: str) -> Path:
        """A reply on its way."""
        return self.outbox / "reply" / draft

    def reply_outboxes(self) -> list[Path]:
        """The replies that are on their way, or were cut off."""
        return [plan.parent for plan in (self.outbox / "reply").glob("*/plan.json")]

    def reflect_outbox(self, change_id: str, revision: int) -> Path:
        """A revision on its way to oneself."""
        return self.outbox / "reflect" / f"{change_id}-v{revision}"

    def part_outbox(self, change_id: str, revision: int) -> Path:
        """Patches of a revision on their way once more, alone."""
        return self.outbox / "part" / f"{change_id}-v{revision}"

    def preview_outbox(self, change_id: str, revision: int) -> Path:
        """A revision on its way to colleagues who look at it first."""
        return self.outbox / "preview" / f"{change_id}-v{revision}"

    def pull_outbox(self, change_id: str, tag: str) -> Path:
        """A pull request on its way, by its tag's object."""
        return self.outbox / "pull" / f"{change_id}-{tag}"

    def all_outboxes(self) -> list[Path]:
        """Everything that is on its way, or was cut off."""
        return [plan.parent for plan in self.outbox.rglob("plan.json")]


def drafts_lock(draft: Path) -> Path:
    """The lock of who writes this draft or those beside it."""
    return draft.with_name("drafts.lock")


def sent_beside(draft: Path) -> Path:
    """Where the replies stand that were sent from this draft."""
    return draft.parent / "sent"


def sending_lock(outbox: Path) -> Path:
    """The lock of who sends what waits in this folder below outbox/."""
    top = next(folder for folder in outbox.parents if folder.name == "outbox")
    return top.with_name("sending") / f"{'-'.join(outbox.relative_to(top).parts)}.lock"


def user_outbox(state: Path, name: str) -> Path:
    """Set-up's test message on its way, below the user's own state folder instead of a clone's."""
    return state / "outbox" / name
