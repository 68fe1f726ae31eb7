"""The options of a kernel that looks after itself, and of one that boots in a guest of ours."""

from __future__ import annotations

from collections.abc import Sequence

# Source: lib/Kconfig.debug, lib/Kconfig.kasan. What each depends on is set by what prepares the tree.
DEBUG = {
    "lockdep": ("PROVE_LOCKING=y", "DEBUG_ATOMIC_SLEEP=y"),
    "kasan": ("KASAN=y", "KASAN_GENERIC=y"),
    "kmemleak": ("DEBUG_KMEMLEAK=y", "DEBUG_FS=y"),
}
# A console, an initramfs, busybox, functions by name; a distribution has them, and defconfig.
_GUEST = ("64BIT=y", "PRINTK=y", "PRINTK_TIME=y", "KALLSYMS=y", "TTY=y", "SERIAL_8250=y", "SERIAL_8250_CONSOLE=y",
          "BLK_DEV_INITRD=y", "DEVTMPFS=y", "BINFMT_ELF=y", "BINFMT_SCRIPT=y", "PROC_FS=y", "SYSFS=y")  # fmt: skip


def debug_words(names: Sequence[str]) -> tuple[str, ...]:
    """The options of these checks, as --config names options."""
    return tuple(word for name in names for word in DEBUG[name])


def guest_words(words: Sequence[str]) -> tuple[str, ...]:
    """What is asked for, and what a guest needs besides; an option that was named stays as it was named."""
    named = {word.partition("=")[0].removeprefix("CONFIG_") for word in words}
    return (*words, *(word for word in _GUEST if word.partition("=")[0] not in named))
