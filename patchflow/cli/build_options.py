"""For what and how `try build` compiles, as the command line takes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from patchflow.domain.build import Setting
from patchflow.errors import UsageError

if TYPE_CHECKING:
    import argparse

_WORD = re.compile(r"[a-z]\w*config|(?:CONFIG_)?[A-Z0-9]\w*=\S.*")


def setting_arguments(parser: argparse.ArgumentParser) -> None:
    """Architecture, compiler and configuration of a full tree."""
    parser.add_argument("--like-nipa", action="store_true", help="in each of the configurations of netdev's CI")
    parser.add_argument("--arch", default="", metavar="ARCH", help="for arm64, riscv64, i386, … in a full tree")
    parser.add_argument("--llvm", action="store_true", help="with clang (LLVM=1), in a full tree")
    parser.add_argument("--config", action="append", default=[], metavar="WORD",
                        help="tinyconfig, allmodconfig, … or FEC=m, for a full tree; may be repeated")  # fmt: skip


def setting_of(args: argparse.Namespace) -> Setting:
    """What the command line asks for."""
    for word in args.config:
        if not _WORD.fullmatch(word):
            raise UsageError(
                f"--config {word} is neither an option with a value nor a target of make's.",
                "Write FEC=m, PREEMPT=y, or defconfig, tinyconfig, allmodconfig.",
            )
    setting = Setting(args.arch, args.llvm, tuple(args.config))
    if len([word for word in args.config if "=" not in word]) > 1:
        raise UsageError("--config names two targets of make's.", "Name one, and options like FEC=m.")
    if args.like_nipa and setting != Setting():
        raise UsageError("--like-nipa has configurations of its own.", "Leave --arch, --llvm and --config out.")
    if args.on and (args.like_nipa or setting != Setting()):
        raise UsageError("--on builds against that kernel's headers, under its configuration.", "Leave one out.")
    return setting
