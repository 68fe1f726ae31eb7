"""Tries a series: built, booted, tested, traced, in a process of its own that can be stopped at any moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from patchflow.adapters.build.modules import throw_away
from patchflow.domain.build import BootWish
from patchflow.flow.clone import Clone
from patchflow.flow.try_ import look_ahead as try_look
from patchflow.flow.try_.boot import boot
from patchflow.flow.try_.build import Tried, build, tried_series
from patchflow.flow.try_.carry import Wish, carry
from patchflow.flow.try_.look_ahead import names_kernel
from patchflow.flow.try_.tests import Place, run_tests, wanted_tests
from patchflow.flow.try_.trace import trace_boot
from patchflow.tui.jobs import Job
from patchflow.tui.models.try_ import TraceSummary
from patchflow.tui.subprocess_worker import run_in_subprocess

if TYPE_CHECKING:
    from patchflow.domain.series import Series
    from patchflow.domain.tests import WantedTest
    from patchflow.flow.try_.boot_verdict import BootReport
    from patchflow.flow.try_.build_steps import BuildReport, Step
    from patchflow.flow.try_.look_ahead import Outlook
    from patchflow.flow.try_.tests_verdict import Tested
    from patchflow.tui.subprocess_worker import Tell

_EVENTS = ("virtio", "virtqueue", "ioapic")


def outlook(directory: str, series: Series, against: str) -> Outlook:
    """What a try would do, and what is missing for it; nothing is fetched."""
    return try_look.outlook(Clone(directory), series, against)


def run(
    what: str, directory: str, series: Series, against: str, tests: Sequence[WantedTest], job: Job,
    heard: Callable[[list[tuple[str, str]]], None],
) -> Any:  # fmt: skip
    """Builds (`build`), boots, tests or traces a series; `heard` gets (line, note or step; words), some at a time.
    `tests` are those to run, none for all that belong to it.

    What comes back: a BuildReport, a BootReport, Tested, or a BootReport with what was traced.
    """
    if what == "test":
        return run_in_subprocess(job, test_here, directory, series, against, tests, heard=heard)
    call = {"build": build_here, "boot": boot_here, "trace": trace_here}[what]
    return run_in_subprocess(job, call, directory, series, against, heard=heard)


def build_here(directory: str, series: Series, against: str, tell: Tell) -> BuildReport:
    """Builds it patch by patch, in this process."""
    here = Clone(directory)

    def told(step: Step, number: int, count: int) -> None:
        how = "from the cache" if step.built.cached else f"{step.built.seconds:.1f} s"
        tell(("step", f"{number}/{count} {step.subject}: {step.verdict()} ({how})"))

    tried, against = _carried(here, series, against, tell)
    return build(here, tried, against, True, _line(tell), _note(tell), told)


def boot_here(directory: str, series: Series, against: str, tell: Tell) -> BootReport:
    """Boots its modules in a guest, in this process."""
    here = Clone(directory)
    tried, against = _carried(here, series, against, tell)
    with throw_away() as folder:
        return boot(here, tried, BootWish(against=against), folder, _line(tell), _note(tell))


def test_here(directory: str, series: Series, against: str, tests: Sequence[WantedTest], tell: Tell) -> Tested:
    """Runs these tests, or all that belong to what it touches, in this process."""
    here = Clone(directory)
    tried, against = _carried(here, series, against, tell)
    with throw_away() as folder:
        place = Place(folder, _line(tell), _note(tell))
        return run_tests(here, tried, BootWish(against=against), tests or wanted_tests(here, tried, ""), place)


def trace_here(directory: str, series: Series, against: str, tell: Tell) -> tuple[BootReport, TraceSummary]:
    """Boots it with tracing on and reads the trace, in this process."""
    here = Clone(directory)
    tried, against = _carried(here, series, against, tell)
    wish = BootWish(against=against, events=_EVENTS)
    with throw_away() as folder:
        booted, report = trace_boot(here, tried, wish, folder, _line(tell), _note(tell))
    return booted, TraceSummary.of(report)


def _carried(here: Clone, series: Series, against: str, tell: Tell) -> tuple[Tried, str]:
    """What is tried, and the folder it is built against; to a kernel that is named instead the series is carried."""
    tried = tried_series(here, series)
    if names_kernel(against):
        return carry(here, tried, Wish(against), _note(tell)), ""
    return tried, against


def _line(tell: Tell) -> Callable[[str], None]:
    return lambda words: tell(("line", words))


def _note(tell: Tell) -> Callable[[str], None]:
    return lambda words: tell(("note", words))
