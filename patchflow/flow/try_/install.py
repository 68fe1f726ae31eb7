"""The steps that put freshly built modules into the running kernel: shown always, done only on word."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.process import run
from patchflow.adapters.qemu.guest import Modules
from patchflow.errors import PatchflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from patchflow.flow.try_.build_steps import BuildReport


def install_steps(report: BuildReport, running: str = os.uname().release) -> list[list[str]]:
    """The commands, in order: the loaded ones out, what they depend on in, then the new ones.

    PatchflowError where the series does not build, or was built for another kernel than the one that runs.
    """
    built = report.steps[-1].built
    if not built.ok:
        raise PatchflowError("The series does not build, so there is nothing to install.", "`patchflow try build`")
    if f"linux-headers-{running} " not in f"{report.against} ":
        raise PatchflowError(
            f"These modules are for {report.against.split(' (')[0]}, but {running} is running: it would refuse them.",
            "Boot them in a guest with `patchflow try boot`.",
        )

    files = [Path(built.folder) / Path(path).name for path in built.modules]
    modules = Modules(files, Path("/lib/modules") / running)
    return steps_of([m.file[:-3].replace("-", "_") for m in modules.ordered(modules.built)], files, _loaded())


def steps_of(order: Sequence[str], files: Sequence[Path], loaded: set[str]) -> list[list[str]]:
    """The commands for modules in the order they load in, of which `files` are the new ones."""
    root = [] if os.geteuid() == 0 else ["sudo"]
    new = {path.stem.replace("-", "_"): path for path in files}
    out = [name for name in reversed(order) if name in new and name in loaded]
    needed = [name for name in order if name not in new and name not in loaded]
    steps = [[*root, "rmmod", *out]] if out else []
    steps += [[*root, "modprobe", "-a", *needed]] if needed else []
    return steps + [[*root, "insmod", str(new[name])] for name in order if name in new]


def install(steps: Sequence[list[str]], tell: Callable[[str], None]) -> None:
    """Runs the steps; the first that fails stops it, as OutsideError."""
    for step in steps:
        tell(shlex.join(step))
        run(step, timeout=60)


def _loaded() -> set[str]:
    try:
        return {row.split()[0] for row in Path("/proc/modules").read_text().split("\n") if row}
    except OSError:
        return set()
