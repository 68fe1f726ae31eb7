"""How a guest is to be booted, as `try boot`, `try trace` and `review boot` take it from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.adapters.files import read_named
from patchflow.errors import UsageError
from patchflow.flow.try_.boot import BootWish
from patchflow.formats.mail.charset import utf8

if TYPE_CHECKING:
    import argparse


def boot_arguments(parser: argparse.ArgumentParser, verb: str = "") -> None:
    """The guest's machine, kernel, modules, test and time; `verb` stands in front of each help text."""
    parser.add_argument("--machine", choices=("microvm", "q35"), default="microvm", help=f"{verb}QEMU's machine")
    parser.add_argument("--kernel", default="", metavar="IMAGE", help=f"{verb}a kernel of your own (default: Debian's)")
    parser.add_argument("--modules", nargs="+", default=[], metavar="KO",
                        help=f"{verb}these modules instead of the series'")  # fmt: skip
    parser.add_argument("--test", default="", metavar="SCRIPT", help=f"{verb}a shell script for the guest (busybox)")
    parser.add_argument(
        "--timeout", type=float, default=120.0, metavar="S", help=f"{verb}seconds the guest may run (120)"
    )


def wish_of(args: argparse.Namespace, events: tuple[str, ...] = ()) -> BootWish:
    """The boot that the command line asks for."""

    if args.timeout <= 0:
        raise UsageError("--timeout wants a number of seconds above 0.")
    test = utf8(read_named(args.test), args.test) if args.test else ""
    return BootWish(args.machine, args.against, args.kernel, tuple(args.modules), test, args.timeout, events,
                    getattr(args, "vng", False))  # fmt: skip
