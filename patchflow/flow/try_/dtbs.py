"""`try dtbs`: the device trees that a series changes, compiled and checked by the bindings before and after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patchflow.adapters.build.dtbs import DeviceTrees, need_programs
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.try_.build import need_kernel
from patchflow.flow.try_.results import keep
from patchflow.formats.devicetree import is_binding, is_source, new_words, stops, users
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.flow.try_.build import Tried
    from patchflow.formats.devicetree import Word

RULE = "dtbs-check"
_SHOWN = 20  # of what is newly said, in `check`
_MOST = 3  # device trees for one source that many include
_CLEAN = "maintainer-soc-clean-dts.rst"


@dataclass(frozen=True, slots=True)
class DtbReport:
    """What is newly said of the device trees in `checked`; `left_out` says in words what was not looked at."""

    base: str
    tip: str
    checked: tuple[str, ...]
    new: tuple[Word, ...]
    left_out: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing new is said."""
        return not self.new

    def says(self) -> str:
        """What was done, in words."""
        examples = sum(map(is_binding, self.checked))
        count = len(self.checked) - examples
        trees = [f"{count} device tree{'s' if count > 1 else ''}"] if count else []
        more = [f"the examples of {examples} binding{'s' if examples > 1 else ''}"] if examples else []
        return f"{' and '.join([*trees, *more])} checked by the bindings (dtc, dtschema)"


def check_dtbs(
    here: Clone, tried: Tried, folder: Path, every: bool, heard: Callable[[str], None], tell: Callable[[str], None]
) -> DtbReport:
    """Checks the device trees and the bindings' examples that the patches change, and keeps the outcome.

    Of many that include a touched source the nearest few are taken, all with `every`. MissingError where a program is
    missing, PatchflowError where neither is touched.
    """
    need_kernel(here)
    touched = sorted({path for patch in tried.patches for path in patch.paths if is_source(path) or is_binding(path)})
    if not touched:
        raise PatchflowError(
            "These patches change no device tree (arch/*/boot/dts) and no binding, so there is nothing to check."
        )
    need_programs()
    trees = DeviceTrees(here.repository, folder, heard, tell)
    chosen, left_out = _chosen(here, trees, tried, touched, every)
    found: dict[Word, None] = {}
    checked = list(chosen)
    for number, source in enumerate(chosen, start=1):
        tell(f"{number}/{len(chosen)} {source}")
        strict = _is_clean(here, source)
        after = trees.words(tried.tip, source, strict)
        new = new_words(trees.words(tried.base, source, strict), after)
        found.update(dict.fromkeys(new))
        if any(map(stops, after)) and not any(map(stops, new)):
            left_out.append(f"{source} does not compile, as before the series, so nothing else is known of it")
            checked.remove(source)
    if not checked:
        raise PatchflowError(f"No device tree can be checked: {'; '.join(left_out)}.")
    report = DtbReport(tried.base, tried.tip, tuple(checked), tuple(new_words([], list(found))), tuple(left_out))
    if tried.series is not None:
        words = [[RULE, file, line, text] for file, line, text in report.new[:_SHOWN]]
        if (more := len(report.new) - _SHOWN) > 0:
            words.append([RULE, report.new[_SHOWN][0], 0, f"and {more} more"])
        keep(here, tried.series, "dtbs", report.holds, report.says(), words, [f"{RULE}: {text}" for text in left_out])
    return report


def _is_clean(here: Clone, source: str) -> bool:
    """Whether a section of the source wants no new warning of W=1 either: its P: is maintainer-soc-clean-dts.rst."""
    matcher = here.subsystems.matcher
    sections = [matcher.index.section(hit[0]) for hit in matcher.match(source)[0]] if matcher else []
    return any(value.endswith(_CLEAN) for section in sections for value in section.values("P"))


def _chosen(
    here: Clone, trees: DeviceTrees, tried: Tried, touched: Sequence[str], every: bool
) -> tuple[list[str], list[str]]:
    """The device trees to look at, and what is left out, in words."""
    folders = sorted({path.rpartition("/")[0] for path in touched if is_source(path)})
    sources = [path for at in folders for path in here.repository.paths(tried.tip, at) if is_source(path)]
    texts = {path: trees.text(tried.tip, path) or "" for path in sources}
    chosen = {path: None for path in touched if is_binding(path) and trees.text(tried.tip, path) is not None}
    left_out: list[str] = []
    for path, roots in users(filter(is_source, touched), texts).items():
        if not roots and path in texts:
            left_out.append(f"{path} is included by no device tree beside it")
        taken = roots if every else [one for one in roots if one in touched] or roots[:_MOST]
        if len(taken) < len(roots):
            left_out.append(f"{path} is part of {len(roots)} device trees, of which {len(taken)} were checked (--all)")
        chosen.update(dict.fromkeys(taken))
    if not chosen:
        raise PatchflowError(f"No device tree can be checked: {'; '.join(left_out) or 'all were removed'}.")
    return list(chosen), left_out


def report_document(report: DtbReport) -> dict[str, Any]:
    """The document of `try dtbs --json`."""
    return {
        "base": report.base,
        "tip": report.tip,
        "checked": list(report.checked),
        "new": [{"file": file, "line": line, "text": text} for file, line, text in report.new],
        "left_out": list(report.left_out),
        "holds": report.holds,
    }


def report_lines(report: DtbReport) -> list[str]:
    """The report for a person."""
    lines = [f"{file}:{line}: {text}" if line else f"{file}: {text}" for file, line, text in report.new]
    lines += [f"not checked: {text}" for text in report.left_out]
    count = len(report.new)
    return [*lines, f"{report.says()}: {f'{count} new' if count else 'nothing new'}"]
