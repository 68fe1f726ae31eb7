"""The tests of the tree on the Try page: which belong to what is touched, and how each ended beside the base."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patchflow.flow.try_.tests_verdict import report_lines
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row, prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchflow.domain.tests import Outcome, WantedTest
    from patchflow.flow.try_.tests_verdict import Compared, Tested

_MOST = 200  # results of one kind that are shown in the list
_KINDS = ("error", "warning", "good", "warning")  # of what Compared.told tells
_WIDE = 60  # columns of a test's name, where it fits


def tested_rows(report: Tested) -> list[Row]:
    """What came of a run: each kind of tests, and below it what fails newly, what failed before, what is fixed."""
    rows = [Row(f"tests: {report.verdict()}", "good" if report.holds else "error", ("tested", (-1, "")))]
    for number, run in enumerate(report.runs):
        rows.append(Row(f"  {run.says()}", "plain", ("tested", (number, ""))))
        rows += [Row(f"    the base did not run: {run.no_base}", "warning")] if run.base is None else []
        for kind, (what, found) in zip(_KINDS, run.told(), strict=True):
            rows += [Row(f"    {what}: {one.name}", kind, ("tested", (number, one.name))) for one in found[:_MOST]]
            rows += [Row(f"    and {len(found) - _MOST} more", "dim")] if len(found) > _MOST else []
    rows += [Row(f"  {text}", "error", ("tested", (-1, ""))) for text in report.faults]
    return rows + [Row(f"  not run: {name}: {why}", "warning", ("tested", (-1, ""))) for name, why in report.left_out]


def tested_detail(report: Tested, number: int, name: str) -> list[Row]:
    """All of a report, the results of one of its runs beside the base's, or one result with what it said."""
    if number < 0:
        return [Row(line) for line in report_lines(report)]
    run = report.runs[number]
    if not name:
        return _table(run)
    rows = [Row(name, "head"), Row(f"{run.title}, {run.where}", "dim")]
    for where, found in (("the series", run.tip), ("the base", run.base or ())):
        rows += [Row(""), Row(f"with {where}", "head"), *_said(next((one for one in found if one.name == name), None))]
    return rows


def _said(one: Outcome | None) -> list[Row]:
    if one is None:
        return [Row("it did not run", "dim")]
    return [Row(one.how, "error" if one.fails else "good"), *(prose(one.why) if one.why else [])]


def _table(run: Compared) -> list[Row]:
    """Every result, what it was on the base in front."""
    before = {one.name: one.how for one in run.base or ()}
    newly = {one.name for one in run.newly()}
    rows = [Row(f"{run.title}, {run.where}", "head"), Row("base  series", "dim", None, True)]
    for one in run.tip:
        kind = "error" if one.name in newly else "warning" if one.fails else "plain"
        words = f"{before.get(one.name, '-'):<6}{one.how:<6}  {one.name:<{_WIDE if one.why else 0}}  {one.why}"
        rows.append(Row(words.rstrip(), kind, None, True))
    return rows


def wanted_rows(tests: Sequence[WantedTest]) -> list[Row]:
    """The tests that belong to what is touched."""
    rows = [Row("tests that belong to it", "head")]
    for number, one in enumerate(tests):
        by_hand = ", by hand: it wants disks of its own" if one.kind == "fstests" else ""
        rows.append(Row(f"  {one.words()}{by_hand}", "dim" if by_hand else "plain", ("wanted", number)))
    return rows if tests else [*rows, Row("  none that is known", "dim")]


def wanted_detail(one: WantedTest) -> list[Row]:
    """Why a test belongs to it, and what runs it."""
    how = {
        "kunit": "It runs in a user-mode kernel of the base and in one of the series, built of a whole tree.",
        "fstests": f"fstests, ./check {one.name}: run it by hand.",
    }.get(one.kind, "It runs in a guest with the base's modules and in one with the series'.")
    rows = [Row(one.words(), "head"), *prose(f"Because of {one.why}."), Row(""), *prose(how)]
    if one.kind == "kunit":
        options = one.config.strip().split("\n")
        rows += [Row(""), Row("its configuration", "head"), *(Row(row, "plain", None, True) for row in options)]
    note = f"The key {key('try-test')} runs it alone from here, and all of them elsewhere on this page."
    return rows if one.kind == "fstests" else [*rows, Row(""), Row(note, "note")]


def chosen(tests: Sequence[WantedTest], ref: Any) -> tuple[WantedTest, ...]:
    """The test whose row has the cursor; none elsewhere."""
    if isinstance(ref, tuple) and ref[0] == "wanted" and ref[1] < len(tests) and tests[ref[1]].kind != "fstests":
        return (tests[ref[1]],)
    return ()
