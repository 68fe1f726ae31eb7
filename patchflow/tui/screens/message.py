"""A commit's message being written, beside its patch, with what the hooks would say of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from patchflow.errors import ConflictError, PatchflowError
from patchflow.formats.counted import many
from patchflow.formats.safe import safe
from patchflow.tui import work
from patchflow.tui.actions import LISTS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.patches import files_rows, finding_row
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.base import TEXTUAL, View
from patchflow.tui.screens.reply import Writing
from patchflow.tui.screens.resolve import ResolveScreen
from patchflow.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from patchflow.domain.finding import Finding
    from patchflow.domain.patch import Patch
    from patchflow.domain.series import Series
    from patchflow.tui.jobs import Job


class MessageScreen(View, inherit_bindings=False):
    """The message above or at the left, findings and patch beside it. What is typed is kept until it is committed."""

    BINDINGS = [*bindings("message", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(
        self, name: str, patch: Patch, text: str, series: Series, verb: str, done: Callable[[str], object]
    ) -> None:
        """`name` is that of the text that is kept, `done` makes the commit."""
        super().__init__()
        self.kept = name
        self.patch = patch
        self.series = series
        self.verb = verb
        self.done = done
        self.first = text
        self.of_words: Sequence[Finding] = ()
        self.of_code: Sequence[Finding] = ()
        self.trouble = ""
        self._waiting: Timer | None = None

    @property
    def writes(self) -> bool:
        """Whether the keys are the text's."""
        return self.focused is self.writing

    @property
    def everywhere(self) -> bool:  # type: ignore[override]
        """While one writes, letters are letters."""
        return not self.is_mounted or not self.writes

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While one writes, the text's own keys count."""
        return False if self.writes else super().check_action(action, parameters)

    def places(self) -> tuple[str, ...]:
        """The message's keys; while one writes, the text's own."""
        return ("writing",) if self.writes else ("message", LISTS)

    def title_words(self) -> tuple[str, str]:
        """What is written."""
        return f"patchflow · {self.verb} · {self.series.name}", ""

    def next_words(self) -> str:
        """What was found first, or how to go on."""
        found = [*self.of_words, *self.of_code]
        if self.trouble:
            return self.trouble
        if self.writes:
            first = f"{finding_row(found[0], places=True).text}" if found else "the message is kept as you write"
            return f"{key('end-writing')} ends writing · {first}"
        counts = f"{many(len(found), 'finding')} beside it" if found else "nothing is found"
        return f"{counts}; {key('take-message')} {self.verb}s, {key('write-here')} goes on writing"

    def body(self) -> Widget:
        """Message and page."""
        self.writing = Writing(self.end_writing)
        self.page = Lines(id="message-page", wrap=True)
        return Container(self.writing, self.page, id="message-box")

    def on_mount(self) -> None:
        """One begins to write at once, at the first line."""
        super().on_mount()
        self.writing.load_text(safe(self.first))
        self.set_focus(self.writing)
        self.fill()
        directory, series, patch = self.host.directory, self.series, self.patch

        def found(of_code: Sequence[Finding]) -> None:
            self.of_code = of_code
            self.fill()

        self.host.job("", lambda job: work.writing.judge_code(directory, series, patch), found, group="code",
                      quiet=True)  # fmt: skip
        self.judge()

    def fill(self) -> None:
        """What was found, then the patch with it on its lines."""
        rows = [Row(self.trouble, "error")] if self.trouble else []
        rows += [finding_row(one, places=True) for one in self.of_words]
        rows += [finding_row(one, places=True) for one in self.of_code]
        if rows:
            rows.append(Row(""))
        self.page.set_rows([*rows, *files_rows(self.patch.files)])
        self.refresh_bars()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Kept, and judged after a short pause."""
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(0.3, self.keep)

    def keep(self) -> None:
        """Keeps what was written, and judges it."""
        if self._waiting is not None and self.writing.text != safe(self.first):
            try:
                work.writing.keep_message(self.host.directory, self.kept, self.writing.text)
            except PatchflowError as error:
                self.host.trouble(error)
        if self.is_current:
            self.judge()

    def judge(self) -> None:
        """What the hooks would say of the words, in a thread."""
        directory, series, patch, text = self.host.directory, self.series, self.patch, self.writing.text

        def found(of_words: Sequence[Finding]) -> None:
            self.of_words = of_words
            self.fill()

        self.host.job("", lambda job: work.writing.judge_words(directory, series, patch, text), found, group="lint",
                      quiet=True)  # fmt: skip

    def end_writing(self) -> None:
        """The keys are commands again."""
        self.keep()
        self.set_focus(self.page)
        self.refresh_bars()

    def action_write_here(self) -> None:
        """The text gets the keys."""
        self.trouble = ""
        self.set_focus(self.writing)
        self.fill()

    def action_other_pane(self) -> None:
        """Back to the text."""
        self.action_write_here()

    def action_edit_message(self) -> None:
        """In the user's editor."""
        directory, text = self.host.directory, self.writing.text
        self.writing.load_text(safe(self.host.on_terminal(lambda: work.changing.edit_text(directory, "message", text))))
        self.keep()

    def action_take_message(self) -> None:
        """Makes the commit; where that fails, why stands here, and the text is kept."""
        self.keep()
        directory, name, text, done = self.host.directory, self.kept, self.writing.text, self.done

        def made(outcome: object) -> None:
            if isinstance(outcome, ConflictError):
                self.app.push_screen(ResolveScreen(self.verb, outcome, self.action_take_message))
                return
            work.writing.keep_message(directory, name, "")
            self.host.say(f"{self.verb}: {text.strip().partition(chr(10))[0]}; {key('undo')} takes it back.")
            if self.is_current:
                self.dismiss()
            self.host.reread_views()

        self.host.job(self.verb, lambda job: work.writing.or_conflict(lambda: done(text)), made, group="change",
                      lasting=True)  # fmt: skip

    def job_failed(self, job: Job, words: str) -> None:
        """A hook that stopped it said why."""
        if job.group == "change":
            self.trouble = words
            self.fill()
