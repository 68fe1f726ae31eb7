"""`patchflow try build`: builds what the series touches."""

from __future__ import annotations

import argparse
import signal
from types import FrameType
from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone

if TYPE_CHECKING:
    from patchflow.services.try_build import Step
    from patchflow.wiring import Clone
    from patchflow.wiring.try_ import Tried

EXAMPLE = "patchflow try build --per-patch"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    what = parser.add_subparsers(dest="what", metavar="build", required=True)
    build = what.add_parser("build", help="build the modules the patches touch; only new warnings count",
                            epilog="Example: patchflow try build --per-patch")  # fmt: skip
    build.add_argument("range", nargs="?", default="", metavar="RANGE", help="commits (default: the series)")
    build.add_argument("--per-patch", action="store_true", help="each patch by itself, as git bisect will meet it")
    build.add_argument("--against", default="", metavar="DIR", help="kernel headers or a prepared tree")
    build.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document")


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where a step does not hold."""
    _stop_on_signals()
    return _build(args, output)


def _stop_on_signals() -> None:
    """A hang-up or a polite kill stops as Ctrl-C does: with every process and folder cleared away."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


def _build(args: argparse.Namespace, output: Output) -> int:
    from patchflow.services.try_build import report_document, report_lines
    from patchflow.wiring.try_ import build, tried_of

    here: Clone = clone(args)
    tried: Tried = tried_of(here, args.range)

    def told(step: Step, number: int, count: int) -> None:
        how = "from the cache" if step.built.cached else f"{step.built.seconds:.1f} s"
        output.note(f"{number}/{count} {step.subject}: {step.verdict()} ({how})")

    report = build(here, tried, args.against, args.per_patch, output.note, output.note, told)
    output.data(report_document(report), report_lines(report))
    return 0 if report.holds else 1
