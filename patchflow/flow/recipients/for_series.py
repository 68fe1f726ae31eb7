"""Joins the tree's people, git and what is remembered to the service that decides who gets a series."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from patchflow.adapters.git.undo import Ledger
from patchflow.adapters.kernel.recipient_lookup import Directory
from patchflow.adapters.kernel.tree_files import find_tree
from patchflow.domain.recipient import PatchRecipients, Recipient
from patchflow.errors import UsageError
from patchflow.flow.recipients.lookup import EarlierReviewer, RouteMemory
from patchflow.flow.recipients.policy import route_series
from patchflow.flow.review.mail import comments_of_series
from patchflow.flow.series.b4 import asked_by_b4
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.get_maintainer.answer import primary_role
from patchflow.formats.patch.trailers import person
from patchflow.formats.safe import cleaned, is_safe

if TYPE_CHECKING:
    from patchflow.adapters.git.commands import GitCommands
    from patchflow.adapters.git.repository import GitRepository
    from patchflow.domain.address import Address
    from patchflow.domain.bot import Bot
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone
    from patchflow.flow.recipients.policy import SeriesRecipients

_NO_FALLBACK = "--no-git-fallback"


def directory_of(start: str, engine: str = "auto", words: Sequence[str] = (_NO_FALLBACK,)) -> Directory:
    """The people of the kernel tree around a folder; `words` are options of get_maintainer.pl."""
    return Directory(find_tree(start), engine, words)


def memory_of(repository: GitRepository, branch: str, earlier: Sequence[EarlierReviewer] = ()) -> RouteMemory:
    """What the branch and the configuration remember: to-add, cc-add, cc-drop, patchflow.bounced, and whom b4 was
    told."""
    to, added, dropped = (
        tuple(read_address(text) for text in repository.config_all(f"branch.{branch}.patchflow-{key}") if branch)
        for key in ("to-add", "cc-add", "cc-drop")
    )
    return RouteMemory(
        added=added,
        dropped=dropped,
        to=to,
        bounced=tuple(read_address(text) for text in repository.config_all("patchflow.bounced")),
        earlier=tuple(earlier),
        asked=asked_by_b4(repository, branch),
    )


def people_of(repository: GitRepository, branch: str) -> tuple[str, ...]:
    """Whom the branch's own settings add (+, in To to+) and drop (-)."""
    return tuple(
        f"{mark}{text}"
        for mark, key in (("to+", "to-add"), ("+", "cc-add"), ("-", "cc-drop"))
        for text in repository.config_all(f"branch.{branch}.patchflow-{key}")
    )


def remember(
    repository: GitRepository, git: GitCommands, branch: str, add: Sequence[str], drop: Sequence[str],
    to: Sequence[str] = (), back: Sequence[str] = (),
) -> None:  # fmt: skip
    """Keeps --add, --to and --drop with the branch, as a step that `undo` takes back; the later word counts. Who was
    dropped and comes `back` gets the mails as before."""
    new = [[read_address(text) for text in words] for words in (add, to, drop)]
    placed = {one.key for group in new[:2] for one in group}
    changed = placed | {one.key for one in (*new[2], *map(read_address, back))}
    ledger = Ledger(repository, git)
    with ledger.lock():
        known = memory_of(repository, branch)
        change = ledger.change(f"recipients of {branch}")
        for key, had, gone, now in (
            ("cc-add", known.added, placed, new[0]),
            ("to-add", known.to, placed, new[1]),
            ("cc-drop", known.dropped, changed, new[2]),
        ):
            kept = [*(one for one in had if one.key not in gone), *now]
            ledger.set_config(change, f"branch.{branch}.patchflow-{key}", *map(str, kept))
        ledger.commit(change)


def read_address(text: str) -> Address:
    """An address as a person types it; UsageError where it is none."""
    found = person(text)
    if found is None or not text.isprintable():
        raise UsageError(f"{text!r} is not a mail address.", "Write it as `Name <user@host>` or `user@host`.")
    return found


def known_people(directory: Directory, first: Sequence[Address] = ()) -> list[str]:
    """Whom one may want to add: `first`, then those of MAINTAINERS and its lists, then those of .mailmap; each address
    once, and by the name that .mailmap has for it."""
    sections, mailmap = directory.index.all_sections(), directory.index.mailmap
    texts = [
        *map(str, first),
        *(text for one in sections for text in (*(who for who, _ in one.people()), *one.lists())),
        *(f"{name} <{mailmap.addresses.get(key, key)}>" for key, name in mailmap.names.items()),
    ]
    found: dict[str, str] = {}
    for text in texts:
        one = person(text)
        if one is not None and is_safe(text):
            one = directory.canonical(one)
            found.setdefault(one.key, str(one))
    return list(found.values())


def route_patches(
    here: Clone,
    patches: Sequence[Patch],
    profile: Profile,
    branch: str,
    earlier: Sequence[EarlierReviewer] = (),
    texts: Sequence[str] = (),
    engine: str = "auto",
    directory: Directory | None = None,
) -> SeriesRecipients:
    """Who gets these patches, with what is remembered for the branch; `texts` are their mails, where known."""
    directory = directory or directory_of(str(here.repository.folder), engine)
    return route_series(patches, profile, directory, memory_of(here.repository, branch, earlier), texts)


def route(
    here: Clone,
    series: Series,
    profile: Profile,
    earlier: Sequence[EarlierReviewer] = (),
    texts: Sequence[str] = (),
    directory: Directory | None = None,
) -> tuple[PatchRecipients, ...]:
    """Who gets each patch of a series, in order, and behind them the cover letter's recipients."""
    return route_patches(here, series.patches, profile, series.branch, earlier, texts, directory=directory).groups


def expected_recipients(directory: Directory, series: Series, texts: Sequence[str]) -> list[PatchRecipients]:
    """Whom MAINTAINERS itself names for each patch, nobody added or dropped: what NIPA's cc_maintainers expects."""
    found: list[PatchRecipients] = []
    for patch, text in zip(series.patches, texts, strict=True):
        rows = directory.for_patch(text).rows
        people = tuple(Recipient(read_address(row.email), primary_role(row.role), row.section) for row in rows)
        found.append(PatchRecipients(patch.subject, people))
    return found


def aliases(directory: Directory, groups: Sequence[PatchRecipients]) -> dict[str, str]:
    """For each recipient whom the tree's .mailmap knows by another address: its key, and the other's."""
    everybody = {one.address.key: directory.canonical(one.address).key for group in groups for one in group.recipients}
    return {key: other for key, other in everybody.items() if key != other}


def earlier_reviewers(here: Clone, series: Series) -> tuple[EarlierReviewer, ...]:
    """The people who commented on an earlier revision, bots and oneself left out."""
    known = bots()
    me = here.repository.identity()
    found = {
        who.key: EarlierReviewer(who._replace(name=cleaned(who.name)), comment.revision)
        for comment in comments_of_series(here, series)
        if not comment.bot and (who := comment.author).key != me.key and not is_bot(who, known) and is_safe(who.email)
    }
    return tuple(found.values())


def is_bot(address: Address, known: Sequence[Bot]) -> bool:
    """Whether an address is a bot's."""
    return any(re.search(bot.from_pattern, address.email) for bot in known)
