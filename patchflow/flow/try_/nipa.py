"""Builds a series as netdev's CI does: in each of NIPA's configurations, patch by patch, before and after.

The combinations are those of https://github.com/linux-netdev/nipa, tests/patch/build_*. NIPA builds all of the kernel;
here it is what the patches touch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from patchflow.domain.build import Setting
from patchflow.errors import OutsideError, PatchflowError, UsageError
from patchflow.flow.check.kdoc import kdoc_words
from patchflow.flow.clone import Clone
from patchflow.flow.try_.build import Tried, build
from patchflow.flow.try_.build_steps import report_document, report_lines
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.flow.try_.build_steps import BuildReport, Step

_ALL = ("allmodconfig", "WERROR=n", "DRM_WERROR=n", "KVM_WERROR=n")
_RUST = ("RANDSTRUCT_FULL=n", "RANDSTRUCT_NONE=y", "MODVERSIONS=n", "CFI_CLANG=n", "RUST=y", "PHYLIB=y",
         "RUST_PHYLIB_ABSTRACTIONS=y", "AX88796B_RUST_PHY=y")  # fmt: skip
ONLY_TOUCHED = "NIPA builds the whole kernel; here only what the patches touch was built"
_TOOLS = (
    "the patches touch include/ or tools/, so NIPA builds the self-tests too; "
    "`make headers && make -C tools/testing/selftests` does that here"
)


@dataclass(frozen=True, slots=True)
class Combination:
    """One of NIPA's builds; `only` is the ending of the files it is run for."""

    name: str
    setting: Setting
    only: str = ""


COMBINATIONS = (
    Combination("build_allmodconfig_warn", Setting(config=(*_ALL, "RUST=n"))),
    Combination("build_32bit", Setting("i386", config=_ALL, sparse=False)),
    Combination("build_clang", Setting(llvm=True, config=_ALL, sparse=False)),
    Combination("build_clang_rust", Setting(llvm=True, config=(*_ALL, *_RUST), sparse=False), ".rs"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One of NIPA's tests: the report of a build, else the words of kernel-doc; `why` where it was not run."""

    name: str
    report: BuildReport | None = None
    words: tuple[str, ...] = ()
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the series; what was not run does not."""
        return not self.words and (self.report is None or self.report.holds)


def like_nipa(
    here: Clone, tried: Tried, against: str, heard: Callable[[str], None], tell: Callable[[str], None],
    told: Callable[[Step, int, int], None],
) -> list[Outcome]:  # fmt: skip
    """Each of the builds, and kernel-doc. A combination that cannot be built here is told with the reason."""
    touched = [path for patch in tried.patches for path in patch.paths]
    found: list[Outcome] = []
    for one in COMBINATIONS:
        if one.only and not any(path.endswith(one.only) for path in touched):
            continue
        tell(f"{one.name}:")
        try:
            report = build(here, tried, against, True, heard, tell, told, setting=one.setting, kind=one.name)
            found.append(Outcome(one.name, report))
        except (OutsideError, UsageError):  # a full disk, a build that does not end, no full tree
            raise
        except PatchflowError as error:
            found.append(Outcome(one.name, why=error.paragraph()))
    words, missing = kdoc_words(here.repository, tried.patches)
    said = tuple(f"{file}:{line}: {text}" for _, file, line, text in words)
    found.append(Outcome("kdoc", words=said, why=missing[0] if missing else ""))
    if any(path.startswith(("include/", "tools/")) for path in touched):
        found.append(Outcome("build_tools", why=_TOOLS))
    return found


def all_hold(outcomes: Sequence[Outcome]) -> bool:
    """Whether something was built, and nothing speaks against the series."""
    return any(one.report for one in outcomes) and all(one.holds for one in outcomes)


def outcome_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """The outcomes for people."""
    lines: list[str] = []
    for one in outcomes:
        if one.report:
            lines += [f"{one.name}:", *(f"  {row}" for row in report_lines(one.report))]
        elif one.why:
            lines.append(f"{one.name}: not run: {one.why}")
        else:
            lines += [f"{one.name}: {f'{len(one.words)} new' if one.words else 'nothing new'}"]
            lines += [f"  {row}" for row in one.words]
    bad = [one.name for one in outcomes if not one.holds]
    left = [one.name for one in outcomes if one.why]
    ran = len(outcomes) - len(left)
    lines.append(ONLY_TOUCHED)
    lines.append(f"{', '.join(bad)} {'does' if len(bad) == 1 else 'do'} not hold" if bad else f"{ran} tests hold")
    return [*lines[:-1], lines[-1] + (f"; not run: {', '.join(left)}" if left else "")]


def outcome_document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The outcomes as JSON."""
    rows = [
        {"test": one.name, "not_run": one.why, "words": list(one.words), "holds": one.holds,
         "build": report_document(one.report) if one.report else None}
        for one in outcomes
    ]  # fmt: skip
    return {"nipa": rows, "touched_only": True, "holds": all_hold(outcomes)}
