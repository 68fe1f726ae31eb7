"""Joins what the user's own checks find with a report: on the patch that touches the file last, else on the series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from patchflow.adapters.own_checks import OwnCheck, own_checks, run_check
from patchflow.domain.finding import Finding
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.check.judge import Report
from patchflow.flow.clone import Clone
from patchflow.formats.patch.compose import render
from patchflow.formats.safe import safe_line

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch


def with_own_checks(
    here: Clone, report: Report, patches: Sequence[Patch], base: str, tip: str, only: str = ""
) -> Report:
    """The report with the findings of the user's own checks; one that fails is told as not run. UsageError where `only`
    names a check that there is not."""
    if not patches or (only and not only.startswith("check.")):
        return report
    try:
        checks = own_checks(here.repository.folder)
    except PatchflowError as error:
        return replace(report, not_run=(*report.not_run, f"check: {error.message}"))
    if only and only not in [check.rule for check in checks]:
        raise UsageError(f"There is no check {only!r} of your own.", "docs/recipes.md says what one is made of.")
    for check in checks:
        if only in ("", check.rule):
            report = _with(here, report, check, patches, base, tip)
    return report


def _with(here: Clone, report: Report, check: OwnCheck, patches: Sequence[Patch], base: str, tip: str) -> Report:
    paths = [path for path in dict.fromkeys(p for patch in patches for p in patch.paths) if check.reads(path)]
    if not paths:
        return report
    touched = [patch for patch in patches if not set(paths).isdisjoint(patch.paths)]
    texts = {f"{number:04}.patch": render(patch) for number, patch in enumerate(touched, 1)}
    plain = [path for path in paths if ".." not in path.split("/")] if check.gets == "files" else []
    read = ((path, here.repository.read_blob(tip, path)) for path in plain)
    files = {path: content for path, content in read if content is not None}
    try:
        found = run_check(check, here.repository.folder, texts, files, (base, tip))
    except PatchflowError as error:
        return replace(report, not_run=(*report.not_run, f"{check.rule}: {error.message}"))
    source = f"your own check: patchflow.check.{check.name} in git config"
    findings = [Finding(check.rule, check.severity, safe_line(one.words, 400), one.file, one.line, source)
                for one in found]  # fmt: skip
    of = {one: next((n for n in reversed(range(len(patches))) if one.file in patches[n].paths), -1) for one in findings}
    rows = [
        replace(row, findings=(*row.findings, *(one for one in findings if of[one] == number)))
        for number, row in enumerate(report.patches)
    ]
    loose = tuple(one for one in findings if of[one] < 0)
    return replace(report, patches=tuple(rows), series=(*report.series, *loose))
