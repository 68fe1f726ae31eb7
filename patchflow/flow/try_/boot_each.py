"""Boots the base and each patch of a series, one after the other, for `try boot --per-patch`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from patchflow.domain.build import BootWish
from patchflow.errors import UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.try_.boot import State, boot_states, inside_of
from patchflow.flow.try_.boot_verdict import why_not_ended
from patchflow.flow.try_.build import Tried, kept_as
from patchflow.flow.try_.per_patch import broken_line
from patchflow.flow.try_.results import keep
from patchflow.formats.console import new_words
from patchflow.values import dataclass

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class BootedEach:
    """The base and each patch after its boot, with the patches' subjects."""

    base: State
    patches: tuple[State, ...]
    subjects: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether each patch builds, boots, and does no worse than the base."""
        return all(self._holds(state) for state in self.patches)

    def _holds(self, state: State) -> bool:
        return state.holds or not self._faults(state)

    def _faults(self, state: State) -> list[str]:
        """What is wrong with a state and was not with the base."""
        report, base = state.report, self.base.report
        if report is None:
            return [f"it does not build: {state.why}"]
        known = {fault.same for fault in base.faults} if base else set()
        found = [fault.as_line() for fault in report.faults if fault.same not in known]
        found += [f"{name} did not load: {why}" for name, why in report.failed() if not base or base.holds]
        name = report.test or "the boot"
        if report.status is None and (base is None or base.status is not None):
            found.append(f"{name} never ended: {why_not_ended(report)}")
        elif report.status and (base is None or not base.status):
            found.append(f"{name} failed ({report.status})")
        return found

    def broken(self) -> str:
        """Which patch does not hold and is fixed by a later one, in words."""
        return broken_line([self._holds(state) for state in self.patches], self.subjects, "hold")

    def says(self) -> str:
        """One sentence for the cover letter."""
        reports = [state.report for state in self.patches if state.report is not None]
        return f"patch by patch {reports[-1].says()}" if reports else "no patch boots"

    def words(self) -> list[list[Any]]:
        """What `check` says of it: rule, file, line, words."""
        rows = [(number, fault) for number, state in enumerate(self.patches, 1) for fault in self._faults(state)]
        return [["boot", "", 0, f"patch {number}/{len(self.patches)}: {fault}"] for number, fault in rows[:_SHOWN]]

    def lines(self) -> list[str]:
        """The report for people."""
        base = self.base.report
        how = "holds" if self.base.holds else f"does not hold: {'; '.join(self._own_faults())}"
        lines = [f"base     {self.base.commit[:12]}: it {how}"]
        for number, (state, subject) in enumerate(zip(self.patches, self.subjects, strict=True), 1):
            faults = self._faults(state)
            lines.append(f"{number}/{len(self.patches)} {state.commit[:12]} {subject}: "
                         f"{'; '.join(faults[:3]) if faults else 'it holds'}")  # fmt: skip
        last = self.patches[-1].report
        if base and last:
            log = new_words(base.booted.console, last.booted.console)
            lines += [f"new in the kernel's log  {row}" for row in log[:_SHOWN]]
        if broken := self.broken():
            lines.append(broken)
        return lines

    def _own_faults(self) -> list[str]:
        report = self.base.report
        if report is None:
            return [f"it does not build: {self.base.why}"]
        return [fault.as_line() for fault in report.faults] or [f"{report.test or 'the boot'}: {report.status}"]

    def document(self) -> dict[str, Any]:
        """The report as JSON."""
        rows = [
            {"commit": state.commit, "subject": subject, "builds": state.report is not None,
             "faults": self._faults(state), "holds": self._holds(state)}
            for state, subject in zip(self.patches, self.subjects, strict=True)
        ]  # fmt: skip
        return {"base": {"commit": self.base.commit, "holds": self.base.holds}, "patches": rows,
                "broken": self.broken(), "holds": self.holds}  # fmt: skip


def boot_each(
    here: Clone, tried: Tried, wish: BootWish, folder: Path, heard: Callable[[str], None], tell: Callable[[str], None]
) -> BootedEach:
    """Builds and boots the base and each patch; the outcome is kept with the series."""
    if wish.modules:
        raise UsageError("--modules names modules that are built, and --per-patch builds its own.", "Name one of them.")
    commits = [patch.commit for patch in tried.patches]
    base, *states = boot_states(here, tried, wish, inside_of(tried, wish), [tried.base, *commits], folder, heard, tell)
    found = BootedEach(base, tuple(states), tuple(patch.subject for patch in tried.patches))
    if tried.series is not None and not wish.test:
        kind, says = kept_as(tried, "boot", found.says())
        keep(here, tried.series, kind, found.holds, says, found.words())
    return found
