"""Joins a series, kernel headers and the compiler for `try build`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.build.full import FullBuilder, FullTree, Sources, full_tree, image_of, is_full
from patchflow.adapters.build.headers import Headers, find_headers, headers_at, need_same_version
from patchflow.adapters.build.modules import ModuleBuilder, throw_away
from patchflow.adapters.build.toolchain import arch_of_machine, toolchain
from patchflow.adapters.git.commit_range import read_range
from patchflow.adapters.kernel.tools import left_out
from patchflow.domain.build import AS_IT_STANDS
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.send.posting import start_of
from patchflow.flow.try_.build_steps import build_series, options_of, plan_build
from patchflow.flow.try_.results import keep
from patchflow.formats.kbuild import kernel_version
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.build import BuildPlan, Setting
    from patchflow.domain.patch import Patch
    from patchflow.domain.series import Series
    from patchflow.flow.try_.build_steps import BuildReport, Step


@dataclass(frozen=True)
class Carried:
    """The other kernel that patches were carried to: its headers, its name (`Linux 6.1.192`), where its source comes
    from, and for each patch its title and how it came out there; `own_tip` is the tip where the patches came from."""

    headers: Headers
    title: str
    source: str
    patches: tuple[tuple[str, str], ...]
    own_tip: str = ""

    def says(self) -> str:
        """In words, as a cover letter may say it."""
        other = [f"{title!r}: {how}" for title, how in self.patches if how != AS_IT_IS]
        return f"applied to {self.title} " + (f"({'; '.join(other)})" if other else AS_IT_IS)


AS_IT_IS = "as it is"


@dataclass(frozen=True)
class Tried:
    """What a try works on: the commits from `base` to `tip`, and the series they are, where they are one; they may be
    `carried` to another kernel."""

    base: str
    tip: str
    patches: tuple[Patch, ...]
    series: Series | None = None
    carried: Carried | None = None


def tried_of(here: Clone, words: str) -> Tried:
    """The range named, or the current series."""
    if not words:
        return tried_series(here, here.store.load())
    patches = tuple(read_range(here.repository, words).patches(here.repository))
    parents = here.repository.parents(patches[0].commit)
    if not parents:
        raise UsageError(f"{patches[0].commit[:12]} has no parent to compare with.")
    return Tried(parents[0], patches[-1].commit, patches)


def tried_series(here: Clone, series: Series) -> Tried:
    """A series as what is tried; PatchflowError where it has no patches."""
    if not series.patches:
        raise PatchflowError("The series has no patches yet, so there is nothing to try.", "`git commit -s` first.")
    return Tried(start_of(here.repository, series), series.patches[-1].commit, series.patches, series)


def headers_for(here: Clone, tried: Tried, against: str, tell: Callable[[str], None]) -> Headers:
    """The headers named, or found for the version of the tree at the tip; told where they do not fit."""
    if tried.carried:
        tried.carried.headers.need_compiler()
        return tried.carried.headers
    makefile, version = tree_version(here, tried.tip)
    headers = headers_at(Path(against)) if against else find_headers(version, tell)
    need_same_version(headers, makefile)
    headers.need_compiler()
    return headers


def need_kernel(here: Clone) -> None:
    """PatchflowError where the tree is another project's."""
    if not here.subsystems.of(()).judges("build"):
        raise PatchflowError(
            f"This tree is not a kernel's ({here.subsystems.general}), and `try` builds a kernel's modules.",
            "Build it as its own documents say.",
        )


def tree_version(here: Clone, commit: str) -> tuple[str, str]:
    """The tree's Makefile at a commit, and the kernel version it names; PatchflowError where it names none, or the tree
    is another project's."""
    need_kernel(here)
    makefile = (here.repository.read_blob(commit, "Makefile") or b"").decode("utf-8", "replace")
    version = kernel_version(makefile)
    if not version:
        raise PatchflowError("The tree's Makefile names no kernel version, so no headers can be chosen for it.")
    return makefile, version


@contextmanager
def builder_for(
    here: Clone, tried: Tried, against: str, folder: Path, heard: Callable[[str], None], tell: Callable[[str], None],
    to_boot: bool = False, setting: Setting = AS_IT_STANDS,
) -> Iterator[ModuleBuilder]:  # fmt: skip
    """What builds commits: against headers in a throw-away folder, or in the O= folder of a full tree that is named.

    `to_boot`: a tree with a kernel image is built against as it stands, so that modules fit that image. A `setting` of
    one's own wants a full tree: the clone's work tree where none is named.
    """
    sparse = setting.sparse and not left_out()
    own = setting != AS_IT_STANDS
    tree = here.repository.folder.resolve() if own and not against else Path(against).resolve()
    if (own or against) and is_full(tree) and not (to_boot and image_of(tree)):
        with _full_builder(here, tried, tree, setting, sparse, heard, tell) as builder:
            yield builder
        return
    if own:
        raise UsageError(
            f"--arch, --llvm, --config and --like-nipa build in a full kernel tree, and {tree} is none.",
            "Name one with --against.",
        )
    headers = headers_for(here, tried, against, tell)
    yield ModuleBuilder(here.repository, headers, folder, sparse, lambda row: heard(row.replace(f"{folder}/", "")))


@contextmanager
def _full_builder(
    here: Clone, tried: Tried, tree: Path, setting: Setting, sparse: bool, heard: Callable[[str], None],
    tell: Callable[[str], None],
) -> Iterator[ModuleBuilder]:  # fmt: skip
    touched = sorted({path for patch in tried.patches for path in patch.paths})

    def sources_of(folder: Path) -> Sources:
        sources = Sources(here.repository, tree, folder, tried.tip, touched)
        if not sources.knows:
            own = (here.repository.read_blob(tried.tip, "Makefile") or b"").decode("utf-8", "replace")
            release = kernel_version((tree / "Makefile").read_text(encoding="utf-8", errors="replace"))
            need_same_version(Headers(tree, release), own)
            tell(f"{tree} does not have these commits: all that they do not touch is taken as it is there")
        return sources

    needs = options_of(touched, _reader(here, tried), toolchain(setting).arch or arch_of_machine())
    with full_tree(sources_of, tree, tried.tip, setting, needs, heard, tell) as (sources, full, preparing):
        refuses = preparing.sparse_refuses() if sparse else ""
        builder = FullBuilder(sources, full, preparing, sparse and not refuses,
                              lambda row: heard(row.replace(f"{sources.folder}/", "")))  # fmt: skip
        builder.left_out += (refuses,) if refuses else ()
        yield builder


def kept_as(tried: Tried, kind: str, says: str) -> tuple[str, str]:
    """Under which name an outcome is kept, and its words: those on other kernels stand beside the tree's own."""
    return (f"{kind} on {tried.carried.title}", f"{tried.carried.says()}, {says}") if tried.carried else (kind, says)


def plan_of(here: Clone, tried: Tried, builder: ModuleBuilder, neighbours: bool = False) -> BuildPlan:
    """What of the touched files can be built, as `plan_build` says; PatchflowError where nothing can."""
    headers = builder.headers
    packaged = not isinstance(headers, FullTree)
    plan = plan_build(_touched(tried), _reader(here, tried), headers.config, packaged, neighbours,
                      lambda header: builder.including(tried.tip, header))  # fmt: skip
    if not plan.modules and not plan.objects:
        why = "; ".join(f"{path}: {reason}" for path, reason in plan.left_out[:6])
        raise PatchflowError(f"Nothing of these patches can be built. {why}.")
    return plan


def plan_under(here: Clone, tried: Tried, config: Mapping[str, str], packaged: bool = True) -> BuildPlan:
    """What of the touched files would be built under a configuration, and what would not; `packaged` for headers
    alone, which know neither a change of include/ nor what is built in.
    """
    return plan_build(_touched(tried), _reader(here, tried), config, packaged)


def _touched(tried: Tried) -> list[str]:
    return [path for patch in tried.patches for path in patch.paths]


def _reader(here: Clone, tried: Tried) -> Callable[[str], str | None]:
    """Reads the tree as the patches leave it, and what they remove as it was."""

    def read(path: str) -> str | None:
        found = here.repository.read_blob(tried.tip, path) or here.repository.read_blob(tried.base, path)
        return None if found is None else found.decode("utf-8", "replace")

    return read


def build(
    here: Clone,
    tried: Tried,
    against: str,
    per_patch: bool,
    heard: Callable[[str], None],
    tell: Callable[[str], None],
    told: Callable[[Step, int, int], None],
    neighbours: bool = False,
    setting: Setting = AS_IT_STANDS,
    kind: str = "build",
) -> BuildReport:
    """Builds a series and keeps the outcome as `kind`. `heard` gets the build's own lines, `tell` narration;
    `neighbours` as in `plan_build`, `setting` as in `builder_for`."""
    with throw_away() as folder, builder_for(here, tried, against, folder, heard, tell, setting=setting) as builder:
        headers = builder.headers
        plan = plan_of(here, tried, builder, neighbours)
        how = f"{headers.name} ({', '.join([headers.compiler, *builder.checks_of(plan)])})"
        report = build_series(tried.base, tried.patches, plan, builder, how, per_patch, told)
        report = replace(report, not_run=builder.left_out_of(plan))
    if tried.series is not None:
        words = [list(row) for row in report.words()]
        how_many = "patch by patch" if per_patch or len(tried.patches) == 1 else "as a whole"
        says = f"built {how_many} against {how}"
        kind, says = kept_as(tried, kind, says)
        keep(here, tried.series, kind, report.holds, says, words, report.not_run)
    return report
