"""Checks: what was found, by patch, and the rule explained beside it."""

from __future__ import annotations

from patchflow.domain.finding import Finding
from patchflow.errors import PatchflowError
from patchflow.rules.registry import find_rule
from patchflow.tui.actions import key
from patchflow.tui.models.patches import finding_row
from patchflow.tui.models.rows import Row, prose
from patchflow.tui.models.series import SeriesModel
from patchflow.values import dataclass

FIX = "f"  # marks a finding that has a safe fix


@dataclass(frozen=True, slots=True)
class Found:
    """A finding and the commit it was found in ("" for the series)."""

    commit: str
    finding: Finding


def check_rows(model: SeriesModel) -> list[Row]:
    """Every finding below the patch it is about."""
    report = model.report
    if report is None:
        return [Row(f"Not checked yet; {key('run-checks')} runs every check.", "dim")]
    assert model.read is not None
    errors = report.count_errors()
    fixable = any(finding.fix for patch in report.patches for finding in patch.findings)
    how = f"; {key('fix')} fixes those marked {FIX}" if fixable else ""
    words = f"{report.verdict(model.read.profile)}{how}{model.age('checks')}"
    rows = [Row(words, "error" if errors else "good")]
    for number, patch in enumerate(report.patches, start=1):
        rows.append(Row(f"{number}/{len(report.patches)} {patch.subject}", "head", patch.commit))
        if not patch.findings:
            rows.append(Row("   nothing found", "dim"))
        for finding in patch.findings:
            row = finding_row(finding, "   ", places=True)
            text = f" {FIX}{row.text[2:]}" if finding.fix else row.text
            rows.append(Row(text, row.kind, Found(patch.commit, finding)))
    if report.series:
        rows.append(Row("the series as a whole", "head"))
        for finding in report.series:
            row = finding_row(finding, "   ", places=True)
            rows.append(Row(row.text, row.kind, Found("", finding)))
    return rows + [Row(f"not run: {text}", "warning") for text in report.not_run]


def explanation(found: Found) -> list[Row]:
    """The finding at length, and its rule with source and examples."""
    finding = found.finding
    place = f"{finding.file}:{finding.line}" if finding.file else "the series"
    rows = [
        Row(f"{finding.severity}: {finding.rule}", str(finding.severity)),
        Row(place, "dim"),
        Row(""),
        *prose(finding.text, "strong"),
        Row(""),
    ]
    if finding.fix:
        rows += [Row(f"{key('fix')} fixes it: {finding.fix.title}", "good"), Row("")]
    return rows + _rule(finding)


def _rule(finding: Finding) -> list[Row]:
    if finding.rule.startswith("checkpatch"):
        name = finding.rule.partition(":")[2]
        return [
            Row("Found by the tree's own scripts/checkpatch.pl."),
            Row(f"Documentation/dev-tools/checkpatch.rst explains {name or 'its types'}."),
        ]

    try:
        rule = find_rule(finding.rule)
    except PatchflowError:
        return [Row(f"Source: {finding.source}", "note")] if finding.source else []
    return [Row("The rule", "head"), *prose(rule.doc), Row(""), Row(f"Source: {finding.source or rule.source}", "note")]
