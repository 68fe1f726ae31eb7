"""Joins a series, kernel headers and the compiler for `try build`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchflow.adapters.build.headers import Headers
    from patchflow.domain.build import BuildPlan
    from patchflow.domain.patch import Patch
    from patchflow.domain.series import Series
    from patchflow.services.try_build import BuildReport, Step

from patchflow.errors import PatchflowError, UsageError
from patchflow.wiring import Clone
from patchflow.wiring.tried import keep


@dataclass(frozen=True)
class Tried:
    """What a try works on: the commits from `base` to `tip`, and the series they are, where they are one."""

    base: str
    tip: str
    patches: tuple[Patch, ...]
    series: Series | None = None


def tried_of(here: Clone, words: str) -> Tried:
    """The range named, or the current series."""
    from patchflow.wiring.check import patches_of_range

    if not words:
        from patchflow.services.posting import start_of

        series = here.store.load()
        if not series.patches:
            raise PatchflowError("The series has no patches yet, so there is nothing to try.", "`git commit -s` first.")
        return Tried(start_of(here.repository, series), series.patches[-1].commit, series.patches, series)
    patches = tuple(patches_of_range(here, words))
    if not patches:
        raise UsageError(f"The range {words!r} holds no commits.")
    parents = here.repository.parents(patches[0].commit)
    if not parents:
        raise UsageError(f"{patches[0].commit[:12]} has no parent to compare with.")
    return Tried(parents[0], patches[-1].commit, patches)


def headers_for(here: Clone, commit: str, against: str, tell: Callable[[str], None]) -> Headers:
    """The headers named, or found for the version of the tree at a commit; told where they do not fit."""
    from patchflow.adapters.build.headers import find_headers, headers_at, need_same_version
    from patchflow.formats.kbuild import kernel_version

    makefile = (here.repository.read_blob(commit, "Makefile") or b"").decode("utf-8", "replace")
    version = kernel_version(makefile)
    if not version:
        raise PatchflowError("The tree's Makefile names no kernel version, so no headers can be chosen for it.")
    headers = headers_at(Path(against)) if against else find_headers(version, tell)
    need_same_version(headers, makefile)
    headers.need_compiler()
    return headers


def plan_of(here: Clone, tried: Tried, headers: Headers) -> BuildPlan:
    """What of the touched files can be built as modules; PatchflowError where nothing can."""
    from patchflow.services.try_build import plan_build

    def read(path: str) -> str | None:
        found = here.repository.read_blob(tried.tip, path) or here.repository.read_blob(tried.base, path)
        return None if found is None else found.decode("utf-8", "replace")

    paths = [path for patch in tried.patches for path in patch.paths]
    plan = plan_build(paths, read, headers.config)
    if not plan.modules:
        why = "; ".join(f"{path}: {reason}" for path, reason in plan.left_out[:6])
        raise PatchflowError(f"Nothing of these patches can be built as a module. {why}.")
    return plan


def build(
    here: Clone,
    tried: Tried,
    against: str,
    per_patch: bool,
    heard: Callable[[str], None],
    tell: Callable[[str], None],
    told: Callable[[Step, int, int], None],
) -> BuildReport:
    """Builds a series and keeps the outcome. `heard` gets the build's own lines, `tell` narration."""
    from patchflow.adapters.build.modules import ModuleBuilder, not_run, throw_away
    from patchflow.services.try_build import build_series

    headers = headers_for(here, tried.tip, against, tell)
    plan = plan_of(here, tried, headers)
    missing = not_run()
    sparse = not missing
    how = f"{headers.name} ({headers.compiler}, W=1{', sparse' if sparse else ''})"
    with throw_away() as folder:
        builder = ModuleBuilder(
            here.repository, headers, folder, sparse, lambda row: heard(row.replace(f"{folder}/", ""))
        )
        report = build_series(tried.base, tried.patches, plan, builder, how, per_patch, told)
        report = replace(report, not_run=missing)
    if tried.series is not None:
        words = [list(row) for row in report.words()]
        how_many = "patch by patch" if per_patch or len(tried.patches) == 1 else "as a whole"
        keep(here, tried.series, "build", report.holds, f"built {how_many} against {how}", words, missing)
    return report
