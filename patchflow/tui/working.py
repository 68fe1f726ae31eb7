"""What an app does that works in threads: runs jobs, shows how far they are and what goes wrong, and ends well."""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from textual.app import App
from textual.binding import ActiveBinding
from textual.message import Message

from patchflow.adapters.bug_report import write_report
from patchflow.adapters.faults import fault
from patchflow.adapters.kept import damage_met
from patchflow.errors import PatchflowError
from patchflow.formats.safe import safe
from patchflow.tui.actions import key
from patchflow.tui.jobs import Job, Stopped, Threads
from patchflow.tui.messages import JobDone, JobFailed, JobPartial, JobProgress
from patchflow.tui.screens.ask import Ask, Offers
from patchflow.tui.screens.base import View

_MOST_SAID = 500


class Working(App[int]):
    """An app whose slow work runs in threads and tells it what comes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[Job] = []
        self.threads = Threads()
        self.leaving = False
        self._once_more: Callable[[str], object] | None = None  # asks the question again that is being acted on
        self.damage_said: set[str] = set()
        self.said: deque[tuple[datetime, str, str]] = deque(maxlen=_MOST_SAID)  # the newest last

    # Work in threads

    def job(
        self,
        title: str,
        call: Callable[[Job], Any],
        then: Callable[[Any], object],
        *,
        group: str,
        quiet: bool = False,
        early: Callable[[Any], object] | None = None,
        lasting: bool = False,
    ) -> Job:
        """Runs slow work; a newer job of the same group makes the older one's results worthless.

        `early` gets what the work offers before it ends. `lasting` work changes or sends something: it is done to its
        end, and a newer job of the same group comes after it.
        """
        for old in self.jobs:
            if old.group == group:
                old.stop()

        def offered(one: Job, value: Any) -> None:
            self._tell(JobPartial(one, value))

        job = Job("" if quiet else title, group, then, self.job_progress, offered, lasting)
        job.early = early
        self.jobs = [one for one in self.jobs if not one.stopped] + [job]

        def run() -> None:
            try:
                value = call(job)
            except Stopped:
                return
            except Exception as error:  # noqa: BLE001 - whatever a worker meets is told, never a traceback
                self._tell(JobFailed(job, error))
            else:
                self._tell(JobDone(job, value))

        job.failed = self._once_more
        self.threads.run(job, run)
        self.refresh_bars()
        return job

    def _tell(self, message: Message) -> None:
        """From a thread; where the program was left meanwhile, nobody hears it."""
        with suppress(RuntimeError):
            self.post_message(message)

    def job_progress(self, job: Job) -> None:
        """A job got further: from any thread."""
        self._tell(JobProgress(job))

    def on_job_progress(self, message: JobProgress) -> None:
        """Progress shows."""
        self.show_job(message.job)

    def show_job(self, job: Job) -> None:
        """How far a job is, in the bar and where a view shows it itself."""
        if self.screen_stack and isinstance(self.screen, View):
            self.screen.job_progress(job)
        self.refresh_bars()

    def on_job_partial(self, message: JobPartial) -> None:
        """A first answer shows, unless a newer job has begun: its answer would be the older one."""
        if not message.job.stopped and message.job.early and self.is_running:
            message.job.early(message.value)
            self.show_job(message.job)

    def on_job_done(self, message: JobDone) -> None:
        """What was found goes where it is wanted."""
        self._end(message.job)
        if not message.job.stopped and self.is_running:
            message.job.then(message.value)
        self.refresh_bars()

    def on_job_failed(self, message: JobFailed) -> None:
        """One paragraph, and nothing else happens."""
        self.leaving = self.leaving and not message.job.lasting
        self._end(message.job)
        if not message.job.stopped:
            again = isinstance(message.error, sqlite3.DatabaseError)
            words = self.trouble(message.error)
            if again and words not in self.damage_said:  # the index was removed: read anew, it is made again
                self.damage_said.add(words)
                self.changed(quiet=True)
            if self.screen_stack and isinstance(self.screen, View):
                self.screen.job_failed(message.job, words)
            if message.job.failed:
                message.job.failed(words)
        self.refresh_bars()

    def _end(self, job: Job) -> None:
        job.ended = True
        self.jobs = [one for one in self.jobs if one is not job]
        if self.leaving and not self.lasting_jobs():
            self.exit(0)

    def lasting_jobs(self, group: str = "") -> list[Job]:
        """The jobs that change or send something now (of one group), and are waited for."""
        return [one for one in self.jobs if one.lasting and group in ("", one.group)]

    def job_of(self, group: str) -> Job | None:
        """The job of a group that runs now."""
        return next((one for one in self.jobs if one.group == group and not one.stopped), None)

    def progress_line(self) -> str:
        """What runs now, for the bar."""
        shown = [one for one in self.jobs if one.title and not one.stopped]
        if not shown:
            return ""
        job = shown[-1]
        stops = "" if job.lasting else f" ({key('stop')} stops it)"
        if job.steps:
            before = f"before the next {job.steps}"
            stops = f" (ends {before})" if job.enough() else f" ({key('stop')} ends it {before})"
        return f"… {job.title}{f': {job.progress}' if job.progress else ''}{stops}"

    def stop_jobs(self) -> bool:
        """Stops what the user sees running; False where nothing did. What changes or sends something goes on."""
        shown = [one for one in self.jobs if one.title]
        for job in shown:
            if job.steps:
                job.cut_off()
        if shown and all(job.lasting and not job.steps for job in shown):
            self.say(f"{shown[-1].title}: this ends by itself; it is never cut short.")
        for job in shown:
            job.stop()
        self.jobs = [one for one in self.jobs if not one.stopped]
        self.refresh_bars()
        return bool(shown)

    # Acting

    async def act(self, bound: ActiveBinding) -> None:
        """Does what a key is bound to. What has nothing to act on is asked all the same: it says why."""
        try:
            if bound.enabled:
                await self.run_action(bound.binding.action, bound.node)
            else:
                getattr(bound.node, f"action_{bound.binding.action}")()
        except Exception as error:
            if fault(error) is None:
                raise
            self.trouble(error)
        self.refresh_bars()

    # Asking

    @property
    @abstractmethod
    def typed(self) -> float:
        """When the key that is being acted on was typed."""

    def ask(
        self,
        mark: str,
        words: str,
        then: Callable[[str], object],
        value: str = "",
        *,
        empty: bool = False,
        always: bool = False,
        offers: Offers | None = None,
        earlier: Sequence[str] = (),
    ) -> None:
        """Asks for one line; one left empty changes nothing, but where that is an answer, nor one left as it stood, but
        where it is `always` one. Where what it leads to fails, it is asked once more, with what was typed."""

        def put(text: str, trouble: str = "") -> None:
            self.push_screen(Ask(mark, words, text, offers, earlier, trouble), chosen)

        def chosen(text: str | None) -> None:
            if text is None or not (text.strip() or empty) or (text.strip() == value and not always):
                return
            typed, below = self.typed, self.screen

            def once_more(trouble: str) -> None:
                if self.typed == typed and self.screen is below:  # else the user is at something else already
                    put(text, trouble)

            self._once_more = once_more
            try:
                then(text.strip())
            except PatchflowError as error:
                once_more(self.trouble(error))
            finally:
                self._once_more = None

        put(value)

    # Saying things

    def say(self, text: str, severity: Any = "information") -> None:
        """A notice in one paragraph; the log keeps it."""
        self.said.append((datetime.now().astimezone(), safe(text), severity))
        self.notify(safe(text), severity=severity, markup=False, timeout=8 if severity != "information" else 4)

    def trouble(self, error: BaseException) -> str:
        """An error as a notice, and its words; a bug says so, and where its report is."""
        if known := fault(error):
            words = known.paragraph()
        else:
            told = f"This is a bug in patchflow ({type(error).__name__}): {error}."
            words = f"{told} The report is in {write_report(error)}; please attach it to an issue."
        self.say(words, "error")
        return words

    def changed(self, quiet: bool = False) -> None:
        """Something of the clone is different now: every view that shows it reads anew."""
        for screen in self.screen_stack:
            if isinstance(screen, View):
                screen.reread()
        self.refresh_bars()

    def refresh_bars(self) -> None:
        """Header, next step and keys anew; and what was found damaged since, once each."""
        for sentence in damage_met():
            if sentence not in self.damage_said:
                self.damage_said.add(sentence)
                self.say(sentence, "warning")
        if self.screen_stack and isinstance(self.screen, View):
            self.screen.refresh_bars()

    # Leaving

    def may_send(self) -> bool:
        """Whether nothing is being sent; else says so."""
        if self.lasting_jobs("send"):
            self.say("A send is running; it ends by itself, then this can be done.", "warning")
            return False
        return True

    def leave(self) -> None:
        """Ends the program; what is being written is written to its end first."""
        for screen in self.screen_stack:
            if isinstance(screen, View):
                screen.keep()
        self.leaving = True
        if writes := self.lasting_jobs():
            self.say(f"{writes[-1].title or 'A change'} is being written; patchflow leaves right after.")
        else:
            self.exit(0)

    async def action_quit(self) -> None:
        """Ctrl+Q, from wherever one is: as q on the board."""
        if self.may_send():
            self.leave()
