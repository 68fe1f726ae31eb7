"""`patchflow watch`: what is new about everything that was sent or waits, each told once."""

from __future__ import annotations

import time

from patchflow.adapters.paths import git_paths
from patchflow.adapters.quiet import still_quiet
from patchflow.cli.diagnostics import Output
from patchflow.formats.counted import nothing_new

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow watch --once"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--once", action="store_true", help="look once instead of again and again")
    parser.add_argument("--offline", action="store_true", help="ask no server: only what was taken in and fetched")
    parser.add_argument("--every", type=float, default=30.0, metavar="MINUTES", help="how often it looks (30)")
    parser.add_argument("--notify", default="", metavar="COMMAND", help="run this with each line as its last argument")
    parser.add_argument("--log", action="store_true", help="what was told recently, with times")
    parser.add_argument("--timer", action="store_true", help="print a line for a crontab, and a systemd user timer")


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where something waits for the user."""
    asks = args.once and not (args.timer or args.log or args.offline)
    found = git_paths(args.directory) if asks else None
    if found and (waits := still_quiet(found, time.time())) is not None:
        output.data({"events": [], "waits": waits, "unreadable": []}, [nothing_new(waits)])
        return int(waits > 0)
    from patchflow.lazy_inspect import without_inspect

    without_inspect()
    from patchflow.cli.watching import watch

    return watch(args, output)
