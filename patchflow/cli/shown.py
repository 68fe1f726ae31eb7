"""What several commands share: the clone they work on, and how a series is shown."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchflow.cli.diagnostics import Output
    from patchflow.domain.series import Series
    from patchflow.services.status import Standing
    from patchflow.wiring import Clone
    from patchflow.wiring.board import Review


def clone(args: argparse.Namespace) -> Clone:
    """The clone around -C DIR."""
    from patchflow.wiring import Clone

    return Clone(args.directory)


def standing_of(here: Clone, series: Series, review: Review | None = None) -> Standing:
    """Where a series stands by what is at hand, the mail taken in included; no check, no network."""
    from patchflow.wiring.board import Review, standing_with, windows

    window = windows(here)(series.profile or here.default_profile())
    return standing_with(here, series, review or Review(here), window)


def show_series(here: Clone, series: Series, output: Output) -> None:
    """Prints one series, for people or as JSON."""
    from patchflow.services.status import series_json

    standing = standing_of(here, series)
    output.data(series_json(series, standing), series_lines(series, standing))


def series_lines(series: Series, standing: Standing) -> list[str]:
    """A series for people."""
    count = len(series.patches)
    rows = [f"{series.name}  v{series.next_revision}  {standing.state}  ({series.profile}, {series.base_ref[:24]})"]
    rows += [f"  {n}/{count} {patch.commit[:12]} {patch.subject}" for n, patch in enumerate(series.patches, start=1)]
    for revision in series.revisions:
        rows.append(f"  v{revision.number} sent {revision.date:%Y-%m-%d %H:%M}, {len(revision.messages)} messages")
    rows.append(f"  next: {standing.next_step}")
    return rows
