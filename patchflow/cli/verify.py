"""`patchflow verify`: whether each mail of a revision arrived, and as it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.domain.arrival import Fate, in_short
from patchflow.errors import Exit, UsageError
from patchflow.flow.send.arrival import verify
from patchflow.flow.series.status import arrival_json
from patchflow.formats.safe import safe_line

if TYPE_CHECKING:
    import argparse

_REVISION = lazy_re.compile(r"v?[0-9]{1,6}")

EXAMPLE = "patchflow verify v2"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("revision", nargs="?", default="", metavar="vN", help="a revision that was sent (the last)")
    parser.add_argument("--url", metavar="URL", default="", help="the public inbox to ask instead of the profile's")
    parser.add_argument("--offline", action="store_true", help="look only in the mail taken in")


def run(args: argparse.Namespace, output: Output) -> int:
    """1 where a mail is not there or was changed on the way."""
    here = clone(args)
    series = here.store.load(with_diffs=False)
    if args.revision and not _REVISION.fullmatch(args.revision):
        raise UsageError(f"{args.revision!r} is not a revision.", "It looks like v2.")
    arrivals = verify(here, series, int(args.revision.removeprefix("v") or 0), args.url, args.offline, output.note)
    lines: list[str] = []
    for one in arrivals:
        where = f", seen in {one.where}" if one.where else ""
        lines.append(safe_line(f"{one.fate}: {one.subject}{where}"))
        lines += [f"  {safe_line(words)}" for words in one.differences]
    output.data({"messages": [arrival_json(one) for one in arrivals]}, [*lines, f"{in_short(arrivals)}."])
    return int(Exit.OK if all(one.fate is Fate.ARRIVED for one in arrivals) else Exit.DOES_NOT_HOLD)
