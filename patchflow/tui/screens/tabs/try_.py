"""Try: built, booted and traced from here, with the output as it comes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from patchflow.errors import PatchflowError
from patchflow.tui.actions import key
from patchflow.tui.jobs import Job
from patchflow.tui.messages import JobTold
from patchflow.tui.models.patches import place_of
from patchflow.tui.models.rows import Row
from patchflow.tui.models.try_ import DOING, OUTPUT, TryModel, try_detail, try_rows
from patchflow.tui.screens.tabs.base import Tab
from patchflow.tui.work import trying


class TryTab(Tab):
    """What was tried, and what is tried now."""

    name = "try"

    @property
    def tries(self) -> TryModel:
        """The page's own part of the model."""
        return self.model.tries

    def rows(self) -> Sequence[Row]:
        """What runs, what came of it, what would be built."""
        return try_rows(self.tries, self.model.read)

    def detail(self, ref: Any) -> Sequence[Row]:
        """The output, messages, console, timeline."""
        return try_detail(self.tries, self.model.read, ref)

    def idle(self) -> Collection[str]:
        """Only a message names a file; without patches nothing is tried."""
        gone = [] if place_of(self.panel.detail.ref) else ["edit-file"]
        return gone if self.model.patches else [*gone, "try-build", "try-boot", "try-trace"]

    def show_detail(self) -> None:
        """Output is followed as long as one stands at its end."""
        ref, lines = self.panel.list.ref, self.panel.detail
        follow = ref in (OUTPUT, "running") and (ref != self._shown or lines.at_end)
        super().show_detail()
        if follow:
            lines.move_to(1 << 30)

    def opened(self) -> None:
        """Looks ahead when it is looked at; a newer look makes the older one worthless."""
        wanted = f"{self.tries.against} {self.model.key}"
        if not self.model.patches or wanted in (self.tries.outlook_key, self._asked):
            return
        self._asked = wanted
        directory, series, against = self.flow.directory, self.model.series, self.tries.against

        def done(found: Any) -> None:
            self.tries.outlook, self.tries.outlook_key = found, wanted
            self.screen.filled()

        self.flow.job("looking", lambda job: trying.outlook(directory, series, against), done, group="try-look",
                      quiet=True)  # fmt: skip

    def _start(self, what: str) -> None:
        tries, flow = self.tries, self.flow
        if not self.model.patches:
            flow.say("The series has no patches yet, so there is nothing to try.", "warning")
            return
        if flow.job_of("try"):
            flow.say(f"Something is being tried already; {key('stop')} stops it.", "warning")
            return
        directory, series, against = flow.directory, self.model.series, tries.against
        tries.begin(what, series.tip)

        def call(job: Job) -> Any:
            try:
                return trying.run(what, directory, series, against, job, job.offer)
            except PatchflowError as error:
                return error
            finally:
                tries.cleared = True
                flow.post_message(JobTold(job))

        def heard(told: list[tuple[str, str]]) -> None:
            tries.hear(told)
            job.progress = tries.said

        def done(outcome: Any) -> None:
            tries.end(outcome)
            flow.show_job(job)
            if flow.screen is self.screen and self.screen.current == self.name:
                self.panel.list.move_to_ref(tries.result())
            else:
                flow.say(f"{series.name}: {tries.verdict()}", "information" if tries.holds else "error")
            flow.changed()

        job = tries.job = flow.job(f"{DOING[what]} {series.name}", call, done, group="try", early=heard)
        self.fill()
        self.panel.list.move_to_ref("running")

    def do_try_build(self) -> None:
        """Patch by patch."""
        self._start("build")

    def do_try_boot(self) -> None:
        """Boots the modules of the tip."""
        self._start("boot")

    def do_try_trace(self) -> None:
        """Boots them with tracing on."""
        self._start("trace")

    def do_try_against(self) -> None:
        """Other headers, or a prepared tree."""
        from patchflow.tui.screens.ask import Ask

        def chosen(text: str | None) -> None:
            if text is not None:
                self.tries.against, self.tries.outlook = text.strip(), None
                self.fill()
                self.opened()

        self.flow.push_screen(
            Ask("against: ", "a folder of headers or a prepared tree; empty: those found", self.tries.against), chosen
        )

    def do_edit_file(self) -> None:
        """The file of the message under the cursor."""
        self.screen.edit_file(place_of(self.panel.detail.ref))
