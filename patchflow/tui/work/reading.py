"""What is read of the clone for the screens to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from patchflow.adapters.git.index import diff
from patchflow.adapters.kept import read_kept
from patchflow.adapters.mail.outbox import Outbox
from patchflow.flow.check.results import judged_by
from patchflow.flow.clone import Clone
from patchflow.flow.recipients.for_series import directory_of, earlier_reviewers, known_people, people_of, route
from patchflow.flow.review import seen as mails_read
from patchflow.flow.review import signatures
from patchflow.flow.review.outdated_comments import with_touched
from patchflow.flow.review.places import parse_got
from patchflow.flow.send.mails import mails_of
from patchflow.flow.send.posting import start_of
from patchflow.flow.series import rewrite
from patchflow.flow.series.board import Review, standing_with, windows
from patchflow.flow.series.trailers import trailers_of_series
from patchflow.flow.templates import changelog_form
from patchflow.flow.try_.results import evidence
from patchflow.flow.watch.kept import saw, watched
from patchflow.flow.window.evidence import window_of
from patchflow.formats.patch.compose import decoded, lore_link
from patchflow.formats.patch.diff import parse_diff
from patchflow.tui.models.patches import files_rows
from patchflow.tui.models.read import Read
from patchflow.tui.work.board import current_branch

if TYPE_CHECKING:
    from datetime import datetime

    from patchflow.domain.address import Address
    from patchflow.domain.diff import FileDiff
    from patchflow.domain.message import Message
    from patchflow.domain.profile import Profile
    from patchflow.domain.recipient import PatchRecipients
    from patchflow.domain.series import Series
    from patchflow.domain.window import Window
    from patchflow.flow.recipients.lookup import EarlierReviewer
    from patchflow.flow.review.signatures import Attested
    from patchflow.flow.series.respin import ChangeLine
    from patchflow.flow.series.trailer_choice import TrailerPlan
    from patchflow.flow.window.decide import Tag
    from patchflow.tui.models.rows import Row


def read_news(directory: str, now: datetime) -> tuple[list[tuple[str, str, str]], int]:
    """What was told, the newest last, after a look that asks no server; and how many of it the user saw before."""
    from patchflow.flow.watch.rounds import look  # with what asks servers

    here = Clone(directory)
    look(here, False, now, lambda words: None)
    known = watched(here)
    saw(here, now)
    return known.log, len(known.log) - known.unseen


def read_series(directory: str, branch: str, heard: Callable[[Read], None]) -> Read:
    """A series with its patches; `heard` gets it before the mail was read."""
    here = Clone(directory)
    series = here.store.load(branch)
    facts = here.profile_of(series)
    window = windows(here)(facts)
    outbox = Outbox.find(here.outbox, series.change_id)
    first = Read(
        series=series,
        profile=facts,
        standing=standing_with(here, series, None, window),
        window=window,
        checked_out=current_branch(here) == branch,
        outbox=outbox.states() if outbox else None,
        queue=tuple(outbox.read()) if outbox else (),
        judged_by=judged_by(here, facts),
        tree=here.repository.folder,
        tried=tuple(evidence(here, series)),
        people=people_of(here.repository, branch),
    )
    heard(first)
    dirty = tuple(here.git.is_dirty()) if first.checked_out else ()
    review = Review(here)
    threads, comments = review.of(series)
    comments = with_touched(here, series, comments)
    got_of = read_kept(here.repository.state.fetched, parse_got) or {}
    return replace(
        first,
        standing=standing_with(here, series, review, window),
        threads=tuple(threads),
        comments=tuple(comments),
        dirty=dirty,
        mail_read=True,
        mail_at=max((got.asked for got in got_of.values() if got.asked), default=None),
    )


def attested(directory: str, messages: Sequence[Message]) -> Attested:
    """What the signatures of these mails are worth; where the user wants that, the DNS is asked for keys."""
    here = Clone(directory)
    return signatures.attested(here, messages, signatures.asks_dns(here))


def recipients(directory: str, series: Series) -> tuple[PatchRecipients, ...]:
    """Who gets each patch, and last the cover."""
    here = Clone(directory)
    facts = here.profile_of(series)
    mails = mails_of(here, series, facts)
    texts = [decoded(one.text) for one in mails if one.part]
    return tuple(route(here, series, facts, _earlier(here, series), texts))


def link_of(directory: str, branch: str) -> str:
    """Where the last revision of a series stands in its list's archive; "" where none was sent."""
    here = Clone(directory)
    series = here.store.load(branch, with_diffs=False)
    return link(here.profile_of(series), series.last.root) if series.last else ""


def link(profile: Profile | None, message_id: str) -> str:
    """Where a mail stands in the list's archive; without a profile in the kernel's."""
    return lore_link(profile.lore if profile else "", quote(message_id, safe="@"))


def people(directory: str, first: Sequence[Address]) -> list[str]:
    """Whom one may want to add; `first` stand first."""
    return known_people(directory_of(directory), first)


def _earlier(here: Clone, series: Series) -> tuple[EarlierReviewer, ...]:
    return earlier_reviewers(here, series)


def window(directory: str, profile: Profile | None) -> tuple[Window, list[Tag], datetime]:
    """The window with its evidence, from what is at hand."""
    return window_of(Clone(directory), profile, offline=True)


def range_diff(directory: str, series: Series, names: tuple[str, str]) -> str:
    """The range-diff of two revisions (`now` is the branch)."""
    here = Clone(directory)
    ranges = {f"v{r.number}": (r.start or r.base, r.tip) for r in series.revisions}
    ranges["now"] = (start_of(here.repository, series), series.tip)
    return here.git.range_diff(ranges[names[0]], ranges[names[1]])


def trailers(directory: str, series: Series) -> TrailerPlan:
    """What replies gave to which patch, and what the user said of it."""
    return trailers_of_series(Clone(directory), series, None, lambda text: None)


def next_revision(directory: str, series: Series) -> tuple[TrailerPlan, ChangeLine]:
    """What replies gave, and what writes a line of the next revision's changelog."""
    here = Clone(directory)
    return trailers(directory, series), changelog_form(here, here.profile_of(series))


def uncommitted(directory: str) -> tuple[str, bool]:
    """What would be amended, as a diff: what is staged (True), else all uncommitted changes of tracked files."""
    return rewrite.uncommitted(Clone(directory))


def wider(directory: str, commit: str, context: int) -> tuple[FileDiff, ...]:
    """A patch's files with more lines around each change."""
    git = Clone(directory).git
    words = (f"-U{context}", "--find-renames", f"{commit}^", commit)
    return parse_diff(diff(git, *words))


def diff_rows(text: str) -> list[Row]:
    """A diff as rows."""
    return files_rows(parse_diff(text))


def seen(directory: str) -> frozenset[str]:
    """The Message-IDs of the mails that the user has read."""
    return mails_read.seen(Clone(directory))


def keep_seen(directory: str, message_ids: Sequence[str], read: bool = True) -> None:
    """Keeps that mails were read, or were not."""
    mails_read.keep_seen(Clone(directory), message_ids, read)
