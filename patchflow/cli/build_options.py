"""For what and how `try build` compiles, as the command line takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.domain.build import Setting
from patchflow.errors import UsageError
from patchflow.flow.try_.debugging import DEBUG, debug_words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_WORD = lazy_re.compile(r"[a-z]\w*config|(?:CONFIG_)?[A-Z0-9]\w*=\S.*")


def setting_arguments(parser: argparse.ArgumentParser) -> None:
    """Architecture, compiler and configuration of a full tree."""
    parser.add_argument("--like-nipa", action="store_true", help="in each of the configurations of netdev's CI")
    parser.add_argument("--arch", default="", metavar="ARCH", help="for arm64, riscv64, i386, … in a full tree")
    parser.add_argument("--llvm", action="store_true", help="with clang (LLVM=1), in a full tree")
    parser.add_argument("--config", action="append", default=[], metavar="WORD",
                        help="tinyconfig, allmodconfig, … or FEC=m, for a full tree; may be repeated")  # fmt: skip
    debug_argument(parser)


def debug_argument(parser: argparse.ArgumentParser) -> None:
    """Checks that a kernel makes of itself."""
    parser.add_argument("--debug", action="append", default=[], choices=sorted(DEBUG), metavar="CHECK",
                        help="with lockdep, kasan or kmemleak, in a full tree; may be repeated")  # fmt: skip


def kernel_arguments(parser: argparse.ArgumentParser) -> None:
    """A kernel that is linked for the boot."""
    parser.add_argument("--config", action="append", default=[], metavar="WORD",
                        help="link a kernel of a full tree: tinyconfig, FEC=y, …; may be repeated")  # fmt: skip
    debug_argument(parser)


def kernel_of(args: argparse.Namespace) -> Setting:
    """The kernel that is to be linked; as it stands where none is asked for."""
    if not args.config and not args.debug:
        return Setting()
    if args.on or args.kernel or args.modules:
        raise UsageError(
            "--config and --debug link a kernel of a full tree.", "Leave --on, --kernel and --modules out."
        )
    _check(args.config)
    return Setting(config=(*args.config, *debug_words(args.debug)))


def setting_of(args: argparse.Namespace) -> Setting:
    """What the command line asks for."""
    _check(args.config)
    setting = Setting(args.arch, args.llvm, (*args.config, *debug_words(args.debug)))
    if args.like_nipa and setting != Setting():
        raise UsageError(
            "--like-nipa has configurations of its own.", "Leave --arch, --llvm, --config and --debug out."
        )
    if args.on and (args.like_nipa or setting != Setting()):
        raise UsageError("--on builds against that kernel's headers, under its configuration.", "Leave one out.")
    return setting


def _check(words: Sequence[str]) -> None:
    for word in words:
        if not _WORD.fullmatch(word):
            raise UsageError(
                f"--config {word} is neither an option with a value nor a target of make's.",
                "Write FEC=m, PREEMPT=y, or defconfig, tinyconfig, allmodconfig.",
            )
    if len([word for word in words if "=" not in word]) > 1:
        raise UsageError("--config names two targets of make's.", "Name one, and options like FEC=m.")
