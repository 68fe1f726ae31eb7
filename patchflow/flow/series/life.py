"""The life of a series as a line for each revision: sent, comments, tags, bots, applied, in linux-next, released."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from patchflow.domain.message import Message
from patchflow.domain.series import Revision
from patchflow.formats.safe import in_xml, safe, safe_line
from patchflow.named_tuple import NamedTuple

# What happened: its letter in the terminal, its colour in a picture, its words. The last in a cell wins.
KINDS: Mapping[str, tuple[str, str, str]] = {
    "bot": ("b", "#8c6d31", "a bot's mail"), "comment": ("c", "#1f77b4", "a mail"), "tag": ("R", "#2ca02c", "a tag"),
    "sent": ("●", "#333333", "sent"), "applied": ("A", "#9467bd", "applied"), "next": ("N", "#17becf", "in linux-next"),
    "released": ("V", "#d62728", "released"),
}  # fmt: skip
_LEFT, _WIDTH, _ROW = 70, 720, 44  # points of a picture


class Mark(NamedTuple):
    """One thing that happened to a revision."""

    revision: int
    when: datetime
    kind: str
    text: str


class Facts(NamedTuple):
    """What the statistics need of a series: days from its first posting to a person's first word (None: none came), and
    how many revisions it took until it was applied (None: it is not)."""

    first_word: float | None
    revisions: int | None


def marks_of(
    revisions: Sequence[Revision], answers: Iterable[Message], tags: Collection[str], bots: Collection[str],
    told: Iterable[tuple[datetime, str]],
) -> list[Mark]:  # fmt: skip
    """Everything that bears a date, the oldest first.

    `answers` are the mails about the series that are not its own; `tags` and `bots` the Message-IDs of those that give
    a tag, and of bots; `told` what `watch` told of it, with its time.
    """
    of = {one.message_id: each.number for each in revisions for one in each.posted}
    found = [Mark(one.number, one.date, "sent", f"v{one.number} sent") for one in revisions]
    for mail in answers:
        if mail.date is None:
            continue
        number = next((of[id] for id in (*mail.in_reply_to, *reversed(mail.references)) if id in of), 0)
        kind = "bot" if mail.id in bots else "tag" if mail.id in tags else "comment"
        if number:
            found.append(Mark(number, mail.date, kind, f"{KINDS[kind][2]} of {mail.sender.name or mail.sender.email}"))
    for when, words in told:
        kind = next((kind for kind in ("applied", "next", "released") if words.startswith(KINDS[kind][2])), "")
        if kind and revisions:
            found.append(Mark(revisions[-1].number, when, kind, words))
    return sorted(found, key=lambda one: one.when)


def facts_of(marks: Sequence[Mark], applied: bool) -> Facts:
    """What the statistics need of a series."""
    sent = [one.when for one in marks if one.kind == "sent"]
    words = [one.when for one in marks if one.kind in ("comment", "tag")]
    first = (min(words) - min(sent)) / timedelta(days=1) if sent and words else None
    return Facts(max(first, 0.0) if first is not None else None, len(sent) if applied else None)


def _median(numbers: Sequence[float]) -> float:
    """The middle one, or the mean of the two there; the library's own loads decimal and fractions at each `status`."""
    ordered, half = sorted(numbers), len(numbers) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def stats_of(facts: Sequence[Facts]) -> dict[str, float | int | None]:
    """The medians over several series that were sent."""
    first = [one.first_word for one in facts if one.first_word is not None]
    took = [one.revisions for one in facts if one.revisions is not None]
    return {
        "series": len(facts), "reviewed": len(first),
        "days_to_first_review": round(_median(first), 1) if first else None,
        "applied": len(took), "revisions_until_applied": _median(took) if took else None,
    }  # fmt: skip


def stats_lines(stats: Mapping[str, float | int | None]) -> list[str]:
    """The same for people."""
    days, took = stats["days_to_first_review"], stats["revisions_until_applied"]
    return [
        f"{stats['series']} series {'was' if stats['series'] == 1 else 'were'} sent.",
        f"To the first review: {'nobody reviewed one yet' if days is None else f'{days:g} days'}"
        + (f" (median of {stats['reviewed']})" if days is not None else ""),
        f"Revisions until applied: {'none was applied yet' if took is None else f'{took:g}'}"
        + (f" (median of {stats['applied']})" if took is not None else ""),
    ]


def life_lines(marks: Sequence[Mark], width: int = 60) -> list[str]:
    """A line for each revision on one scale of time, its days above; `width` are the cells of the scale."""
    if not marks:
        return []
    begin, end = marks[0].when, marks[-1].when
    rows: dict[int, list[str]] = {}
    order = list(KINDS)
    best: dict[tuple[int, int], int] = {}
    for one in marks:
        at = round(_part(one.when, begin, end) * (width - 1))
        rank = order.index(one.kind)
        if best.get((one.revision, at), -1) <= rank:
            best[one.revision, at] = rank
            rows.setdefault(one.revision, ["·"] * width)[at] = KINDS[one.kind][0]
    days = f"{begin:%d %b %Y}{f'{end:%d %b %Y}':>{max(width - 11, 12)}}"
    used = [kind for kind in KINDS if any(one.kind == kind for one in marks)]
    legend = ", ".join(f"{KINDS[kind][0]} {KINDS[kind][2]}" for kind in used)
    return [
        f"     {days}",
        *(f"{f'v{number}':>4} {''.join(row)}" for number, row in sorted(rows.items())),
        f"     {legend}",
    ]


def life_svg(name: str, title: str, marks: Sequence[Mark]) -> str:
    """The same as a picture: SVG without scripts or links, the words of each mark where the pointer rests."""
    begin, end = (marks[0].when, marks[-1].when) if marks else (datetime.min, datetime.min)
    numbers = sorted({one.revision for one in marks})
    height = 90 + _ROW * len(numbers) + 30
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 40}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<text x="16" y="24" font-size="16">{_xml(name)}</text><text x="16" y="44" fill="#555">{_xml(title)}</text>',
    ]
    for row, number in enumerate(numbers):
        y = 90 + row * _ROW
        out.append(f'<text x="16" y="{y + 4}">v{number}</text>'
                   f'<line x1="{_LEFT}" y1="{y}" x2="{_LEFT + _WIDTH}" y2="{y}" stroke="#ccc"/>')  # fmt: skip
    for one in sorted(marks, key=lambda each: list(KINDS).index(each.kind)):
        letter, colour, _ = KINDS[one.kind]
        x, y = _LEFT + _part(one.when, begin, end) * _WIDTH, 90 + numbers.index(one.revision) * _ROW
        out.append(f'<g><title>{_xml(f"{one.when:%Y-%m-%d %H:%M} {one.text}")}</title>'
                   f'<circle cx="{x:.1f}" cy="{y}" r="6" fill="{colour}"/>'
                   + (f'<text x="{x:.1f}" y="{y - 10}" text-anchor="middle" fill="{colour}">{letter}</text>'
                      if one.kind not in ("sent", "comment", "bot") else "") + "</g>")  # fmt: skip
    if marks:
        grey = f'y="{height - 34}" fill="#555"'
        out.append(f'<text x="{_LEFT}" {grey}>{begin:%Y-%m-%d}</text>'
                   f'<text x="{_LEFT + _WIDTH}" {grey} text-anchor="end">{end:%Y-%m-%d}</text>')  # fmt: skip
    for at, kind in enumerate(kind for kind in KINDS if any(one.kind == kind for one in marks)):
        _, colour, words = KINDS[kind]
        out.append(f'<circle cx="{_LEFT + 6 + at * 105}" cy="{height - 14}" r="5" fill="{colour}"/>'
                   f'<text x="{_LEFT + 16 + at * 105}" y="{height - 10}">{words}</text>')  # fmt: skip
    return "\n".join([*out, "</svg>", ""])


def _part(when: datetime, begin: datetime, end: datetime) -> float:
    """Where in a span of time, from 0 to 1."""
    span = (end - begin).total_seconds()
    return min(max((when - begin).total_seconds() / span, 0.0), 1.0) if span > 0 else 0.0


def _xml(text: str) -> str:
    """Foreign text in a picture."""
    return in_xml(safe(safe_line(text, 120)))
