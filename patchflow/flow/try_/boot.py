"""Joins built modules, a kernel and QEMU for `try boot`: one state of the series, or several after each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.build.full import FullBuilder, image_of, is_source
from patchflow.adapters.paths import share_path
from patchflow.adapters.qemu import guest as made
from patchflow.adapters.qemu import machine, vng
from patchflow.domain.boot import Guest
from patchflow.domain.build import AS_IT_STANDS, BootWish, BuildPlan
from patchflow.errors import MissingError, PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.try_.boot_verdict import judge
from patchflow.flow.try_.build import Tried, builder_for, headers_for, kept_as, need_kernel, plan_of
from patchflow.flow.try_.debugging import guest_words
from patchflow.flow.try_.results import keep
from patchflow.flow.try_.which_tests import Entry, has_exchange, read_table
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.flow.try_.boot_verdict import BootReport


_ALWAYS = ("virtio_mmio", "virtio_rng")
_VSOCK = "vsock_loopback"
_SECONDS = 120.0


@dataclass(frozen=True)
class Inside:
    """What runs in the guest: a script for its shell, what it is called ("" for a boot alone), the files it needs, and
    the seconds the guest has (0: those of the wish)."""

    script: str
    name: str
    files: Mapping[str, tuple[int, bytes]] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class State:
    """A commit of the series after its boot; `report` is None where it does not build, and `why` says it then."""

    commit: str
    report: BootReport | None
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether it builds and its boot holds."""
        return self.report is not None and self.report.holds


def boot(
    here: Clone, tried: Tried, wish: BootWish, folder: Path, heard: Callable[[str], None], tell: Callable[[str], None]
) -> BootReport:
    """Boots the series' modules in a guest and judges it; files of the run go into `folder`."""
    inside = inside_of(tried, wish)
    report = need_report(boot_states(here, tried, wish, inside, [tried.tip], folder, heard, tell)[0])
    if tried.series is not None and not wish.test and not wish.modules:
        words = [["boot", "", 0, fault.as_line()] for fault in report.faults]
        kind, says = kept_as(tried, "boot", report.says())
        keep(here, tried.series, kind, report.holds, says, words)
    return report


def inside_of(tried: Tried, wish: BootWish) -> Inside:
    """The user's own script; else the vsock exchange where vsock is touched or named, else nothing but the boot."""
    if wish.test:
        return Inside(wish.test, wish.name or "the script")
    paths = [path for patch in tried.patches for path in patch.paths]
    if has_exchange(paths, tests_table()) or any("vsock" in Path(name).name for name in wish.modules):
        return Inside(made.TEST, "the vsock exchange")
    return Inside(":\n", "")


def tests_table() -> tuple[Entry, ...]:
    """The table of tests that comes with patchflow."""
    return read_table(Path(share_path("kernel", "tests.toml")).read_text(encoding="utf-8"))


def need_report(state: State) -> BootReport:
    """The report of a boot; PatchflowError where the state does not build."""
    if state.report is None:
        raise PatchflowError(f"The modules do not build, so there is nothing to boot: {state.why}.", "Fix them first.")
    return state.report


def boot_states(
    here: Clone, tried: Tried, wish: BootWish, inside: Inside, commits: Sequence[str], folder: Path,
    heard: Callable[[str], None], tell: Callable[[str], None],
) -> list[State]:  # fmt: skip
    """Boots several states of the series, each with its own modules and the same inside; all are built first."""
    need_kernel(here)  # before it is asked to install QEMU for nothing
    machine.need_qemu(wish.machine)
    if wish.vng:
        vng.need_vng()
    linked = wish.setting != AS_IT_STANDS
    kernel, packaged = (None, None) if linked else own_kernel(wish)
    make = _linked if linked else _built
    built, release = make(here, tried, wish, commits, folder, heard, tell)
    name = Path(wish.kernel).name if wish.kernel else f"Linux {release}"
    if kernel is None and not linked:
        kernel, packaged = made.debian_kernel(release, tell)
    states: list[State] = []
    for number, (commit, files) in enumerate(zip(commits, built, strict=True)):
        if isinstance(files, str):
            states.append(State(commit, None, files))
            continue
        if linked:
            kernel, *files = files
        modules = made.Modules(files, packaged)
        always = () if wish.vng else _ALWAYS
        names = [*(n for n in always if modules.has(n)), *modules.built, *([_VSOCK] if modules.has(_VSOCK) else [])]
        guest = Guest(wish.machine, str(kernel), tuple(modules.ordered(names)), inside.script,
                      inside.seconds or wish.seconds or _SECONDS, wish.events)  # fmt: skip
        place = folder / f"state-{number}"
        place.mkdir()
        of = _which(tried, commit) if len(commits) > 1 else ""
        if wish.vng:
            tell(f"booting {name} with virtme-ng{of}")
            booted = vng.boot_with_vng(guest, inside.files, place, heard, tell)
        else:
            image = made.initramfs(place, guest.modules, guest.test, inside.files, tell)
            tell(f"booting {name} on {wish.machine}{of}")
            booted = machine.boot(guest, image, place, heard)
            image.unlink(missing_ok=True)
        where = "virtme-ng" if wish.vng else wish.machine
        states.append(State(commit, judge(booted, where, name, inside.name)))
    return states


def _which(tried: Tried, commit: str) -> str:
    """Which state of the series a commit is, behind what is told."""
    if commit == tried.base:
        return ", the base"
    commits = [patch.commit for patch in tried.patches]
    return f", patch {commits.index(commit) + 1}/{len(commits)}" if commit in commits else f", {commit[:12]}"


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
    here: Clone, tried: Tried, wish: BootWish, commits: Sequence[str], folder: Path, heard: Callable[[str], None],
    tell: Callable[[str], None],
) -> tuple[list[list[Path] | str], str]:  # fmt: skip
    """For each commit the modules that go in, or why it does not build; and the release they are for. The modules are
    those named, else the series' own."""
    if wish.modules:
        release = "" if wish.kernel else headers_for(here, tried, wish.against, tell).release
        return [list(_named(wish.modules)) for _ in commits], release
    if not touches_kernel(tried):
        return [[] for _ in commits], "" if wish.kernel else headers_for(here, tried, wish.against, tell).release
    room = folder / "build"
    room.mkdir()
    found: list[list[Path] | str] = []
    with builder_for(here, tried, wish.against, room, heard, tell, to_boot=True) as builder:
        plan = plan_of(here, tried, builder, neighbours=True)
        if not plan.modules:
            raise PatchflowError(
                f"The patches touch no module, only what is built into the kernel ({', '.join(plan.objects[:3])}).",
                "Build that kernel whole, and name it with --kernel and its modules with --modules.",
            )
        for commit in commits:
            built = builder.build(commit, plan)
            errors = "; ".join(m.as_line() for m in built.messages if m.is_error)[:600]
            files = [Path(built.folder) / Path(path).name for path in built.modules]
            found.append(files if built.ok else errors or "make said nothing")
    return found, builder.headers.release


def touches_kernel(tried: Tried) -> bool:
    """Whether any patch touches what a kernel is built of: tests and documents are nothing to build."""
    return not all(path.startswith(("tools/", "Documentation/")) for patch in tried.patches for path in patch.paths)


def _linked(
    here: Clone, tried: Tried, wish: BootWish, commits: Sequence[str], folder: Path, heard: Callable[[str], None],
    tell: Callable[[str], None],
) -> tuple[list[list[Path] | str], str]:  # fmt: skip
    """For each commit its kernel, linked in a full tree's O= folder, and the modules, or why it does not build; and the
    release with what it was configured by."""
    found: list[list[Path] | str] = []
    setting = replace(wish.setting, config=guest_words(wish.setting.config))
    with builder_for(here, tried, wish.against, folder, heard, tell, setting=setting) as builder:
        assert isinstance(builder, FullBuilder)
        plan = plan_of(here, tried, builder) if touches_kernel(tried) else BuildPlan((), (), ())
        for number, commit in enumerate(commits):
            tell(f"linking the kernel{_which(tried, commit)} (many minutes the first time, unless it is a small one)")
            files, why = builder.link(commit, plan, folder / f"kernel-{number}")
            found.append(why or files)
        return found, f"{builder.headers.release} with {', '.join(wish.setting.config)}"


def _named(words: Sequence[str]) -> list[Path]:
    paths = [Path(word) for word in words]
    for path in paths:
        if not path.is_file():
            raise MissingError(f"There is no module {path}.", "Name .ko files, as `patchflow try build` makes them.")
    return paths
