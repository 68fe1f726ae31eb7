"""The steps that put new modules beside those of the running kernel, and take them away: shown, then done on word."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.process import run
from patchflow.adapters.qemu.guest import Modules
from patchflow.errors import OutsideError, PatchflowError
from patchflow.formats.kbuild import module_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from patchflow.flow.try_.build_steps import BuildReport

RUNNING = os.uname().release
_MODULES = Path("/lib/modules")
# Where dkms (Debian) and Ubuntu keep the machine owner's key and its certificate.
_KEYS = (
    ("/var/lib/dkms/mok.key", "/var/lib/dkms/mok.pub"),
    ("/var/lib/shim-signed/mok/MOK.priv", "/var/lib/shim-signed/mok/MOK.der"),
)
_SECURE_BOOT = Path("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c")


def folder_of(release: str) -> Path:
    """Where ours lie: modprobe looks into updates/ before it takes the kernel's own, which stay as they are."""
    return _MODULES / release / "updates" / "patchflow"


def install_steps(report: BuildReport, running: str = RUNNING) -> list[list[str]]:
    """The commands, in order: the new ones beside the kernel's own, the loaded ones out, the new ones in.

    PatchflowError where the series does not build, or was built for another kernel than the one that runs.
    """
    built = report.steps[-1].built
    if not built.ok:
        raise PatchflowError("The series does not build, so there is nothing to install.", "`patchflow try build`")
    if f"linux-headers-{running} " not in f"{report.against} ":
        raise PatchflowError(
            f"These modules are for {report.against.split(' (')[0]}, but {running} is running: it would refuse them.",
            "`--on running` carries the series to it; `patchflow try boot` boots them in a guest.",
        )
    files = [Path(built.folder) / Path(path).name for path in built.modules]
    modules = Modules(files, _MODULES / running)
    order = [module_name(m.file) for m in modules.ordered(modules.built)]
    return steps_of(order, files, loaded(), running, _signing(running))


def steps_of(
    order: Sequence[str], files: Sequence[Path], now: Collection[str], release: str, signing: Sequence[str] = ()
) -> list[list[str]]:
    """The commands for modules in the order they load in, of which `files` are the new ones; `now` are loaded.
    `signing` signs a file that is added to it."""
    root, target = _root(), str(folder_of(release))
    new = {module_name(path.name): path for path in files}
    steps = [[*root, "install", "-D", "-m", "644", "-t", target, *map(str, files)]]
    steps += [[*root, *signing, f"{target}/{path.name}"] for path in files if signing]
    steps.append([*root, "depmod", release])
    if out := [name for name in reversed(order) if name in new and name in now]:
        steps.append([*root, "rmmod", *out])
    return [*steps, [*root, "modprobe", "-a", *(name for name in order if name in new)]]


def remove_steps(release: str = RUNNING) -> list[list[str]]:
    """The commands that take away what was installed for a kernel, and load its own modules again. PatchflowError where
    nothing was installed."""
    folder = folder_of(release)
    names = sorted(path.name for path in folder.glob("*.ko"))
    if not names:
        raise PatchflowError(f"Nothing of patchflow's is installed for {release}: {folder} has no modules.")
    root, now = _root(), loaded()
    steps = [[*root, "rm", "-r", str(folder)], [*root, "depmod", release]]
    ours = [name for name in map(module_name, names) if name in now]
    return [*steps, [*root, "modprobe", "-r", *ours], [*root, "modprobe", "-a", *ours]] if ours else steps


def notes(release: str = RUNNING) -> list[str]:
    """What to know before: whether the kernel will take them, and how to go back."""
    found = ["To go back: `patchflow try build --remove`; the kernel's own modules stay where they are."]
    if _secure_boot():
        found.append(
            f"Secure Boot is on: they are signed with {_keys()[0]}, which must be enrolled (`mokutil --list-enrolled`)."
            if _signing(release)
            else "Secure Boot is on, and there is no machine owner's key to sign with, so the kernel will refuse them. "
            "`dkms generate_mok` makes one, and `mokutil --import` enrols it."
        )
    return found


def do(steps: Sequence[list[str]], tell: Callable[[str], None]) -> None:
    """Runs the steps; the first that fails stops it, as OutsideError, with what is left to do."""
    for number, step in enumerate(steps):
        tell(shlex.join(step))
        try:
            run(step, timeout=60)
        except OutsideError as error:
            rest = "; ".join(f"`{shlex.join(one)}`" for one in steps[number:])
            hint = f"A module in use stays until the next boot; left to do: {rest}."
            raise OutsideError(error.message, hint) from error


def loaded() -> set[str]:
    """The modules the running kernel has."""
    try:
        return {row.split()[0] for row in Path("/proc/modules").read_text().split("\n") if row}
    except OSError:
        return set()


def _root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo"]


def _keys() -> tuple[str, str]:
    return next((pair for pair in _KEYS if Path(pair[1]).exists()), ("", ""))


def _signing(release: str) -> list[str]:
    """The command that signs a file, without its name; nothing where there is no key or no program for it."""
    program = _MODULES / release / "build" / "scripts" / "sign-file"
    key, certificate = _keys()
    return [str(program), "sha256", key, certificate] if key and program.is_file() else []


def _secure_boot() -> bool:
    try:
        return _SECURE_BOOT.read_bytes()[-1:] == b"\1"
    except OSError:
        return False
