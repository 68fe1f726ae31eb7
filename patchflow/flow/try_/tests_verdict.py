"""Judges tests that ran on the base and on the series: what failed newly, what fails as before, what is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patchflow import lazy_re
from patchflow.domain.tests import Outcome, WantedTest
from patchflow.formats.ktap import read_ktap, read_vsock
from patchflow.values import dataclass

_BEGINS = lazy_re.compile(r"patchflow: program (\S+) begins$")
_ENDED = lazy_re.compile(r"patchflow: program (\S+) ended (\d+)$")
_SKIP = 4  # KSFT_SKIP
_STOPPED = (124, 137, 143)  # what `timeout` makes of a program that it ended
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of tests on the base and on the series. `title` and `where` say in words what ran on what; `base` is
    None where the base did not run, and `no_base` says why."""

    title: str
    where: str
    tip: tuple[Outcome, ...]
    base: tuple[Outcome, ...] | None = None
    no_base: str = ""

    def newly(self) -> list[Outcome]:
        """What fails and did not fail on the base: it passed there, or was not there."""
        before = {one.name for one in self.base or () if one.fails}
        return [one for one in self.tip if one.fails and one.name not in before]

    def as_before(self) -> list[Outcome]:
        """What fails on the base, too."""
        before = {one.name for one in self.base or () if one.fails}
        return [one for one in self.tip if one.fails and one.name in before]

    def fixed(self) -> list[Outcome]:
        """What failed on the base and passes now."""
        before = {one.name for one in self.base or () if one.fails}
        return [one for one in self.tip if one.how == "pass" and one.name in before]

    def gone(self) -> list[Outcome]:
        """What passed on the base and did not run now."""
        now = {one.name for one in self.tip}
        return [one for one in self.base or () if one.how == "pass" and one.name not in now]

    def told(self) -> tuple[tuple[str, list[Outcome]], ...]:
        """What is told one by one, gravest first: what it is in words, and which."""
        return (("fails newly", self.newly()), ("fails as on the base", self.as_before()),
                ("fails on the base, passes now", self.fixed()),
                ("passed on the base, did not run now", self.gone()))  # fmt: skip

    def count(self, how: str) -> int:
        """How many of the series' results ended so."""
        return sum(one.how == how for one in self.tip)

    def says(self) -> str:
        """In words, as a maintainer reads it."""
        counts = [f"{self.count('pass')} passed"]
        counts += [f"{self.count('skip')} skipped"] if self.count("skip") else []
        fails = self.as_before()
        counts += [f"{len(fails)} failed as on the base"] if fails else []
        counts += [f"{len(self.newly())} failed"] if self.newly() else []
        fixed = self.fixed()
        counts += [f"{len(fixed)} of them {'fails' if len(fixed) == 1 else 'fail'} without the series"] if fixed else []
        return f"{self.title} {self.where} ({', '.join(counts)})"


@dataclass(frozen=True, slots=True)
class Tested:
    """What ran, what was not run and why, what is named only, and what in the guests did not hold (a word each)."""

    runs: tuple[Compared, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    named: tuple[WantedTest, ...] = ()
    faults: tuple[str, ...] = ()
    new_log: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether something ran, nothing fails newly, and no kernel complained of what the base's did not."""
        ran = any(one.how != "skip" for run in self.runs for one in run.tip)
        return ran and not self.faults and not any(run.newly() for run in self.runs)

    def says(self) -> str:
        """One sentence for the cover letter; it names what ran."""
        return f"ran {', '.join(run.says() for run in self.runs)}"

    def verdict(self) -> str:
        """The outcome in a few words."""
        if self.holds:
            return "nothing fails that does not fail on the base"
        bad = sum(len(run.newly()) for run in self.runs)
        if bad:
            return f"new failures: {bad}"
        return "the kernel complains of what it did not on the base" if self.faults else "no test ran to a result"

    def words(self) -> list[tuple[str, str, int, str]]:
        """What `check` says of it: rule, file, line, words."""
        rows = [("boot", "", 0, f"{run.title}: {one.name} fails newly") for run in self.runs for one in run.newly()]
        return [*rows[:_SHOWN], *(("boot", "", 0, text) for text in self.faults)]


def read_programs(console: Sequence[str], names: Sequence[str], why_not: str) -> tuple[Outcome, ...]:
    """The results of the programs that a guest ran, by what its console says; `why_not` is why a guest that did not
    come to its end did not."""
    rows: dict[str, list[str]] = {}
    status: dict[str, int] = {}
    running = ""
    for row in console:
        if match := _BEGINS.search(row):
            running = match[1]
            rows[running] = []
        elif match := _ENDED.search(row):
            status[match[1]] = int(match[2][:9])
            running = ""
        elif running:
            rows[running].append(row)
    found: list[Outcome] = []
    for name in names:
        if name not in rows:
            found.append(Outcome(name, "hung", f"it never began: {why_not}"))
            continue
        read = read_vsock if name == "vsock:vsock_test" else read_ktap
        inner = [Outcome(f"{name}.{one.name}", one.how, one.why) for one in read(rows[name])]
        found += inner
        outer = _outer(name, status.get(name), why_not)
        if not inner or (outer.fails and not any(one.fails for one in inner)):
            found.append(outer)
    return tuple(found)


def _outer(name: str, status: int | None, why_not: str) -> Outcome:
    if status is None:
        return Outcome(name, "hung", f"it was running and never ended: {why_not}")
    if status in _STOPPED:
        return Outcome(name, "hung", "its time was up")
    if status > 128:
        return Outcome(name, "fail", f"ended by signal {status - 128}")
    if status in (126, 127):
        return Outcome(name, "fail", "it could not be started, or lacks a program")
    return Outcome(name, "pass" if status == 0 else "skip" if status == _SKIP else "fail", f"status {status}")


def report_lines(report: Tested) -> list[str]:
    """The report for people."""
    lines: list[str] = []
    for run in report.runs:
        lines.append(f"tests    {run.says()}")
        lines += [f"  the base did not run: {run.no_base}"] if run.base is None else []
        lines += [row for what, found in run.told() for row in _rows(what, found)]
    lines += [f"not run  {name}: {why}" for name, why in report.left_out]
    lines += [f"by hand  fstests, ./check {one.name} ({one.why})" for one in report.named]
    lines += [f"new in the kernel's log  {row}" for row in report.new_log[:_SHOWN]]
    lines += report.faults
    return [*lines, report.verdict()]


def _rows(what: str, found: Sequence[Outcome]) -> list[str]:
    rows = [f"  {what}: {one.name}{f' ({one.why})' if one.why else ''}" for one in found[:_SHOWN]]
    return [*rows, f"  and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else rows


def report_document(report: Tested) -> dict[str, Any]:
    """The report as JSON."""

    def rows(found: Sequence[Outcome]) -> list[dict[str, str]]:
        return [{"name": one.name, "how": one.how, "why": one.why} for one in found]

    return {
        "runs": [
            {
                "title": run.title, "where": run.where, "results": rows(run.tip),
                "base": None if run.base is None else rows(run.base), "no_base": run.no_base,
                "newly": rows(run.newly()), "as_before": rows(run.as_before()), "fixed": rows(run.fixed()),
                "gone": rows(run.gone()),
            }
            for run in report.runs
        ],
        "left_out": [{"name": name, "why": why} for name, why in report.left_out],
        "by_hand": [{"name": one.name, "why": one.why} for one in report.named],
        "faults": list(report.faults),
        "new_log": list(report.new_log),
        "holds": report.holds,
    }  # fmt: skip
