"""Try: what was built, booted and tested of a series, what would be, what runs now, and what came of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from patchflow import lazy_re
from patchflow.errors import PatchflowError
from patchflow.flow.try_.boot_verdict import report_lines as boot_lines
from patchflow.flow.try_.build_steps import report_lines
from patchflow.flow.try_.interrupts import figures
from patchflow.formats.counted import many
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row, Spot, code, prose
from patchflow.tui.models.tested import tested_detail, tested_rows, wanted_detail, wanted_rows
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.flow.try_.boot_verdict import BootReport
    from patchflow.flow.try_.build_steps import BuildReport
    from patchflow.flow.try_.interrupts import TraceReport
    from patchflow.flow.try_.look_ahead import Outlook
    from patchflow.flow.try_.tests_verdict import Tested
    from patchflow.tui.jobs import Job
    from patchflow.tui.models.read import Read

DOING = {"build": "building", "boot": "booting", "test": "testing", "trace": "tracing"}
OUTPUT = "output"
_MOST = 2000  # lines of output that are kept
_ROWS = 20000  # rows of a timeline that are shown
_AROUND = 12  # rows of the timeline, and lines of the console, shown around what is wrong
_BELOW = 40
_ERROR = lazy_re.compile(r"(?:error|Error|ERROR)\b|Oops|BUG:|Kernel panic")
_WARNING = lazy_re.compile(r"(?:warning|WARNING):")


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """A trace as the page shows it. Times are nanoseconds from its first event; `figures` are by device."""

    head: str
    timeline: tuple[tuple[int, str, str], ...]
    figures: dict[str, list[str]]
    problems: tuple[tuple[int, str], ...]
    damage: tuple[str, ...]
    left_out: int = 0

    @classmethod
    def of(cls, report: TraceReport) -> TraceSummary:
        """The little of a trace that is shown, without its events."""
        trace = report.trace
        dropped = f", {trace.dropped} dropped by QEMU" if trace.dropped else ""
        return cls(
            f"{trace.kind}: {len(trace.events)} events{dropped}",
            tuple((row.time - report.begin, row.device, row.what) for row in report.rows[:_ROWS]),
            {name: figures(report, name) for name in report.devices()},
            tuple((one.time - report.begin, one.text) for one in report.problems),
            trace.damage,
            max(0, len(report.rows) - _ROWS),
        )

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it and all of it could be read."""
        return not self.problems and not self.damage


@dataclass
class TryModel:
    """The state of the page. `what` runs or ran last (build, boot, test, trace), for the commits up to `tip`."""

    against: str = ""
    outlook: Outlook | None = None
    outlook_key: str = ""
    job: Job | None = None
    what: str = ""
    tip: str = ""
    said: str = ""
    noted: bool = False  # what was said is no step's outcome
    cleared: bool = True
    output: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=_MOST))
    heard: int = 0
    trouble: str = ""
    build: BuildReport | None = None
    booted: BootReport | None = None
    tested: Tested | None = None
    traced: TraceSummary | None = None

    @property
    def running(self) -> bool:
        """Whether something is tried now, and wanted."""
        return self.job is not None and not self.job.ended and not self.job.stopped

    @property
    def stopped(self) -> bool:
        """Whether the last one was stopped by the user."""
        return self.job is not None and self.job.stopped

    def begin(self, what: str, tip: str) -> None:
        """Something is tried from now on; what came of the same before goes."""
        self.what, self.tip, self.said, self.trouble, self.cleared, self.noted = what, tip, "", "", False, False
        self.output.clear()
        self.heard = 0
        self.job = None
        if what == "build":
            self.build = None
        elif what == "test":
            self.tested = None
        else:
            self.booted = self.traced = None

    def hear(self, told: Sequence[tuple[str, str]]) -> None:
        """Takes what was told: (line, note or step; words). What is noted is over when a program's output goes on."""
        self.output.extend(told)
        self.heard += len(told)
        for kind, words in told:
            if kind != "line" or self.noted:
                self.said = words.strip()
            self.noted = kind == "note" or (self.noted and kind == "line")

    def end(self, outcome: Any) -> None:
        """Takes what came of it: a report, a boot with its trace, or the error that stopped it."""
        if isinstance(outcome, PatchflowError):
            self.trouble = outcome.paragraph()
        elif self.what == "build":
            self.build = outcome
        elif self.what == "boot":
            self.booted = outcome
        elif self.what == "test":
            self.tested = outcome
        else:
            self.booted, self.traced = outcome

    def verdict(self) -> str:
        """One sentence on what ended last."""
        if self.trouble:
            return f"try {self.what}: {self.trouble}"
        return f"try {self.what}: {'it holds' if self.holds else 'it does not hold'}"

    def outcomes(self) -> list[bool]:
        """Whether it holds, of each that ended here."""
        return [one.holds for one in (self.build, self.booted, self.tested, self.traced) if one is not None]

    @property
    def holds(self) -> bool:
        """Whether what ended last holds."""
        if self.trouble:
            return False
        if self.what == "build":
            return self.build is not None and self.build.holds
        if self.what == "test":
            return self.tested is not None and self.tested.holds
        whole = self.booted is not None and self.booted.holds
        return whole and (self.what == "boot" or (self.traced is not None and self.traced.holds))

    def result(self) -> Any:
        """What the list's row on the last outcome stands for."""
        return "trouble" if self.trouble else ("tested", (-1, "")) if self.what == "test" else (self.what, 0)


# The list


def try_rows(model: TryModel, read: Read | None) -> list[Row]:
    """What runs, what came of it, what was tried of this tip, and what would be."""
    if read is None:
        return [Row("reading …", "dim")]
    if not read.series.patches:
        return [Row("The series has no patches yet, so there is nothing to try.", "dim")]
    rows = _now(model)
    if model.tip and model.tip != read.series.tip and (model.build or model.booted or model.tested):
        rows.append(Row("What follows is of earlier commits: the series has changed since.", "warning"))
    rows += _build(model) + _boot(model) + (tested_rows(model.tested) if model.tested else []) + _trace(model)
    return rows + _evidence(read) + _outlook(model)


def _now(model: TryModel) -> list[Row]:
    rows: list[Row] = []
    if model.running:
        rows.append(Row(f"{DOING[model.what]}: {model.said or 'starting'}; {key('stop')} stops it", "note", "running"))
    elif model.stopped:
        words = "stopped: no process and no folder of it is left" if model.cleared else "stopping …"
        rows.append(Row(f"{DOING[model.what]} was {words}" if model.cleared else words, "warning", "running"))
    if model.trouble:
        rows.append(Row(f"{model.what} did not get through: {model.trouble}", "error", "trouble"))
    if model.heard:
        rows.append(Row(f"output of the {model.what}: {many(model.heard, 'line')}", "plain", OUTPUT))
    return rows


def _build(model: TryModel) -> list[Row]:
    report = model.build
    if report is None:
        return []
    bad = sum(not step.holds for step in report.steps)
    count = len(report.steps)
    fails = "the patch does not hold" if count == 1 else f"{bad} of {count} patches do not hold"
    words = fails if bad else "every patch builds, with nothing new"
    rows = [Row(f"build: {words}", "error" if bad else "good", ("build", 0))]
    for number, step in enumerate(report.steps, start=1):
        kind = "plain" if step.holds else "error" if not step.built.ok else "warning"
        rows.append(Row(f"  {number}/{count} {step.subject}: {step.verdict()}", kind, ("build", number)))
    return rows + [Row(f"  not run: {text}", "warning", ("build", 0)) for text in report.not_run]


def _boot(model: TryModel) -> list[Row]:
    report = model.booted
    if report is None:
        return []
    words = "holds" if report.holds else "does not hold"
    rows = [Row(f"boot: {report.kernel} on {report.machine}: it {words}", "good" if report.holds else "error",
                ("boot", 0))]  # fmt: skip
    rows += [Row(f"  {fault.as_line()}", "error", ("boot", n)) for n, fault in enumerate(report.faults, start=1)]
    return rows + [Row(f"  {name} did not load: {why}", "error", ("boot", 0)) for name, why in report.failed()]


def _trace(model: TryModel) -> list[Row]:
    trace = model.traced
    if trace is None:
        return []
    words = "nothing is wrong with it" if trace.holds else "it does not hold"
    rows = [Row(f"trace: {trace.head}: {words}", "good" if trace.holds else "error", ("trace", 0))]
    rows += [Row(f"  {lines[0]}", "plain", ("device", name)) for name, lines in trace.figures.items()]
    rows += [Row(f"  wrong: {text}", "error", ("wrong", n)) for n, (_, text) in enumerate(trace.problems[:200])]
    return rows + [Row(f"  not read: {text}", "warning", ("trace", 0)) for text in trace.damage]


def _evidence(read: Read) -> list[Row]:
    rows = [Row("tried of the series as it stands", "head")]
    for one in read.tried:
        holds = bool(one["holds"])
        words = f"  {'holds' if holds else 'FAILS'}  {one['says']}"
        rows.append(Row(words, "good" if holds else "error", ("evidence", str(one["kind"]))))
    how = f"{key('try-build')} builds it, {key('try-boot')} boots it, {key('try-test')} runs its tests"
    return rows if read.tried else [*rows, Row(f"  nothing yet: {how}", "dim")]


def _outlook(model: TryModel) -> list[Row]:
    look = model.outlook
    rows = [Row("what would be built", "head")]
    if look is None:
        return [*rows, Row("  looking …", "dim")]
    rows += [Row(f"  no {what}: {why}", "error", ("missing", what)) for what, why in look.missing]
    if look.against:
        how = f", which Debian's package {look.fetched} brings into the cache first" if look.fetched else ""
        rows.append(Row(f"  against {look.against}{how}", "plain", ("against", "")))
    if look.plan:
        for folder, modules in look.plan.by_folder().items():
            names = " ".join(f"{one.name}.ko" for one in modules)
            rows.append(Row(f"  {folder}: {names}", "plain", ("modules", folder)))
        rows += [Row(f"  built into the kernel: {path}", "plain", ("against", "")) for path in look.plan.objects]
        rows += [Row(f"  not built: {path}", "warning", ("left", path)) for path, _ in look.plan.left_out]
    return rows + wanted_rows(look.tests)


# What a row of the list shows


def try_detail(model: TryModel, read: Read | None, ref: Any) -> list[Row]:
    """The output, a patch's messages, a fault with its console, a device's timeline, or what is missing."""
    if ref in (OUTPUT, "running"):
        return output_rows(model)
    if ref == "trouble":
        return [Row("what stopped it", "head"), *prose(model.trouble, "strong"), Row(""), *output_rows(model)]
    if not isinstance(ref, tuple) or read is None:
        return []
    kind, which = ref
    if kind == "build" and model.build:
        return _build_detail(model.build, which)
    if kind == "boot" and model.booted:
        return _boot_detail(model.booted, which)
    if kind == "tested" and model.tested:
        return tested_detail(model.tested, *which)
    if kind == "wanted" and model.outlook:
        return wanted_detail(model.outlook.tests[which])
    if kind in ("trace", "device", "wrong") and model.traced:
        return _trace_detail(model.traced, kind, which)
    if kind == "evidence":
        return _evidence_detail(read, which)
    return _outlook_detail(model.outlook, kind, which) if model.outlook else []


def output_rows(model: TryModel) -> list[Row]:
    """What the programs said, the newest lines last."""
    lost = model.heard - len(model.output)
    rows = [Row(f"… {lost} earlier lines", "dim")] if lost else []
    return rows + [Row(words, _kind(kind, words), None, kind == "line") for kind, words in tuple(model.output)]


def _kind(kind: str, words: str) -> str:
    if kind != "line":
        return "note" if kind == "note" else "strong"
    return "error" if _ERROR.search(words) else "warning" if _WARNING.search(words) else "plain"


def _build_detail(report: BuildReport, number: int) -> list[Row]:
    if not number:
        return [Row(line) for line in report_lines(report)]
    step = report.steps[number - 1]
    how = "from the cache" if step.built.cached else f"in {step.built.seconds:.1f} s"
    rows = [Row(f"{number}/{len(report.steps)} {step.subject}", "head"),
            Row(f"{step.commit[:12]}, {how}, against {report.against}", "dim"), Row(""),
            Row(step.verdict(), "good" if step.holds else "error")]  # fmt: skip
    for message in step.new:
        spot = Spot(step.commit, message.file, message.line)
        rows.append(Row(message.as_line(), "error" if message.is_error else "warning", spot))
    return rows


def _boot_detail(report: BootReport, number: int) -> list[Row]:
    if not number:
        return [Row(line) for line in boot_lines(report)]
    fault = report.faults[number - 1]
    first = max(0, fault.line - 1 - _AROUND)
    rows = [Row(fault.as_line(), "error"), Row(""), Row("the console around it", "head")]
    for at, line in enumerate(report.booted.console[first : fault.line + _BELOW], start=first + 1):
        rows.append(Row(line, "error" if at == fault.line else "plain", None, True))
    return rows


def _trace_detail(trace: TraceSummary, kind: str, which: Any) -> list[Row]:
    if kind == "wrong":
        time, text = trace.problems[which]
        at = sum(row[0] < time for row in trace.timeline)
        shown = trace.timeline[max(0, at - _AROUND) : at + _BELOW]
        rows = [
            Row(text, "error"),
            Row(f"at {time / 1e9:.6f} s", "dim"),
            Row(""),
            Row("the timeline around it", "head"),
        ]
        return rows + [_moment(row, "error" if row[0] == time else "plain") for row in shown]
    rows = [Row(trace.head, "head")]
    if kind == "device":
        rows = [*code(trace.figures[which]), Row("")]
        return [*rows, Row("timeline (seconds from the first event)", "head"), *_timeline(trace, which)]
    for lines in trace.figures.values():
        rows += code(lines)
    rows += [Row(f"{time / 1e9:12.6f}  wrong: {text}", "error", None, True) for time, text in trace.problems]
    rows += [Row(f"not read: {text}", "warning") for text in trace.damage]
    return [*rows, Row("timeline of every device (seconds from the first event)", "head"), *_timeline(trace, "")]


def _timeline(trace: TraceSummary, device: str) -> list[Row]:
    rows = [_moment(row) for row in trace.timeline if device in ("", row[1])]
    return [*rows, Row(f"and {trace.left_out} more rows", "dim")] if trace.left_out else rows


def _moment(row: tuple[int, str, str], kind: str = "plain") -> Row:
    return Row(f"{row[0] / 1e9:12.6f}  {row[1]:<18}  {row[2]}", kind, None, True)


def _evidence_detail(read: Read, kind: str) -> list[Row]:
    for one in read.tried:
        if one["kind"] == kind:
            rows = [*prose(str(one["says"]), "strong"), Row(str(one.get("date", "")), "dim"), Row("")]
            rows.append(Row("It holds." if one["holds"] else "It does not hold.", "good" if one["holds"] else "error"))
            return rows + [Row(_place(word), "warning") for word in one["words"]]
    return []


def _place(word: Any) -> str:
    if not isinstance(word, list) or len(word) != 4:
        return str(word)
    _, file, line, text = word
    return f"{file}:{line}: {text}" if line else f"{file}: {text}" if file else str(text)


def _outlook_detail(look: Outlook, kind: str, which: str) -> list[Row]:
    plan = look.plan
    if kind == "missing":
        return prose(next((why for what, why in look.missing if what == which), ""), "strong")
    if kind == "left" and plan:
        why = next((words for path, words in plan.left_out if path == which), "")
        return [Row(which, "head"), *prose(f"It is not built: {why}.")]
    if kind == "modules" and plan:
        rows = [Row(f"modules of {which}, for a file of theirs is touched", "head")]
        rows += [Row(one.path, "plain", None, True) for one in plan.modules if one.folder == which]
        note = Row("Whether its configuration has them as modules is known once the headers are there.", "note")
        return [*rows, Row(""), note] if look.fetched else rows
    words = "names other headers, or a prepared tree; an empty answer goes back to those found."
    return [Row(f"{key('try-against')} {words}", "note")]
