"""Faults on a guest's console, and the archive it boots from."""

from __future__ import annotations

from patchflow.formats.console import find_faults, new_words
from patchflow.formats.cpio import cpio_archive

OOPS = """\
[    4.1] BUG: kernel NULL pointer dereference, address: 0000000000000010
[    4.1] #PF: supervisor write access in kernel mode
[    4.1] Oops: Oops: 0002 [#1] PREEMPT SMP NOPTI
[    4.1] RIP: 0010:vsock_connect+0x80/0x480 [vsock]
[    4.2] ---[ end trace 0000000000000000 ]---
"""


def test_an_oops_counts_once_and_names_its_function() -> None:
    (fault,) = find_faults(OOPS.split("\n"))
    assert (fault.kind, fault.function, fault.line) == ("Oops", "vsock_connect [vsock]", 1)


def test_each_kind() -> None:
    """One line of each, with the function where the line names it."""
    rows = {
        "WARNING: CPU: 0 PID: 7 at net/vmw_vsock/af_vsock.c:91 vsock_bind+0x1/0x2 [vsock]": ("WARN", "vsock_bind"),
        "BUG: KASAN: slab-use-after-free in vsock_poll+0x10/0x20": ("KASAN", "vsock_poll"),
        "WARNING: possible circular locking dependency detected": ("lockdep", ""),
        "kernel BUG at mm/slub.c:1!": ("BUG", ""),
        "BUG: scheduling while atomic: a/1/0x2": ("BUG", ""),
        "Kernel panic - not syncing: Attempted to kill init!": ("panic", ""),
        "Oops: general protection fault, probably for non-canonical address": ("Oops", ""),
    }
    for row, (kind, function) in rows.items():
        (fault,) = find_faults([f"[    1.000000] {row}"])
        assert (fault.kind, fault.function) == (kind, function), row


LEAKS = """\
[    8.4] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
unreferenced object 0xff11000000163000 (size 4096):
  comm "swapper", pid 1, jiffies 4294892516
  hex dump (first 32 bytes):
    01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
  backtrace (crc 591d88c9):
    slab_post_alloc_hook.constprop.0+0x61/0x7b
    __kmalloc_cache_noprof+0x62/0x6d
    list_sort_plant+0x1a/0x2a
    do_one_initcall+0x74/0x119
{}patchflow: test ended 0
"""
OTHER = """\
unreferenced object 0xff110000007d0000 (size 4096):
  backtrace:
    [<00000000ac1fbf29>] kmem_cache_alloc+0x61/0x7b
    [<00000000ac1fbf2a>] vsock_insert+0x1a/0x2a [vsock]
"""


def test_a_leak_names_who_allocated_it() -> None:
    """Each once, as kernels of today and before print it; what leaked on the base too is the same there."""
    (before,) = find_faults(LEAKS.format("").split("\n"))
    first, second = find_faults(LEAKS.format(OTHER).split("\n"))
    assert before.same == first.same and before.as_line().endswith("in list_sort_plant")
    assert (second.kind, second.function) == ("leak", "vsock_insert")


def test_what_a_log_newly_says() -> None:
    """Times, addresses and numbers do not count, nor what every boot says otherwise; each line is told once."""
    base = ["Linux version 7.1", "node 0 initialised in 4ms", "map at 0xffff0000: 12K used"]
    now = [
        "Linux version 7.2",
        "node 0 initialised in 90ms",
        "map at 0xffffa000: 7K used",
        "vsock: odd 3",
        "vsock: odd 4",
    ]
    rows = [*(f"[    0.{n}] {row}" for n, row in enumerate(now)), "a program's own line", "patchflow: test begins"]
    assert new_words([f"[    1.5] {row}" for row in base], rows) == ("vsock: odd 3",)


def test_ordinary_lines_are_no_faults() -> None:
    assert not find_faults(["[ 0.1] vsock: loading out-of-tree module taints kernel.", "RCU debug warning: none"])


def test_archive() -> None:
    """Folders stand before their files, and everything is aligned to four bytes."""
    made = cpio_archive({"init": (0o755, b"#!"), "bin/sh": (0o755, b"12345")})
    assert len(made) % 4 == 0
    assert made.index(b"bin\0") < made.index(b"bin/sh\0") < made.index(b"TRAILER!!!")
    assert made.startswith(b"070701")
