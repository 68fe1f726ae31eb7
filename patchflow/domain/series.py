"""A series: a branch's patches on their way, and the revisions of it that were sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from patchflow.domain.patch import Patch
from patchflow.values import dataclass


class State(StrEnum):
    """Where a series stands."""

    EMPTY = "empty"
    DRAFTING = "drafting"
    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    UNDER_REVIEW = "under review"
    CHANGES_ASKED = "changes asked"
    SAYS_APPLIED = "says applied"
    APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message of a sent revision; `part` 0 is the cover. `patch_id` is git's stable patch id, "" for a cover. `was`
    is the Message-ID it was made with, where the server gave it another one."""

    part: int
    message_id: str
    subject: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    patch_id: str = ""
    commit: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision that was sent, as kept under refs/patchflow/<change-id>/vN.

    `base` and `tip` are full hashes, `start` the commit before the first patch (b4's cover commit, else the
    base); `overrides` maps a rule to the reason it was let through. `again` are
    patches of it that went out once more, alone.
    """

    number: int
    date: datetime
    base: str
    tip: str
    prefix: str
    messages: tuple[SentMessage, ...]
    cover: str = ""
    profile: str = ""
    rfc: bool = False
    resend: bool = False
    overrides: tuple[tuple[str, str], ...] = ()
    evidence: tuple[str, ...] = ()
    start: str = ""
    again: tuple[SentMessage, ...] = ()

    @property
    def posted(self) -> tuple[SentMessage, ...]:
        """All mails of it that people may answer."""
        return (*self.messages, *self.again)

    @property
    def root(self) -> str:
        """The Message-ID the thread hangs from: the cover's, or the single patch's."""
        return self.messages[0].message_id if self.messages else ""


@dataclass(frozen=True, slots=True)
class Cover:
    """A cover letter: its subject without bracket, and its body."""

    subject: str
    body: str

    @property
    def is_unfilled(self) -> bool:
        """Whether a placeholder of a template still stands in it."""
        return _is_unfilled(f"{self.subject}\n{self.body}")

    @property
    def notes(self) -> str:
        """What of it goes below the first patch's `---` where no cover letter leaves: its body; of a template that
        nobody filled in, the changelog alone, which `respin` wrote."""
        if not _is_unfilled(self.body):
            return self.body
        _, mark, changes = f"\n{self.body}".partition("\nChanges in v")
        return f"Changes in v{changes}" if mark and not _is_unfilled(changes) else ""


def _is_unfilled(text: str) -> bool:
    return any(word in text for word in ("EDITME", "*** SUBJECT HERE ***", "*** BLURB HERE ***"))


@dataclass(frozen=True, slots=True)
class Series:
    """A branch with its settings, its patches (oldest first) and its sent revisions (oldest first).

    `base_ref` is what the user named (`v6.12`, `net-next/main`); `base` the commit it stands for.
    `b4` names b4's cover strategy where the branch is b4's, else "". `tip` is the last patch; `head` what stands above
    it on the branch (b4's cover commit, with its strategy tip-commit), "" where nothing does. `depends` are the entries
    of what it needs first (`change-id: ID:v2`), as they are kept; `below` is the commit below all of that where the
    series stands on it, "" where it is the base. `answers` is the Message-ID that the first mail of the revision
    `answers_in` answers (a bug report, a request), "" for none. `previews` are what
    colleagues were shown before it was posted. `presubject` (`[list]`) stands before the bracket of each subject.
    """

    branch: str
    change_id: str
    profile: str
    base_ref: str
    base: str
    tip: str
    patches: tuple[Patch, ...]
    cover: Cover | None
    revisions: tuple[Revision, ...] = ()
    prefixes: tuple[str, ...] = ()
    presubject: str = ""
    b4: str = ""
    next_floor: int = 1
    head: str = ""
    depends: tuple[str, ...] = ()
    below: str = ""
    answers: str = ""
    answers_in: int = 0
    previews: tuple[Revision, ...] = ()

    @property
    def branch_tip(self) -> str:
        """The commit that the branch names."""
        return self.head or self.tip

    @property
    def base_name(self) -> str:
        """The base as people are told of it: `base_ref`, of a whole hash its first 12 digits."""
        is_hash = len(self.base_ref) == 40 and not self.base_ref.strip("0123456789abcdef")
        return self.base_ref[:12] if is_hash else self.base_ref

    @property
    def foundation(self) -> str:
        """The commit that others can have: the base, or the one below all that the series depends on."""
        return self.below or self.base

    @property
    def name(self) -> str:
        """The short name: the branch without b4/ in front."""
        return self.branch.removeprefix("b4/")

    @property
    def title(self) -> str:
        """What it is about: the subject of its cover, of its only patch, or of what was sent last; "" for nothing."""
        if self.cover and self.cover.subject and not _is_unfilled(self.cover.subject):
            return self.cover.subject
        if len(self.patches) == 1:
            return self.patches[0].subject
        return self.last.messages[0].subject if self.last and self.last.messages else ""

    @property
    def own_words(self) -> tuple[str, ...]:
        """The words that the branch itself has for the bracket, in place of the profile's."""
        return tuple(word for word in self.prefixes if word.upper() not in ("RFC", "RESEND", "PATCH"))

    @property
    def next_revision(self) -> int:
        """The number the next send bears."""
        return max([self.next_floor, *(r.number + 1 for r in self.revisions)])

    def number_in(self, state: State) -> int:
        """The revision a state speaks of: the one that was sent, or the one that is being made."""
        out = (State.SENT, State.UNDER_REVIEW, State.CHANGES_ASKED, State.SAYS_APPLIED, State.APPLIED)
        return self.revisions[-1].number if self.revisions and state in out else self.next_revision

    @property
    def previewed(self) -> frozenset[str]:
        """The Message-IDs of the previews of the revision that is being made."""
        return frozenset(
            m.message_id for one in self.previews if one.number >= self.next_revision for m in one.messages
        )

    @property
    def last(self) -> Revision | None:
        """The newest revision that was sent."""
        return self.revisions[-1] if self.revisions else None

    @property
    def is_as_sent(self) -> bool:
        """Whether the patches are those of the last revision, and no other is open."""
        sent = [m.commit for m in self.last.messages if m.part or m.commit] if self.last else []
        open_one = not self.last or self.next_floor > self.last.number
        return not open_one and sent == [patch.commit for patch in self.patches]
