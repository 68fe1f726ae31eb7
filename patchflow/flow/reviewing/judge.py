"""Checks, builds, boots and tests a series in its review's work tree; what came of it is kept by Message-IDs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from patchflow.adapters.build.modules import throw_away
from patchflow.domain.build import BootWish
from patchflow.domain.finding import Finding, Severity
from patchflow.domain.patch import Patch
from patchflow.domain.profile import Profile
from patchflow.domain.series import Cover
from patchflow.errors import PatchflowError
from patchflow.flow.check.judge import Report, finding_json
from patchflow.flow.check.run import NOT_BUILT, check_loose
from patchflow.flow.clone import Clone
from patchflow.flow.patch_files import PatchFiles
from patchflow.flow.reviewing.describe import draft_of
from patchflow.flow.reviewing.look import Taken
from patchflow.flow.reviewing.results import built_whole, keep_results
from patchflow.flow.reviewing.reviews import Review
from patchflow.flow.reviewing.written import short_id
from patchflow.flow.try_.boot import boot
from patchflow.flow.try_.boot_verdict import BootReport
from patchflow.flow.try_.build import Tried, build
from patchflow.flow.try_.build_steps import BuildReport, Step, report_document
from patchflow.flow.try_.tests import Place, run_tests, wanted_tests
from patchflow.flow.try_.tests_verdict import Tested
from patchflow.formats.counted import many
from patchflow.formats.patch.subject import parse_subject
from patchflow.values import dataclass

_GRAVEST = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.ADVICE: 2}


@dataclass(frozen=True, slots=True)
class DraftRemark:
    """A finding as a remark that one may take or leave: about which mail (the cover's where it is about the series),
    of which part, and the words it would be sent with. Nothing sends it by itself."""

    message_id: str
    part: int
    finding: Finding
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks found, gravest first, and what could not run."""

    review: Review
    facts: Profile
    report: Report
    remarks: tuple[DraftRemark, ...]


def check(here: Clone, review: Review, taken: Taken) -> Judged:
    """Runs every rule over the patches as they are applied. The tree's scripts run there, once that exact state is
    trusted; PatchflowError until it is applied, or on a no."""
    there, patches = _applied(review, taken)
    facts = there.profile_of_patches(patches)
    posting = taken.chosen.posting
    cover = Cover(parse_subject(posting.cover.subject).title, posting.cover.body) if posting.cover else None
    mails = PatchFiles(patches, cover)
    between = (review.start, review.tip)
    report = check_loose(there, facts, patches, mails=mails, between=between, base=review.start)
    report = replace(report, not_run=_of_review(report.not_run, built_whole(here, review)))
    remarks = _remarks(review, taken, report)
    rows: dict[str, dict[str, Any]] = {step.message_id: {"findings": []} for step in review.own}
    for one in remarks:
        rows.setdefault(one.message_id, {"findings": []})["findings"].append(remark_row(one))
    keep_results(here, review, "check", {id: {**row, "not_run": list(report.not_run)} for id, row in rows.items()})
    return Judged(review, facts, report, remarks)


def build_there(
    here: Clone, review: Review, taken: Taken, against: str, per_patch: bool, note: Callable[[str], None],
    told: Callable[[Step, int, int], None],
) -> BuildReport:  # fmt: skip
    """Builds what the series touches, as `try build` does; make runs once that exact state is trusted."""
    there, patches = _applied(review, taken)
    report = build(there, Tried(review.start, review.tip, patches), against, per_patch, note, note, told)
    document = report_document(report)
    ids = {step.commit: step.message_id for step in review.own}
    rows = {
        ids[row["commit"]]: {**row, "against": document["against"], "base": document["base"]}
        for row in document["patches"]
        if row["commit"] in ids
    }
    keep_results(here, review, "build", rows)
    return report


def boot_there(here: Clone, review: Review, taken: Taken, wish: BootWish, note: Callable[[str], None]) -> BootReport:
    """Boots what the series builds, as `try boot` does; kept for each patch, because they are booted together."""
    there, patches = _applied(review, taken)
    with throw_away() as folder:
        report = boot(there, Tried(review.start, review.tip, patches), wish, folder, note, note)
    if not wish.modules and not wish.test:  # what else was booted says nothing of the series
        row = {"holds": report.holds, "says": report.says(), "modules": list(report.loaded)}
        keep_results(here, review, "boot", {step.message_id: row for step in review.own})
    return report


def test_there(
    here: Clone, review: Review, taken: Taken, wish: BootWish, word: str, note: Callable[[str], None]
) -> Tested:
    """Runs the tests that a word names, or that belong to what the series touches (""), as `try boot --test` does."""
    there, patches = _applied(review, taken)
    tried = Tried(review.start, review.tip, patches)
    with throw_away() as folder:
        report = run_tests(there, tried, wish, wanted_tests(there, tried, word), Place(folder, note, note))
    if report.runs:
        row = {"holds": report.holds, "says": report.says()}
        keep_results(here, review, "test", {step.message_id: row for step in review.own})
    return report


def remark_row(one: DraftRemark) -> dict[str, Any]:
    """A draft of a remark for scripts; by its id it can be taken as a remark."""
    id = short_id(one.message_id, one.finding.rule, one.finding.file, one.finding.line, one.finding.text)
    return {**finding_json(one.finding), "id": id, "message_id": one.message_id, "part": one.part, "remark": one.text}


def remark_lines(judged: Judged) -> list[str]:
    """The drafts for a person, gravest first."""
    lines: list[str] = []
    for one in judged.remarks:
        place = f"{one.finding.file}:{one.finding.line}" if one.finding.line else one.finding.file
        part, id = f"patch {one.part}" if one.part else "series", remark_row(one)["id"]
        words = (id, one.finding.severity, part, place, f"[{one.finding.rule}]")
        lines.append("  ".join(word for word in words if word))
        lines.append(f"    {one.text}")
    lines += [f"not run: {text}" for text in judged.report.not_run]
    errors, warnings, advice = (judged.report.count(severity) for severity in Severity)
    counted = f"{many(errors, 'error')}, {many(warnings, 'warning')}, {advice} advice"
    lines.append(f"{counted}, as drafts of remarks; nothing was sent. `patchflow review comment --take ID` takes one.")
    return lines


def _of_review(not_run: Sequence[str], is_built: bool) -> tuple[str, ...]:
    """What could not run, where a review has a command of its own for the build."""
    said = NOT_BUILT.replace("try build", "review build")
    return tuple(said if text == NOT_BUILT else text for text in not_run if not (is_built and text == NOT_BUILT))


def _applied(review: Review, taken: Taken) -> tuple[Clone, tuple[Patch, ...]]:
    if review.phase != "applied" or not Path(review.folder, ".git").is_file():
        raise PatchflowError(f"{review.name} is not applied.", f"`patchflow review apply {review.name}` comes first.")
    there = Clone(review.folder)
    received = {one.message_id: one for one in taken.patches}
    commits = [step.commit for step in review.own]
    there.repository.preload(list(commits))
    patches = []
    for step in review.own:
        patch = there.repository.patch(step.commit)
        if one := received.get(step.message_id):
            patch = replace(
                patch, notes=one.patch.notes, subject_line=one.patch.subject_line, committer=one.patch.committer
            )
        patches.append(patch)
    return there, tuple(patches)


def _remarks(review: Review, taken: Taken, report: Report) -> tuple[DraftRemark, ...]:
    root = taken.chosen.posting.first.id
    parts = {one.message_id: part for part, one in enumerate(taken.patches, 1)}
    found = [
        DraftRemark(step.message_id, parts.get(step.message_id, 0), finding, draft_of(finding))
        for step, row in zip(review.own, report.patches, strict=True)
        for finding in row.findings
    ]
    found += [DraftRemark(root, 0, finding, draft_of(finding)) for finding in report.series]
    return tuple(sorted(found, key=lambda one: _GRAVEST[one.finding.severity]))
