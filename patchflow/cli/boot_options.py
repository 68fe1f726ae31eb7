"""How a guest is to be booted, as `try boot`, `try trace` and `review boot` take it from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import read_named
from patchflow.cli.build_options import kernel_of
from patchflow.domain.build import AS_IT_STANDS, BootWish
from patchflow.errors import UsageError
from patchflow.formats.mail.charset import utf8

if TYPE_CHECKING:
    import argparse

TOUCHED = "touched"


def boot_arguments(parser: argparse.ArgumentParser, verb: str = "", tests: bool = False) -> None:
    """The guest's machine, kernel, modules, test and time; `verb` stands in front of each help text. With `tests`,
    --test takes the name of a test of the tree too, or nothing."""
    parser.add_argument("--machine", choices=("microvm", "q35"), default="microvm", help=f"{verb}QEMU's machine")
    parser.add_argument("--kernel", default="", metavar="IMAGE", help=f"{verb}a kernel of your own (default: Debian's)")
    parser.add_argument("--modules", nargs="+", default=[], metavar="KO",
                        help=f"{verb}these modules instead of the series'")  # fmt: skip
    parser.add_argument(
        "--timeout", type=float, default=None, metavar="S", help=f"{verb}seconds the guest may run (120)"
    )
    what = "a shell script for the guest (busybox)"
    if tests:
        parser.add_argument("--test", nargs="?", const=TOUCHED, default="", metavar="SCRIPT|TEST",
                            help=f"{verb}the tests of what is touched, one of them, or {what}")  # fmt: skip
    else:
        parser.add_argument("--test", default="", metavar="SCRIPT", help=f"{verb}{what}")


def wish_of(args: argparse.Namespace, events: tuple[str, ...] = (), tests: bool = False) -> BootWish:
    """The boot that the command line asks for; `tests` as in `boot_arguments`."""
    if args.timeout is not None and args.timeout <= 0:
        raise UsageError("--timeout wants a number of seconds above 0.")
    script = "" if tests and test_word(args) is not None else args.test
    test = utf8(read_named(script), script) if script else ""
    setting = kernel_of(args) if hasattr(args, "debug") else AS_IT_STANDS
    return BootWish(args.machine, args.against, args.kernel, tuple(args.modules), test, args.timeout or 0.0, events,
                    getattr(args, "vng", False), Path(script).name if script else "", setting)  # fmt: skip


def test_word(args: argparse.Namespace) -> str | None:
    """The test of the tree that --test names, "" for those of what is touched; None where it names a script or is not
    there. What looks like a path and is no file is a script that is missing."""
    if args.test == TOUCHED:
        return ""
    script = args.test.startswith((".", "/")) or Path(args.test).exists()
    return None if not args.test or script else args.test
