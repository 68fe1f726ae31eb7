"""What several commands share: the clone they work on, and how a series is shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from patchflow.formats.safe import safe, safe_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from patchflow.cli.diagnostics import Output
    from patchflow.domain.series import Series
    from patchflow.errors import PatchflowError
    from patchflow.flow.clone import Clone
    from patchflow.flow.series.status import Standing


def clone(args: argparse.Namespace, take_back: bool = True) -> Clone:
    """The clone around -C DIR; a step that was cut off there is taken back, and told."""
    from patchflow.flow.clone import Clone

    here = Clone(args.directory)
    if take_back and (title := here.take_back_half()):
        sys.stderr.write(f"patchflow: `{safe(title)}` was cut off halfway; it was taken back whole.\n")
    return here


def standing_of(here: Clone, series: Series) -> Standing:
    """Where a series stands by what is at hand, the mail taken in included; no check, no network."""
    from patchflow.flow.series.board import Review, standing_with, windows

    window = windows(here)(here.profile_of(series))
    return standing_with(here, series, Review(here), window)


def show_series(here: Clone, series: Series, output: Output) -> None:
    """Prints one series, for people or as JSON."""
    standing = standing_of(here, series)
    output.data(series_document(here, series, standing), series_lines(here, series, standing))


def unreadable_document(unreadable: Sequence[tuple[str, PatchflowError]]) -> list[dict[str, str]]:
    """The JSON of what could not be read, and why."""
    return [{"name": name, "why": error.paragraph()} for name, error in unreadable]


def series_document(here: Clone, series: Series, standing: Standing) -> dict[str, Any]:
    """The JSON of one series."""
    from patchflow.flow.series.status import series_json
    from patchflow.flow.try_.results import evidence

    kept = ("kind", "date", "holds", "says")
    tried = [{key: row.get(key) for key in kept} for row in evidence(here, series)]
    return {**series_json(series, standing), "tried": tried}


def series_lines(here: Clone, series: Series, standing: Standing) -> list[str]:
    """A series for people."""
    from patchflow.domain.arrival import in_short as arrived
    from patchflow.domain.patchwork import in_short
    from patchflow.flow.review.todo_view import age
    from patchflow.flow.series.status import open_words
    from patchflow.flow.try_.results import tried_lines

    count = len(series.patches)
    number = series.number_in(standing.state)
    rows = [f"{series.name}  v{number}  {standing.state}  ({standing.profile}, {series.base_name[:24]})"]
    rows += [f"  {safe_line(series.title, 100)}"] if series.title and count != 1 else []
    rows += [f"  {n}/{count} {patch.commit[:12]} {patch.subject}" for n, patch in enumerate(series.patches, start=1)]
    for revision in series.revisions:
        rows.append(f"  v{revision.number} sent {revision.date:%Y-%m-%d %H:%M}, {_messages(len(revision.messages))}")
        rows += [f"    tried: {text}" for text in revision.evidence]
    rows += [f"  tried: {text}" for text in tried_lines(here, series)]
    if series.last and series.last.messages:
        of = sum(bool(one.part or one.commit) for one in series.last.messages)
        rows.append(f"  tags: {standing.reviewed}/{of} reviewed")
    if words := open_words(standing.open_comments, standing.asked_again, standing.bot_findings):
        rows.append(f"  review: {words}")
    if standing.last:
        rows.append(f"  last heard of: {standing.last:%Y-%m-%d %H:%M}, {age(standing.last)} ago")
    if standing.arrivals:
        rows.append(f"  archive: {arrived(standing.arrivals)}")
    if standing.patchwork:
        rows.append(f"  patchwork: {in_short(standing.patchwork)}")
    rows.append(f"  next: {standing.next_step.words}")
    return rows


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
