"""One look at everything that was sent and that waits: asks the archives what is due, and keeps what was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from patchflow.adapters.lore import open_inbox
from patchflow.adapters.paths import git_paths
from patchflow.adapters.quiet import keep_quiet, stamp_of_look
from patchflow.domain.arrival import Arrival, Fate
from patchflow.domain.event import Event
from patchflow.domain.series import Series, State
from patchflow.domain.window import Window
from patchflow.errors import OutsideError, PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review.ai_reviews import SETTING as AI_REVIEWS
from patchflow.flow.review.ai_reviews import ask_reviews, settle
from patchflow.flow.review.follow_ups import due_since
from patchflow.flow.review.lore import fetch_threads, lore_of
from patchflow.flow.review.mail import waiting
from patchflow.flow.review.patchwork import ask_patchwork
from patchflow.flow.review.put_off import awake, ping_days, put_off
from patchflow.flow.review.sources import named_sources, refresh
from patchflow.flow.review.who import writes_as
from patchflow.flow.reviewing.waiting import waiting_here
from patchflow.flow.send.arrival import verify
from patchflow.flow.series.board import Review, all_standings, windows
from patchflow.flow.series.landed import landed
from patchflow.flow.watch.events import due_at, events_of, is_due, next_ping, review_events, window_events
from patchflow.flow.watch.kept import keep, watched
from patchflow.formats.identity import identity_for
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.adapters.lore.inbox import Inbox

Note = Callable[[str], None]
_ARRIVES_WITHIN = timedelta(days=3)
_REVIEWS = timedelta(days=60)
_REMOTE = timedelta(hours=20)  # a tenth of it between two fetches
_FETCH_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Look:
    """What is new, whether anything (new or not) waits for the user, and what could not be read, and why."""

    new: tuple[Event, ...]
    waits: int
    unreadable: tuple[tuple[str, PatchflowError], ...] = ()


class Stands:
    """Where every series stands by the mail at hand, worked out when it is made."""

    def __init__(self, here: Clone) -> None:
        self.review = Review(here)
        self.rows = list(all_standings(here, self.review, here.store.shown()))


def look(here: Clone, online: bool, now: datetime, note: Note) -> Look:
    """Looks once. What is new is kept as told before it is returned, so that it is told once; `watched` has it, too."""
    noted: list[str] = []

    def tell(words: str) -> None:
        noted.append(words)
        note(words)

    until, stands = _ask(here, now, tell) if online else (None, None)
    place = git_paths(str(here.repository.folder)) or ("", "", "")
    stamp = stamp_of_look(place)
    if here.repository.config(AI_REVIEWS):
        stands = None
        _settle(here, now, tell)
    stands = stands or Stands(here)
    unreadable = [(name, why) for name, _, why in stands.rows if isinstance(why, PatchflowError)]
    every = list(_own(here, stands, now))
    try:
        every += review_events(waiting_here(here, now - _REVIEWS, now))
    except PatchflowError as error:
        unreadable.append(("reviews", error))
    for name, why in unreadable:
        tell(f"{name}: {why.paragraph()}")
    with here.store.ledger.lock():
        known = watched(here)
        new = tuple(one for one in every if one.key not in known.told)
        for one in every:
            known.told.pop(one.key, None)
            known.told[one.key] = None
        known.log += [(now.isoformat(timespec="seconds"), one.series, one.text) for one in new]
        keep(here, known)
    waits = sum(one.waits for one in every)
    if until and not new and not noted and stamp == stamp_of_look(place) != "":
        until = min([until, *_moments(here, stands, now)])
        keep_quiet(place, stamp, now.timestamp(), until.timestamp(), waits)
    return Look(new, waits, tuple(unreadable))


def _moments(here: Clone, all_stand: Stands, now: datetime) -> Iterator[datetime]:
    """When there will be something to tell though nothing came: something is due or no longer put off, or a ping is."""
    yield from (one.until for one in put_off(here).values() if one.until and one.until > now)
    for _, series, stands in all_stand.rows:
        if series is not None and not isinstance(stands, PatchflowError) and stands.last:
            yield next_ping(stands.last, timedelta(days=ping_days(here, here.profile_of(series))), now)


def _own(here: Clone, all_stand: Stands, now: datetime) -> Iterator[Event]:
    """What there is to tell of the series that were sent from here, and of their trees."""
    review, window = all_stand.review, windows(here)
    trees: dict[str, Window] = {}
    known = put_off(here)
    for _, series, stands in all_stand.rows:
        if series is None or isinstance(stands, PatchflowError) or not series.last:
            continue
        threads, comments = review.of(series)
        tree = window(here.profile_of(series))
        trees[tree.tree] = tree
        given = [one for _, one in review.given(series, threads)]
        where = landed(here, series) if stands.state is State.APPLIED else None
        open_ones = waiting(series, comments)
        due = [(one, day) for one in open_ones if (day := due_since(one.id, known, now))]
        yield from events_of(
            series, stands, awake(here, open_ones, now, here.profile_of(series)), given, due, now, where
        )
    yield from window_events(trees.values())


def _ask(here: Clone, now: datetime, note: Note) -> tuple[datetime, Stands | None]:
    """Asks the archive and Patchwork about the series whose turn it is; that they do not answer is no error. Gives when
    the next one's turn is, and where all stand if no answer changed that."""
    known, asked = watched(here), dict[str, tuple[datetime, int]]()
    words = dict[str, datetime]()  # the last word of each
    for remote in dict.fromkeys(" ".join(here.repository.config_all("patchflow.watchfetch")).split()):
        before, failures = known.asked.get(f"remote {remote}", (None, 0))
        words[f"remote {remote}"] = now - _REMOTE
        if is_due(before, now - _REMOTE, failures, now):
            asked[f"remote {remote}"] = (now, 0 if _fetch(here, remote, note) else failures + 1)
    for source in named_sources(here):
        if not source.place.asks:
            continue
        before, failures = known.asked.get(f"source {source.said}", (None, 0))
        words[f"source {source.said}"] = now
        if is_due(before, now, failures, now):
            ((_, got),) = refresh(here, [source], now)
            if got.trouble:
                note(f"{source.name}: {got.trouble}")
            asked[f"source {source.said}"] = (now, failures + 1 if got.trouble else 0)
    before_asking = _stamp(here)
    all_stand, opened = Stands(here), cache(open_inbox)
    for _, series, stands in all_stand.rows:
        if series is None or isinstance(stands, PatchflowError) or series.last is None or stands.state is State.APPLIED:
            continue
        word = now - timedelta(days=stands.days_quiet or 0)
        for place, ask in _places(here, series, stands.arrivals, now, opened):
            key = f"{place} {series.last.root}"
            before, failures = known.asked.get(key, (None, 0))
            words[key] = word
            if not is_due(before, word, failures, now):
                continue
            try:
                ask(note)
                asked[key] = (now, 0)
            except OutsideError as error:
                note(f"{series.name}: {error.paragraph()}")
                asked[key] = (now, failures + 1)
            except PatchflowError as error:
                note(f"{series.name}: {error.paragraph()}")
                asked[key] = (now, 0)
    with here.store.ledger.lock():
        latest = watched(here)
        latest.asked |= asked
        keep(here, latest)
    turns = []
    for key, word in words.items():
        before, failures = latest.asked.get(key, (None, 0))
        turns.append(due_at(before, word, failures, now))
    until = min((turn for turn in turns if turn), default=datetime.max.replace(tzinfo=UTC))
    return until, all_stand if before_asking == _stamp(here) != "" else None


def _stamp(here: Clone) -> str:
    """A stamp of what tells where all stand; a page that was fetched counts once what it said is kept."""
    return stamp_of_look(git_paths(str(here.repository.folder)) or ("", "", ""), pages=False)


def _settle(here: Clone, now: datetime, note: Note) -> None:
    """What came as mail meanwhile stands for the same AI review by API."""
    for name in here.store.shown():
        try:
            series = here.store.load(name, with_diffs=False)
            if series.last:
                settle(here, series, now)
        except PatchflowError as error:
            note(f"{name}: {error.paragraph()}")


def _fetch(here: Clone, remote: str, note: Note) -> bool:
    """Fetches a remote that the user named; that it does not answer is no error."""
    if here.repository.config(f"remote.{remote}.url") is None:
        note(f"patchflow.watchfetch names {remote}, which is not a remote here: `git remote -v` lists them.")
        return False
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:http:git:ssh:file"}
    try:
        here.git.run("fetch", "--quiet", "--no-recurse-submodules", "--", remote, env=quiet, timeout=_FETCH_SECONDS)
    except OutsideError as error:
        note(error.paragraph())
        return False
    return True


def _places(
    here: Clone, series: Series, arrivals: Sequence[Arrival], now: datetime, opened: Callable[[str], Inbox]
) -> Iterator[tuple[str, Callable[[Note], object]]]:
    """Where a series is asked about, and how."""
    last = series.last
    assert last is not None
    yield "archive", lambda note: fetch_threads(here, [last.root], lore_of(here, series), opened=opened)
    if now - last.date < _ARRIVES_WITHIN and not (arrivals and all(one.fate is not Fate.MISSING for one in arrivals)):
        yield "arrival", lambda note: verify(here, series, 0, "", False, note)
    if url := here.repository.config(AI_REVIEWS):
        yield "reviews", lambda note: ask_reviews(here, series, url, now)
    profile = here.profile_of(series)
    if profile.patchwork:
        sender = writes_as(here, identity_for(here.repository.config, series.branch, profile.name))
        yield "patchwork", lambda note: ask_patchwork(here, series, sender.email)
