"""What a rule may know besides the patch itself: the profile, the posting, history, and what was sent before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from patchflow.domain.profile import Profile, Tree
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch
    from patchflow.domain.recipient import PatchRecipients
    from patchflow.domain.series import Cover, Revision
    from patchflow.formats.patch.received import Loss


class History(Protocol):
    """The repository as rules ask it; a tree without history says so in `complete`."""

    @property
    def complete(self) -> bool:
        """Whether a commit that is not found does not exist (not a shallow or partial history)."""
        ...

    def subject(self, commit: str) -> str | None:
        """A commit's subject by (abbreviated) hash, None where it is not here."""
        ...

    def full(self, commit: str) -> str | None:
        """The whole hash of an abbreviated one, None where it is not here or means several."""
        ...

    def is_ancestor(self, commit: str) -> bool:
        """Whether the commit comes before the series' base."""
        ...

    def subjects(self, path: str) -> Sequence[str]:
        """The subjects of the newest commits that touched the path, newest first."""
        ...

    def prefixes(self, path: str) -> Sequence[str]:
        """The subsystem prefixes of the newest commits that touched the path, newest first."""
        ...

    def read(self, path: str) -> str | None:
        """A file of the base, None where it is not there."""
        ...

    def losses(self, name: str, email: str, message: str) -> Sequence[Loss]:
        """What of a commit's author and message `git am` would lose or change, reading it out of a mail."""
        ...


class NoHistory:
    """History where there is none: patch files outside a repository, and examples."""

    complete = False

    def subject(self, commit: str) -> str | None:
        """Nothing is known."""
        return None

    def full(self, commit: str) -> str | None:
        """Nothing is known."""
        return None

    def is_ancestor(self, commit: str) -> bool:
        """Nothing is known, so nothing is objected to."""
        return True

    def subjects(self, path: str) -> Sequence[str]:
        """Nothing is known."""
        return ()

    def prefixes(self, path: str) -> Sequence[str]:
        """Nothing is known."""
        return ()

    def read(self, path: str) -> str | None:
        """Nothing is known."""
        return None

    def losses(self, name: str, email: str, message: str) -> Sequence[Loss]:
        """Nobody is asked."""
        return ()


@dataclass(frozen=True, slots=True)
class Posting:
    """The mail a series is about to become, or was: the bracket's words, revision, threading, changelog.

    `in_reply_to` is the parent of the cover (or of the single patch), "" for a fresh thread;
    `changelog` the text where changes between versions may stand: cover, notes below `---`.
    """

    tree: str = ""
    revision: int = 1
    rfc: bool = False
    resend: bool = False
    in_reply_to: str = ""
    changelog: str = ""
    has_cover: bool = False
    numbered: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a rule is given. `recipients` is empty where nobody has been worked out."""

    profile: Profile
    patches: tuple[Patch, ...] = ()
    posting: Posting = field(default_factory=Posting)
    cover: Cover | None = None
    sent: tuple[Revision, ...] = ()
    history: History = field(default_factory=NoHistory)
    recipients: tuple[PatchRecipients, ...] = ()
    expected: tuple[PatchRecipients, ...] = ()
    named: frozenset[str] | None = None  # addresses known to get it before the recipients are worked out
    aliases: Mapping[str, str] = field(default_factory=dict)  # a recipient's key, and the one .mailmap has for it
    outstanding: int = 0
    depends: tuple[str, ...] = ()  # what is to be told of the series it needs first, in words
    applies: str = ""  # why the series does not apply to its tree, "" where it does or nobody tried
    coverage: tuple[tuple[str, int], ...] = ()  # a new file, and the files of its narrowest section (0: only THE REST)
    tool_words: tuple[tuple[str, str, int, str], ...] = ()  # rule, file, line, words: what tools newly say
    newcomer: bool = False  # nothing shows that the author had a part in the kernel before
    mixed: tuple[tuple[str, str], ...] = ()  # of a newcomer: patches over several subsystems, by subject, and which
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


PLAIN = Profile(name="plain", title="any tree", prefix="", tree=Tree("", ""))
