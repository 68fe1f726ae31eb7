"""`patchflow window`: is the tree open for new patches."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import UsageError
from patchflow.flow.window import decide as service
from patchflow.flow.window.decide import KINDS
from patchflow.flow.window.evidence import window_of
from patchflow.formats.counted import many

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow window --tree net-next --offline"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--tree", default="", metavar="T", help="a profile's name (default: the current series')")
    parser.add_argument("--at", metavar="DATE", help="as of another moment (ISO date, UTC where no zone is given)")
    parser.add_argument("--offline", action="store_true", help="do not ask the status page")
    parser.add_argument("--page", metavar="FILE", help="a saved status page instead of the network's")
    parser.add_argument("--tags", metavar="FILE", help="lines `NAME ISO-DATE` instead of the clone's tags")


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 0 where the window is open, 1 where it is not or nobody can tell."""
    here = clone(args)
    facts = here.subsystems.of((), args.tree) if args.tree else None
    result, tags, now = window_of(
        here, facts, at=_moment(args.at) if args.at else None, offline=args.offline,
        page=Path(args.page) if args.page else None, tags=Path(args.tags) if args.tags else None,
    )  # fmt: skip
    lines = [f"{result.tree}: {result.state}"]
    lines.append(f"  {KINDS.get(result.kind, result.kind)} ({result.why})")
    if result.since:
        lines.append(f"  since {result.since:%Y-%m-%d}")
    if result.until:
        lines.append(f"  until about {result.until:%Y-%m-%d}")
    lines += [f"  {e.source}: {e.says}; {e.detail}{_age(e.age.days if e.age else None)}" for e in result.evidence]
    if result.forecast.closes and result.forecast.reopens:
        lines.append(
            f"  forecast: closes {result.forecast.closes:%Y-%m-%d}, reopens {result.forecast.reopens:%Y-%m-%d}"
        )
    lines.append(f"  welcome now: {', '.join(result.may_post)}")
    if tags:
        lines += ["", *service.timeline(tags, result, now)]
    output.data(service.window_json(result), lines)
    return 0 if result.state == "open" else 1


def _age(days: int | None) -> str:
    return "" if days is None else f" ({many(days, 'day')} old)"


def _moment(text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--at wants an ISO date like 2026-03-02 or 2026-03-02T12:00, not {text!r}.") from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)
