"""`patchflow try build|dtbs|boot|bisect|trace|clean`: builds what the series touches, boots it, reads QEMU's traces."""

from __future__ import annotations

import signal
from argparse import SUPPRESS
from types import FrameType
from typing import TYPE_CHECKING

from patchflow.cli.asking import confirmed
from patchflow.cli.boot_options import boot_arguments
from patchflow.cli.build_options import kernel_arguments, setting_arguments
from patchflow.cli.diagnostics import Output
from patchflow.errors import PatchflowError
from patchflow.flow.try_.clean import kept, remove

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow try build --per-patch"
_EVENTS = "virtio,virtqueue,ioapic"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    what = parser.add_subparsers(dest="what", metavar="build|dtbs|boot|bisect|trace|clean", required=True)
    build = what.add_parser("build", help="build the modules the patches touch; only new warnings count",
                            epilog="Example: patchflow try build --per-patch")  # fmt: skip
    build.add_argument("--per-patch", action="store_true", help="each patch by itself, as git bisect will meet it")
    setting_arguments(build)
    build.add_argument(
        "--install", action="store_true", help="install them beside the running kernel's, once you say so"
    )
    build.add_argument("--remove", action="store_true", help="remove what --install put there, once you say so")
    trees = what.add_parser("dtbs", help="check the device trees and bindings that change; only new messages count",
                           epilog="Example: patchflow try dtbs --all")  # fmt: skip
    trees.add_argument("--all", action="store_true", help="every device tree that includes what is changed")
    boot = what.add_parser("boot", help="boot a guest with those modules and watch its kernel",
                           epilog="Example: patchflow try boot --machine q35")  # fmt: skip
    boot_arguments(boot, tests=True)
    trace = what.add_parser("trace", help="read a QEMU trace, or boot with tracing on",
                            epilog="Example: patchflow try trace --events virtio,ioapic,apic")  # fmt: skip
    boot.add_argument("--vng", action="store_true", help="by virtme-ng: the guest sees this machine's files")
    boot.add_argument("--per-patch", action="store_true", help="each patch by itself, the base first")
    since = what.add_parser("bisect", help="find the patch that broke it: the build, the boot, or what a command tests",
                            epilog="Example: patchflow try bisect --boot")  # fmt: skip
    how = since.add_mutually_exclusive_group()
    how.add_argument("--boot", action="store_true", help="boot each, and what runs in the guest (default: build each)")
    how.add_argument("--run", default="", metavar="COMMAND", help="run this in a folder with the commit's files")
    boot_arguments(since)
    kernel_arguments(boot)
    kernel_arguments(since)
    _trace_arguments(trace)
    boot_arguments(trace)
    clean = what.add_parser("clean", help="show what tries keep in the cache, and remove it once you say so",
                            epilog="Example: patchflow try clean --yes")  # fmt: skip
    clean.add_argument("--yes", action="store_true", help="remove it without asking")

    for sub in (build, trees, boot, since):
        sub.add_argument(
            "range", nargs="?", default="", metavar="RANGE|FILE", help="commits, or an mbox (default: the series)"
        )
    for sub in (build, boot, since):
        sub.add_argument("--against", default="", metavar="DIR", help="kernel headers or a full tree (only read)")
    trace.add_argument("--against", default="", metavar="DIR|FILE",
                       help="headers or a full tree; beside FILE the base's trace, to compare with")  # fmt: skip
    for sub in (build, boot, since, trace):
        sub.add_argument(
            "--on",
            default="",
            metavar="KERNEL",
            help="carry the series to `running`, a release, version, tag or DIR first",
        )
        sub.add_argument("--edit", action="store_true", help="with --on: open each conflict in your editor")
    for sub in (build, trees, boot, since, trace, clean):
        sub.add_argument("--json", action="store_true", default=SUPPRESS, help="print one JSON document")


def _trace_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", default="", metavar="FILE", help="a trace (default: boot the series)")
    parser.add_argument("--events", default=_EVENTS, metavar="LIST", help=f"what to trace in a boot ({_EVENTS})")
    parser.add_argument("--trace-events", default="", metavar="FILE", help="QEMU's trace-events-all")
    parser.add_argument("--device", default="", metavar="VDEV", help="only this device, as the timeline names it")
    parser.add_argument("--event", default="", metavar="GLOB", help="show the events with these names, unchanged")
    parser.add_argument("--with-base", action="store_true", help="boot the base too, and compare")
    parser.add_argument("--picture", default="", metavar="SVG", help="with two traces: draw how latencies are spread")
    parser.add_argument("--commits", default="", metavar="RANGE", dest="range", help="boot these commits")


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where what was tried does not hold."""
    _stop_on_signals()
    if args.what == "clean":
        return _clean(args, output)
    from patchflow.cli import trying  # with all that builds and boots

    return trying.run(args, output)


def _stop_on_signals() -> None:
    """A hang-up or a polite kill stops as Ctrl-C does: with every process and folder cleared away."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, lambda *_: None)  # a second one does not disturb the clearing away
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


def _clean(args: argparse.Namespace, output: Output) -> int:
    found = kept()
    total = sum(one.size for one in found)
    rows = [{"path": str(one.path), "what": one.what, "bytes": one.size} for one in found]
    lines = [f"{one.size / 1e6:8.1f} MB  {one.path}: {one.what}" for one in found]
    output.data({"kept": rows, "bytes": total}, [*lines, f"{total / 1e6:8.1f} MB  in all"])
    if found and (args.yes or confirmed("Remove all of it? It is fetched and built again where it is wanted.", "d")):
        freed, stay = remove(found)
        output.note(f"removed {freed / 1e6:.1f} MB")
        for text in stay:
            output.note(text)
        if stay:
            raise PatchflowError("Not all of it was removed.", "Run this again when the other try has ended.")
    return 0
