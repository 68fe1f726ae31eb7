"""What several commands share: the clone they work on, and a series as document and as lines."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patchflow.domain.series import Series
    from patchflow.services.status import Standing
    from patchflow.wiring import Clone


def clone(args: argparse.Namespace) -> Clone:
    """The clone around -C DIR."""
    from patchflow.wiring import Clone

    return Clone(args.directory)


def series_document(here: Clone, series: Series) -> dict[str, Any]:
    """The JSON of one series."""
    from patchflow.services.status import series_json
    from patchflow.wiring.tried import evidence

    kept = ("kind", "date", "holds", "says")
    tried = [{key: row.get(key) for key in kept} for row in evidence(here, series)]
    return {**series_json(series, stands(here, series)), "tried": tried}


def stands(here: Clone, series: Series) -> Standing:
    """Where a series stands, from what is at hand without running checks anew."""
    from patchflow.wiring.status import standing_of

    return standing_of(here, series)


def series_lines(here: Clone, series: Series) -> list[str]:
    """A series for people."""
    from patchflow.wiring.tried import tried_lines

    standing = stands(here, series)
    count = len(series.patches)
    rows = [f"{series.name}  v{series.next_revision}  {standing.state}  ({series.profile}, {series.base_ref[:24]})"]
    rows += [f"  {n}/{count} {patch.commit[:12]} {patch.subject}" for n, patch in enumerate(series.patches, start=1)]
    for revision in series.revisions:
        rows.append(f"  v{revision.number} sent {revision.date:%Y-%m-%d %H:%M}, {len(revision.messages)} messages")
    rows += [f"  tried: {text}" for text in tried_lines(here, series)]
    rows.append(f"  next: {standing.next_step}")
    return rows
