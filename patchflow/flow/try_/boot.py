"""Joins built modules, a kernel and QEMU for `try boot`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.build.full import image_of, is_source
from patchflow.adapters.qemu import guest as made
from patchflow.adapters.qemu import machine, vng
from patchflow.domain.boot import Guest
from patchflow.errors import MissingError, PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.try_.boot_verdict import judge
from patchflow.flow.try_.build import Tried, builder_for, headers_for, kept_as, need_kernel, plan_of
from patchflow.flow.try_.results import keep

if TYPE_CHECKING:
    from patchflow.flow.try_.boot_verdict import BootReport


_ALWAYS = ("virtio_mmio", "virtio_rng")
_VSOCK = "vsock_loopback"


@dataclass(frozen=True)
class BootWish:
    """How the user wants it. Empty: the headers, kernel and modules that patchflow finds. `seconds`: the time-out.

    `vng` lets virtme-ng drive QEMU, on a machine of its own choice and with its own virtio modules.
    """

    machine: str = "microvm"
    against: str = ""
    kernel: str = ""
    modules: tuple[str, ...] = ()
    test: str = ""
    seconds: float = 120.0
    events: tuple[str, ...] = ()
    vng: bool = False


def boot(
    here: Clone, tried: Tried, wish: BootWish, folder: Path, heard: Callable[[str], None], tell: Callable[[str], None]
) -> BootReport:
    """Boots the series' modules in a guest and judges it; files of the run go into `folder`."""
    need_kernel(here)  # before it is asked to install QEMU for nothing
    machine.need_qemu(wish.machine)
    if wish.vng:
        vng.need_vng()
    kernel, packaged = own_kernel(wish)
    files, release = _built(here, tried, wish, folder, heard, tell)
    name = Path(wish.kernel).name if wish.kernel else f"Linux {release}"
    if kernel is None:
        kernel, packaged = made.debian_kernel(release, tell)
    modules = made.Modules(files, packaged)
    always = () if wish.vng else _ALWAYS
    names = [*(n for n in always if modules.has(n)), *modules.built, *([_VSOCK] if modules.has(_VSOCK) else [])]
    guest = Guest(wish.machine, str(kernel), tuple(modules.ordered(names)), wish.test or made.TEST, wish.seconds,
                  wish.events)  # fmt: skip
    where = "virtme-ng" if wish.vng else wish.machine
    if wish.vng:
        tell(f"booting {name} with virtme-ng")
        booted = vng.boot_with_vng(guest, folder, heard, tell)
    else:
        image = made.initramfs(folder, guest.modules, guest.test, tell)
        tell(f"booting {name} on {wish.machine}")
        booted = machine.boot(guest, image, folder, heard)
    report = judge(booted, where, name)
    if tried.series is not None and not wish.test and not wish.modules:
        words = [["boot", "", 0, fault.as_line()] for fault in report.faults]
        kind, says = kept_as(tried, "boot", report.says())
        keep(here, tried.series, kind, report.holds, says, words)
    return report


def own_kernel(wish: BootWish) -> tuple[Path | None, Path | None]:
    """The image that is named, or that was built in the tree named, and that tree, which may have modules; None each
    where there is none. MissingError where a tree is named that was not built."""
    tree = Path(wish.against).resolve() if wish.against else None
    image = image_of(tree) if tree else None
    kernel = Path(wish.kernel) if wish.kernel else image
    if kernel is not None and not kernel.is_file():
        raise MissingError(f"There is no kernel image {kernel}.")
    if tree and kernel is None and is_source(tree):
        raise MissingError(
            f"The tree {tree} has no kernel image: there is no arch/x86/boot/bzImage in it.",
            f"Run `make -C {tree} bzImage modules`, name its O= folder with --against if it was built in one, or an "
            "image with --kernel.",
        )
    return kernel, tree if image else None


def _built(
    here: Clone, tried: Tried, wish: BootWish, folder: Path, heard: Callable[[str], None], tell: Callable[[str], None]
) -> tuple[list[Path], str]:
    """The modules that go in, and the release they are for: those named, else the series' own, built at its tip."""
    if wish.modules:
        release = "" if wish.kernel else headers_for(here, tried, wish.against, tell).release
        return _named(wish.modules), release
    room = folder / "build"
    room.mkdir()
    with builder_for(here, tried, wish.against, room, heard, tell, to_boot=True) as builder:
        plan = plan_of(here, tried, builder, neighbours=True)
        if not plan.modules:
            raise PatchflowError(
                f"The patches touch no module, only what is built into the kernel ({', '.join(plan.objects[:3])}).",
                "Build that kernel whole, and name it with --kernel and its modules with --modules.",
            )
        built = builder.build(tried.tip, plan)
    if not built.ok:
        errors = "; ".join(m.as_line() for m in built.messages if m.is_error)[:600]
        raise PatchflowError(f"The modules do not build, so there is nothing to boot: {errors}.", "Fix them first.")
    return [Path(built.folder) / Path(path).name for path in built.modules], builder.headers.release


def _named(words: Sequence[str]) -> list[Path]:
    paths = [Path(word) for word in words]
    for path in paths:
        if not path.is_file():
            raise MissingError(f"There is no module {path}.", "Name .ko files, as `patchflow try build` makes them.")
    return paths
