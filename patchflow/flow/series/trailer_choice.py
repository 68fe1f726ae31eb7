"""Which of the trailers that mail brought go into which commit, and what the user said of each.

A trailer goes in by itself only where its giver sent it; any other is taken by number alone. What the user said is kept
with the Message-ID of the mail that gave the trailer, so that the same mail, read again, finds the same answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

from patchflow.domain.address import Address
from patchflow.domain.patch import Patch
from patchflow.domain.series import Series
from patchflow.domain.trailer import Trailer
from patchflow.errors import UsageError
from patchflow.flow.series.earlier_revisions import as_patch
from patchflow.formats.mail.collected_trailers import Collected, Given, PatchTrailers, Rejected, put, same_tag
from patchflow.formats.mail.people import People
from patchflow.formats.patch.trailers import add_trailers, trailers_of
from patchflow.formats.safe import cleaned
from patchflow.values import dataclass

# What a reviewer gives a patch; Fixes:, Link: and Closes: in a reply are suggestions, for a person to judge.
_COUNTED = frozenset(
    [
        "reviewed-by", "acked-by", "tested-by", "reviewed-and-tested-by", "acked-and-tested-by",
        "reported-and-tested-by", "suggested-by", "reported-by", "debugged-by",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user said of one trailer of one mail for one posted patch (by Message-ID); kept with the series."""

    message: str
    patch: str
    trailer: str
    taken: bool
    sender: str
    mismatch: bool

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is found by."""
        return self.message, self.patch, self.trailer


@dataclass(frozen=True, slots=True)
class Offered:
    """A trailer for a commit. `patch` is the Message-ID it was given to, `word` what the user said (None: nothing)."""

    number: int
    commit: str
    patch: str
    given: Given
    word: bool | None = None

    @property
    def taken(self) -> bool:
        """Whether it goes in: on word, else where its giver sent it."""
        return not self.given.mismatch if self.word is None else self.word

    @property
    def choice(self) -> Choice:
        """As it is kept."""
        given = self.given
        return Choice(given.message, self.patch, str(given.trailer), self.taken, spelt(given.sender), given.mismatch)

    @property
    def who(self) -> str:
        """Who sent it."""
        sender = spelt(self.given.sender)
        return f"sent by {sender}, who is not the one it names" if self.given.mismatch else f"from {sender}"

    def line(self) -> str:
        """As people read it: the trailer, its number, and who sent it."""
        mark = "+" if self.taken else "-" if self.word is False else "?"
        why = "you refused it" if self.word is False else "not taken by itself"
        more = "" if self.taken else f"; {why}, `--only {self.number}` takes it"
        return f"  {mark} {self.given.trailer}  [{self.number}] {self.who}{more}"

    def row(self) -> dict[str, Any]:
        """As `trailers --json` prints it."""
        given = self.given
        return {
            "number": self.number,
            "trailer": str(given.trailer),
            "sender": spelt(given.sender),
            "mismatch": given.mismatch,
            "taken": self.taken,
            "message": given.message,
        }


@dataclass(frozen=True, slots=True)
class TrailerPlan:
    """What is offered for the commits, numbered from 1, and what goes nowhere with the reason."""

    offered: tuple[Offered, ...]
    rejected: tuple[Rejected, ...]

    @property
    def taken(self) -> tuple[Offered, ...]:
        """What goes in."""
        return tuple(one for one in self.offered if one.taken)

    @property
    def patches(self) -> dict[str, tuple[Trailer, ...]]:
        """Commit -> the trailers that go in."""
        found: dict[str, tuple[Trailer, ...]] = {}
        for one in self.taken:
            found[one.commit] = (*found.get(one.commit, ()), one.given.trailer)
        return found

    def of(self, commit: str) -> list[Offered]:
        """What is offered for one commit."""
        return [one for one in self.offered if one.commit == commit]

    def chosen(self, only: Collection[int] | None, refused: Collection[int] = ()) -> TrailerPlan:
        """The plan after the user's word: just the numbers of `only` (None: what was taken before), `refused` not.

        UsageError for a number that stands nowhere.
        """
        numbers = {one.number for one in self.offered}
        if wrong := sorted({*(only or ()), *refused} - numbers):
            there = f"The numbers go from 1 to {len(numbers)}." if numbers else "Nothing is offered."
            raise UsageError(f"No trailer has the number {wrong[0]}. {there}", "`patchflow trailers` shows them.")
        return replace(self, offered=tuple(_worded(one, only, refused) for one in self.offered))

    def choices(self, before: Mapping[tuple[str, str, str], Choice]) -> dict[tuple[str, str, str], Choice]:
        """What is kept: what was said before, and the words on what is offered now."""
        return {**before, **{one.choice.key: one.choice for one in self.offered if one.word is not None}}


def _worded(one: Offered, only: Collection[int] | None, refused: Collection[int]) -> Offered:
    if one.number in refused:
        return replace(one, word=False)
    if only is None:
        return one
    if one.number in only:
        return replace(one, word=True)
    return replace(one, word=False) if one.taken else one


def read_choices(text: bytes) -> dict[tuple[str, str, str], Choice]:
    """The kept choices; ValueError or TypeError where the file is damaged."""
    rows = [Choice(**row) for row in json.loads(text)]
    return {one.key: one for one in rows}


def dump_choices(choices: Mapping[tuple[str, str, str], Choice]) -> str:
    """The text that is kept."""
    return json.dumps([asdict(one) for _, one in sorted(choices.items())], indent=1) + "\n"


def spelt(address: Address) -> str:
    """An address with its name, which is quoted where it could be taken for an address."""
    name = cleaned(address.name)
    if not address.email:
        return f'"{name}" (several addresses)'
    return f'"{name}" <{address.email}>' if any(char in name for char in '<>@,"') else str(address)


# The ids that `git patch-id --stable` gives patches, by commit.
PatchIds = Callable[[Sequence[Patch]], Mapping[str, str]]


def plan_trailers(
    series: Series,
    collected: Collected,
    patch_ids: PatchIds,
    people: People,
    choices: Mapping[tuple[str, str, str], Choice] | None = None,
) -> TrailerPlan:
    """Which collected trailers go to which commit of the branch as it is now.

    A patch is found by the Message-ID it was sent with; a posting that is not in our records by its patch id and its
    author. Where the patch changed since, a review of the old one does not hold for the new.
    """
    owners = _Owners(series, collected, patch_ids, people)
    new: dict[str, list[Given]] = {}
    posted: dict[int, str] = {}
    rejected = list(collected.rejected)
    for row in (row for row in collected.patches if row.given):
        patch, why = owners.find(row)
        have = trailers_of(patch.message) if patch else []
        for given in row.given:
            key = given.trailer.key.lower()
            if any(same_tag(given.trailer, one, people) for one in have):
                continue
            if patch is None or (why and key != "suggested-by"):
                rejected.append(Rejected(given.trailer, given.message, why))
            elif key not in _COUNTED:
                rejected.append(Rejected(given.trailer, given.message, f"{given.trailer.key} is for you to judge"))
            else:
                put(new.setdefault(patch.commit, []), given, people)
                posted[id(given)] = row.message_id
    order = [(p.commit, posted[id(given)], given) for p in series.patches for given in new.get(p.commit, ())]
    offered = (Offered(number, *one) for number, one in enumerate(order, 1))
    return TrailerPlan(tuple(_remembered(offered, choices or {})), tuple(rejected))


def _remembered(offered: Iterable[Offered], choices: Mapping[tuple[str, str, str], Choice]) -> list[Offered]:
    return [replace(one, word=kept.taken) if (kept := choices.get(one.choice.key)) else one for one in offered]


class _Owners:
    """Finds the commit a posted patch stands for."""

    def __init__(self, series: Series, collected: Collected, patch_ids: PatchIds, people: People) -> None:
        self.series, self.patch_ids, self.people = series, patch_ids, people
        self.sent = {m.message_id: (revision, m) for revision in series.revisions for m in revision.posted}
        self.by_commit = {patch.commit: patch for patch in series.patches}
        self.by_title = {patch.subject: patch for patch in series.patches}
        foreign = [as_patch(row.patch) for row in collected.patches if row.given and row.message_id not in self.sent]
        self.foreign = patch_ids(foreign) if foreign else {}

    @cached_property
    def by_id(self) -> dict[str, Patch]:
        """The patches by their patch ids, which only a posting of another commit, or of somebody's, is looked up by."""
        ids = self.patch_ids(self.series.patches)
        return {ids[patch.commit]: patch for patch in self.series.patches if patch.commit in ids}

    def find(self, row: PatchTrailers) -> tuple[Patch | None, str]:
        """The patch, and why its trailers do not hold for it ("" where they do)."""
        titled = self.by_title.get(row.title)
        if known := self.sent.get(row.message_id):
            revision, message = known
            patch = self.by_commit.get(message.commit) or self.by_id.get(message.patch_id)
            return (patch, "") if patch else (titled, f"the patch changed since v{revision.number}" if titled else
                                              f"no commit here is titled {row.title!r}")  # fmt: skip
        sender = self.people.sender(row.patch)
        patch = self.by_id.get(self.foreign.get(row.message_id, ""))
        if patch and (self.people.same(sender, patch.author) or self.people.key(sender) == self.people.me):
            return patch, ""
        if titled is None:
            return None, f"no commit here is titled {row.title!r}"
        return None, f"it is for a posting of that title by {sender.email} (<{row.message_id}>), not for ours"


def new_messages(series: Series, plan: TrailerPlan) -> dict[str, str]:
    """Commit -> its message with the new trailers."""
    going = plan.patches
    return {
        patch.commit: add_trailers(patch.message, going[patch.commit])
        for patch in series.patches
        if patch.commit in going
    }
