"""Is a tree open for new patches: tags, status page, announcements and calendar joined into one answer.

Facts and figures: Documentation/process/maintainer-netdev.rst for trees that close with net-next; a soft window's
words and the -rc it speaks of stand in the profile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from patchflow import lazy_re
from patchflow.domain.profile import Profile, WindowFacts
from patchflow.domain.window import Evidence, Forecast, Window, WindowState
from patchflow.values import dataclass

TAG = lazy_re.compile(r"^v(\d{1,4})\.(\d{1,6})(?:-rc(\d{1,4}))?$", re.ASCII)
RELEASE_AFTER_RC1 = timedelta(days=49)  # rc7, then the release: rc1 + 7 weeks
MERGE_WINDOW = timedelta(days=14)
CYCLE = timedelta(days=63)
KINDS = {
    "netdev": "netdev's kind: closed from a release until after the next -rc1",
    "soft": "a soft kind: never closed, with a word about late work",
    "open": "always open",
}
_REOPENS_AT = time(18, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tag:
    """A release or candidate: its version, its candidate number (0 for a release, and for a first -rc0), its day."""

    name: str
    version: tuple[int, int]
    rc: int
    when: datetime
    is_candidate: bool = False


@dataclass(frozen=True, slots=True)
class Announcement:
    """A mail that says the window is open or closed: when it was sent, and its subject."""

    when: datetime
    subject: str
    says: WindowState


def read_tags(rows: Iterable[tuple[str, datetime]], pattern: re.Pattern[str] = TAG) -> list[Tag]:
    """The project's tags among these, oldest first; mainline's where no other pattern is given."""
    found = [
        Tag(name, (int(m[1]), int(m[2])), int(m[3] or 0), when, m[3] is not None)
        for name, when in rows
        if (m := pattern.match(name)) is not None
    ]
    return sorted(found, key=lambda tag: (tag.when, tag.version, tag.rc or (0 if tag.is_candidate else 99)))


def read_announcements(mails: Iterable[tuple[datetime, str]], facts: WindowFacts) -> list[Announcement]:
    """The announcements among (date, subject) pairs, replies left out, oldest first."""
    if not facts.announce_pattern:
        return []
    want = re.compile(facts.announce_pattern, re.IGNORECASE)
    found = [
        Announcement(when, subject, WindowState(match.groups()[-1].lower()))
        for when, subject in mails
        if not re.match(r"(?i)^\s*(re|aw|fwd?)\s*:", subject) and (match := want.search(subject))
    ]
    return sorted(found, key=lambda one: one.when)


def forecast(tags: Sequence[Tag], now: datetime) -> Forecast:
    """When the window closes next and reopens after that, from the newest tags up to `now`.

    A release comes 63 days after the last one (rc7), or a week later where holidays fall into the weeks
    before it (the cycle over the year's end mostly has an rc8); the window reopens on the Monday after -rc1.
    """
    seen = [tag for tag in tags if tag.when <= now]
    if not seen:
        return Forecast(None, None)
    newest = seen[-1]
    if newest.rc:
        closes = _release_day(newest, seen)
        return Forecast(closes, _reopening(closes))
    reopens = _reopening(newest.when)
    return Forecast(_midday(newest.when + CYCLE + _extra_week(newest.when + CYCLE)), reopens)


def _release_day(newest: Tag, seen: Sequence[Tag]) -> datetime:
    first = next((t for t in seen if t.version == newest.version and t.rc == 1), None)
    rc1 = first.when if first else newest.when - timedelta(days=7 * (newest.rc - 1))
    due = rc1 + RELEASE_AFTER_RC1
    due += _extra_week(due)
    if newest.rc >= 7:
        due = max(due, newest.when + timedelta(days=7))
    return _midday(_sunday(due))


def _extra_week(due: datetime) -> timedelta:
    """An rc8 comes where a cycle's candidates span Christmas and New Year."""
    start = due - RELEASE_AFTER_RC1
    spans = any(start.date() <= date(year, 12, 28) <= due.date() for year in (start.year, due.year))
    return timedelta(days=7) if spans else timedelta()


def _sunday(when: datetime) -> datetime:
    """The Sunday nearest to a moment: Linus tags on Sundays."""
    shift = (when.weekday() + 1) % 7
    return when - timedelta(days=shift) if shift <= 3 else when + timedelta(days=7 - shift)


def _midday(when: datetime) -> datetime:
    return datetime.combine(when.astimezone(UTC).date(), time(12, 0, tzinfo=UTC))


def _reopening(release: datetime) -> datetime:
    """The Monday after -rc1, 18:00 UTC."""
    rc1 = release + MERGE_WINDOW
    days = (7 - rc1.weekday()) % 7 or 7
    return datetime.combine((rc1 + timedelta(days=days)).astimezone(UTC).date(), _REOPENS_AT)


def tags_evidence(
    tags: Sequence[Tag], now: datetime, sublevel: int | None, tree: str = "net-next"
) -> tuple[Evidence, datetime | None, datetime | None]:
    """What the tags say, with since and until where they tell."""
    source = "tags of the tree"
    if sublevel:
        detail = f"this is a stable tree (SUBLEVEL {sublevel}); its tags do not tell where mainline stands"
        return Evidence(source, WindowState.UNKNOWN, None, detail), None, None
    seen = [tag for tag in tags if tag.when <= now]
    if not seen:
        return Evidence(source, WindowState.UNKNOWN, None, "no tag of mainline (vX.Y, vX.Y-rcN) is here"), None, None
    newest = seen[-1]
    age = now - newest.when
    said = f"{newest.name} of {newest.when:%Y-%m-%d}"
    if newest.rc == 0:
        reopens = _reopening(newest.when)
        if age > timedelta(days=16):
            return (
                Evidence(source, WindowState.UNKNOWN, age, f"the newest tag is {said}: the clone is stale, fetch tags"),
                None,
                None,
            )
        return Evidence(source, WindowState.CLOSED, age, f"{said} opened the merge window"), newest.when, reopens
    if age > timedelta(days=10):
        return (
            Evidence(source, WindowState.UNKNOWN, age, f"the newest tag is {said}: the clone is stale, fetch tags"),
            None,
            None,
        )
    if newest.rc == 1 and now < _next_monday(newest.when):
        detail = f"{said} is out, which does not yet open {tree}; expected {_next_monday(newest.when):%a %d %b}"
        return Evidence(source, WindowState.UNCERTAIN, age, detail), newest.when, _next_monday(newest.when)
    closes = forecast(tags, now).closes
    soon = " (closing soon)" if newest.rc >= 7 else ""
    first = next((t.when for t in seen if t.version == newest.version and t.rc == 1), None)
    since = _next_monday(first) if first else None
    return Evidence(source, WindowState.OPEN, age, f"{said}{soon}"), since, closes


def _next_monday(rc1: datetime) -> datetime:
    days = (7 - rc1.weekday()) % 7 or 7
    return datetime.combine((rc1 + timedelta(days=days)).astimezone(UTC).date(), _REOPENS_AT)


def page_evidence(page: str, age: timedelta | None, now: datetime) -> Evidence:
    """What the status page says: open xor closed in its text and image names; both, neither or a past date: unknown."""
    source = "status page"
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>|<!--.*?-->", " ", page)
    images = " ".join(re.findall(r"(?i)(?:src|alt|title|href|content)\s*=\s*[\"']([^\"']*)", text))
    words = re.sub(r"<[^>]+>", " ", text) + " " + re.sub(r"[^A-Za-z]+", " ", images)
    is_open = bool(re.search(r"(?i)\bopen(?:ed)?\b", words))
    is_closed = bool(re.search(r"(?i)\bclosed?\b", words))
    if match := re.search(r"(?i)until\s+(\d{4}-\d{2}-\d{2})", words):
        until = datetime.combine(date.fromisoformat(match[1]), time(23, 59, tzinfo=UTC))
        if until < now:
            return Evidence(source, WindowState.UNKNOWN, age, f"speaks of {match[1]}, which has gone by")
    if is_open == is_closed:
        said = "says both open and closed" if is_open else "says neither open nor closed"
        return Evidence(source, WindowState.UNKNOWN, age, said)
    state = WindowState.OPEN if is_open else WindowState.CLOSED
    return Evidence(source, state, age, f"says {state}")


def shutdown_evidence(facts: WindowFacts, now: datetime) -> tuple[Evidence, datetime, datetime] | None:
    """The year's end: netdev is closed about 21 December to 2 January whatever the cycle; None outside it."""
    first, last = (tuple(int(n) for n in text.split("-")) for text in (facts.shutdown_from, facts.shutdown_until))
    for year in (now.year - 1, now.year):
        begins = datetime(year, first[0], first[1], tzinfo=UTC)
        ends = datetime(year + 1, last[0], last[1], 23, 59, tzinfo=UTC)
        if begins <= now <= ends:
            detail = f"netdev rests at the year's end, about {begins:%d %b} to {ends:%d %b}"
            return Evidence("calendar", WindowState.CLOSED, now - begins, detail), begins, ends
    return None


def judge(
    profile: Profile,
    now: datetime,
    *,
    tags: Sequence[Tag] = (),
    sublevel: int | None = None,
    page: tuple[str, timedelta | None] | None = None,
    announcements: Sequence[Announcement] = (),
    notes: Sequence[Evidence] = (),
) -> Window:
    """Joins the evidence. The freshest announcement wins, then the year's end, then the page, then the tags.

    `page` is the status page's text and its age; `notes` are witnesses that could not be asked.
    """
    if profile.window.kind != "netdev":
        found = _always_open(profile, tags, now)
    else:
        found = _judge(profile, now, tags, sublevel, page, announcements, notes)
    return replace(found, kind=profile.window.kind, why=_why(profile))


def _why(profile: Profile) -> str:
    """Where it stands how the tree's window works."""
    said = next((fact.because for fact in profile.why if fact.fact == "window"), f"the profile {profile.name}")
    note = profile.window.note
    return f"{said}: {note}" if note and note not in said else said


def _judge(
    profile: Profile,
    now: datetime,
    tags: Sequence[Tag],
    sublevel: int | None,
    page: tuple[str, timedelta | None] | None,
    announcements: Sequence[Announcement],
    notes: Sequence[Evidence],
) -> Window:
    """netdev's window, which closes."""
    evidence: list[Evidence] = []
    state, since, until = WindowState.UNKNOWN, None, None
    from_tags, tags_since, tags_until = tags_evidence(tags, now, sublevel, profile.tree.name)
    coming = forecast(tags, now) if not sublevel else Forecast(None, None)
    heard = [one for one in announcements if one.when <= now]
    if heard:
        last = heard[-1]
        evidence.append(
            Evidence("announcement", last.says, now - last.when, f"{last.subject!r} of {last.when:%Y-%m-%d}")
        )
    if page is not None:
        evidence.append(page_evidence(page[0], page[1], now))
    resting = shutdown_evidence(profile.window, now)
    if resting:
        evidence.append(resting[0])
    evidence.extend([from_tags, *notes])
    if heard and _still_holds(heard[-1], tags, now, resting):
        state, since = heard[-1].says, heard[-1].when
        until = (coming.closes if state == WindowState.OPEN else coming.reopens) if coming.closes else None
    elif resting:
        state, since, until = WindowState.CLOSED, resting[1], resting[2]
    else:
        said = next((e for e in evidence if e.source == "status page" and e.says != WindowState.UNKNOWN), None)
        state = said.says if said else from_tags.says
        if from_tags.says == state:
            since, until = tags_since, tags_until
    if profile.window.note:
        evidence.append(Evidence("profile", state, None, profile.window.note))
    return Window(profile.tree.name, state, since, until, tuple(evidence), coming, _may_post(state, profile))


def _always_open(profile: Profile, tags: Sequence[Tag], now: datetime) -> Window:
    """A tree that takes mail at all times; a soft window says how far the cycle is, and what that means there."""
    name, facts = profile.tree.name or profile.home or profile.name, profile.window
    seen = [tag for tag in tags if tag.when <= now]
    released = seen and not seen[-1].is_candidate and facts.stale_days
    fresh = seen[-1] if seen and now - seen[-1].when <= timedelta(days=released or 16) else None
    where = ""
    if facts.tags:
        return _own_cycle(name, facts, fresh, now)
    if facts.kind == "soft" and fresh and fresh.rc == 0:
        where = f"{fresh.name} is out, so the merge window is open: "
    elif facts.kind == "soft" and fresh:
        late = facts.closes_at and fresh.rc >= facts.closes_at
        where = f"{fresh.name} is out, {'which is late for new work' if late else 'which is early enough'}: "
    detail = where + (facts.note or f"{name} takes patches at all times")
    evidence = Evidence("profile", WindowState.OPEN, now - fresh.when if where and fresh else None, detail)
    coming = forecast(tags, now) if where else Forecast(None, None)
    return Window(name, WindowState.OPEN, None, None, (evidence,), coming, ("PATCH", "RFC"))


def _own_cycle(name: str, facts: WindowFacts, fresh: Tag | None, now: datetime) -> Window:
    """A tree whose project has releases of its own: what its newest tag means there. Patches may be posted always."""
    detail = facts.note
    if fresh:
        detail = f"{fresh.name} is out: {facts.candidate if fresh.is_candidate else facts.released}"
    evidence = Evidence("profile", WindowState.OPEN, now - fresh.when if fresh else None, detail)
    return Window(name, WindowState.OPEN, None, None, (evidence,), Forecast(None, None), ("PATCH", "RFC"))


def _still_holds(last: Announcement, tags: Sequence[Tag], now: datetime, resting: object) -> bool:
    """Whether an announcement was not overtaken: by a release since, by the year's end since, or by age."""
    if any(tag.rc == 0 and last.when < tag.when <= now for tag in tags) and last.says == WindowState.OPEN:
        return False
    if resting and last.says == WindowState.OPEN and (now - last.when) > timedelta(days=13):
        return False
    limit = timedelta(days=75 if last.says == WindowState.OPEN else 25)
    return now - last.when <= limit


def _may_post(state: WindowState, profile: Profile) -> tuple[str, ...]:
    fixes = f"PATCH {profile.fix_prefix}".strip()
    if state == WindowState.OPEN:
        return (f"PATCH {profile.prefix}".strip(), "RFC", fixes)
    return ("RFC", fixes, f"fixes for code that is only in {profile.tree.name}")


def may_send(window: Window, profile: Profile, rfc: bool) -> bool:
    """Whether a posting is welcome now: always for RFC and for trees that never close; else not while closed."""
    return profile.window.kind != "netdev" or rfc or window.state != WindowState.CLOSED


def timeline(tags: Sequence[Tag], window: Window, now: datetime, width: int = 78) -> list[str]:
    """The release cycle as three lines of text: marks, the window (open =, closed x), and the days' names."""
    seen = [tag for tag in tags if tag.when <= now]
    if not seen:
        return ["no timeline can be drawn from the tags that are here"]
    version = seen[-1].version
    start = next((t.when for t in seen if t.version == version and t.rc == 1), seen[-1].when) - MERGE_WINDOW
    end = max(window.forecast.reopens or now, now) + timedelta(days=7)
    span = max((end - start).total_seconds(), 1.0)

    def column(when: datetime) -> int:
        return min(width - 1, max(0, int((when - start).total_seconds() / span * (width - 1))))

    bar = ["="] * width
    for begin, stop in [
        (start, start + MERGE_WINDOW + timedelta(days=1)),
        (window.forecast.closes, window.forecast.reopens),
    ]:
        if begin and stop:
            for at in range(column(begin), column(stop)):
                bar[at] = "x"
    marks, labels = [" "] * width, [" "] * width
    _put(marks, column(now), "today")
    bar[column(now)] = "|"
    for tag in seen:
        if tag.when >= start:
            _put(labels, column(tag.when), f"rc{tag.rc}" if tag.rc else tag.name)
    if window.forecast.closes:
        _put(labels, column(window.forecast.closes), f"{window.forecast.closes:%d%b}")
    if window.forecast.reopens:
        _put(labels, column(window.forecast.reopens), f"{window.forecast.reopens:%d%b}")
    legend = "= open   x closed (merge window)   | today   dates: forecast"
    return ["".join(row).rstrip() for row in (marks, bar, labels)] + [legend]


def _put(row: list[str], at: int, word: str) -> None:
    """Writes a word into a row of characters where it fits and covers nothing."""
    at = min(at, len(row) - len(word))
    if at >= 0 and all(cell == " " for cell in row[max(0, at - 1) : at + len(word)]):
        row[at : at + len(word)] = list(word)


def window_json(window: Window) -> dict[str, object]:
    """The document of `window --json`; ages are in seconds."""

    def iso(when: datetime | None) -> str | None:
        return when.isoformat() if when else None

    return {
        "tree": window.tree,
        "kind": window.kind,
        "why": window.why,
        "state": str(window.state),
        "since": iso(window.since),
        "until": iso(window.until),
        "evidence": [
            {
                "source": e.source,
                "says": str(e.says),
                "age": e.age.total_seconds() if e.age else None,
                "detail": e.detail,
            }
            for e in window.evidence
        ],
        "forecast": {"closes": iso(window.forecast.closes), "reopens": iso(window.forecast.reopens)},
        "may_post": list(window.may_post),
    }
