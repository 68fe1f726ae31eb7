"""Try: built, booted, tested and traced from here, with the output as it comes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from patchflow.errors import PatchflowError
from patchflow.tui import work
from patchflow.tui.actions import key
from patchflow.tui.bindings import bindings
from patchflow.tui.jobs import Job
from patchflow.tui.models.patches import place_of
from patchflow.tui.models.rows import Row
from patchflow.tui.models.tested import chosen
from patchflow.tui.models.try_ import DOING, OUTPUT, TryModel, try_detail, try_rows
from patchflow.tui.screens.tabs.base import Tab

if TYPE_CHECKING:
    from patchflow.domain.tests import WantedTest


class TryTab(Tab):
    """What was tried, and what is tried now."""

    NAME = "try"
    BINDINGS = bindings(NAME)

    @property
    def tries(self) -> TryModel:
        """The page's own part of the model."""
        return self.model.tries

    def list_rows(self) -> Sequence[Row]:
        """What runs, what came of it, what would be built."""
        return try_rows(self.tries, self.model.read)

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The output, messages, console, timeline."""
        return try_detail(self.tries, self.model.read, ref)

    def idle(self) -> Collection[str]:
        """Only a message names a file; without patches nothing is tried."""
        gone = [] if place_of(self.detail.ref) else ["edit-file"]
        return gone if self.model.patches else [*gone, "try-build", "try-boot", "try-test", "try-trace"]

    def show_detail(self) -> None:
        """Output is followed as long as one stands at its end."""
        ref, lines = self.list.ref, self.detail
        follow = ref in (OUTPUT, "running") and (ref != self._shown or lines.at_end)
        super().show_detail()
        if follow:
            lines.move_to(1 << 30)

    def prepare(self) -> None:
        """Looks ahead when it is looked at; a newer look makes the older one worthless."""
        wanted = f"{self.tries.against} {self.model.key}"
        if not self.model.patches or wanted in (self.tries.outlook_key, self._asked):
            return
        self._asked = wanted
        directory, series, against = self.host.directory, self.model.series, self.tries.against

        def done(found: Any) -> None:
            self.tries.outlook, self.tries.outlook_key = found, wanted
            self.view.refill()

        self.host.job("looking", lambda job: work.trying.outlook(directory, series, against), done, group="try-look",
                      quiet=True)  # fmt: skip

    def _start(self, what: str, tests: Sequence[WantedTest] = ()) -> None:
        tries, host = self.tries, self.host
        if not self.model.patches:
            host.say("The series has no patches yet, so there is nothing to try.", "warning")
            return
        if host.job_of("try"):
            host.say(f"Something is being tried already; {key('stop')} stops it.", "warning")
            return
        directory, series, against = host.directory, self.model.series, tries.against
        tries.begin(what, series.tip)

        def call(job: Job) -> Any:
            try:
                return work.trying.run(what, directory, series, against, tests, job, job.offer)
            except PatchflowError as error:
                return error
            finally:
                tries.cleared = True
                host.job_progress(job)

        def heard(told: list[tuple[str, str]]) -> None:
            tries.hear(told)
            job.progress = tries.said

        def done(outcome: Any) -> None:
            tries.end(outcome)
            host.show_job(job)
            if self.view.is_current and self.view.current == self.NAME:
                self.list.move_to_ref(tries.result())
            else:
                host.say(f"{series.name}: {tries.verdict()}", "information" if tries.holds else "error")
            host.reread_views()

        job = tries.job = host.job(f"{DOING[what]} {series.name}", call, done, group="try", early=heard)
        self.fill()
        self.list.move_to_ref("running")

    def action_try_build(self) -> None:
        """Patch by patch."""
        self._start("build")

    def action_try_boot(self) -> None:
        """Boots the modules of the tip."""
        self._start("boot")

    def action_try_test(self) -> None:
        """The tests that belong to it, or the one under the cursor."""
        self._start("test", chosen(self.tries.outlook.tests, self.list.ref) if self.tries.outlook else ())

    def action_try_trace(self) -> None:
        """Boots them with tracing on."""
        self._start("trace")

    def action_try_against(self) -> None:
        """Other headers, or a prepared tree."""

        def chosen(text: str) -> None:
            self.tries.against, self.tries.outlook = text, None
            self.fill()
            self.prepare()

        words = "headers or a tree (a folder), or a kernel: running, 6.1; empty: as found"
        self.host.ask("against: ", words, chosen, self.tries.against, empty=True)

    def action_edit_file(self) -> None:
        """The file of the message under the cursor."""
        self.view.edit_file(place_of(self.detail.ref))
